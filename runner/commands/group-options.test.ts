import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chooseGroup, type GroupOptions } from './group-options.ts';

const REFERENCE = 'tests/fixtures/reference/synthetic';
const CAPS = `${REFERENCE}/caps`;

let folder: string;
let table: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capsule-group-'));
  await cp(`${REFERENCE}/maps_ad`, join(folder, 'maps'), { recursive: true });
  table = join(folder, 'new.tsv');
  const rows = ['sub-1 ses-M000 AD F', 'sub-2 ses-M000 CN M', 'sub-3 ses-M000 MCI F'];
  const lines = ['participant_id session_id diagnosis sex', ...rows].map((line) =>
    line.replaceAll(' ', '\t'),
  );
  await writeFile(table, `${lines.join('\n')}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const choose = (group: string, options: GroupOptions = {}) =>
  chooseGroup(join(folder, 'maps'), group, options);
const made = async (options: GroupOptions) =>
  (await choose('new', { participants_tsv: table, caps_directory: CAPS, ...options })).definition;

describe('a new group', () => {
  test('has the rows of the diagnoses of the training, with their labels', async () => {
    expect(await made({})).toMatchObject({
      rows: [
        { participant: 'sub-1', session: 'ses-M000', label: 'AD' },
        { participant: 'sub-2', session: 'ses-M000', label: 'CN' },
      ],
      ...{ labelled: true, label: 'diagnosis', checkLeakage: true, multiCohort: false },
    });
  });

  test('has the rows of other diagnoses, where they are asked for', async () => {
    const { rows = [] } = (await made({ diagnoses: ['MCI', 'CN'] })) ?? {};
    expect(rows.map(({ participant }) => participant)).toEqual(['sub-2', 'sub-3']);
  });

  test('has no labels, where none are wanted, or another column', async () => {
    expect(await made({ labels: false })).toMatchObject({ labelled: false });
    const { rows = [] } = (await made({ label: 'sex' })) ?? {};
    expect(rows.map(({ label }) => label)).toEqual(['F', 'M']);
    await expect(made({ label: 'mmse' })).rejects.toMatchObject({ code: 'TSV_COLUMN' });
    expect(await made({ skip_leak_check: true })).toMatchObject({ checkLeakage: false });
  });

  test('without a row is refused, with the diagnoses that there are', async () => {
    await expect(made({ diagnoses: ['FTD'] })).rejects.toThrow(
      /SPLIT_EMPTY.*new\.tsv.*diagnosis FTD.*AD, CN, MCI/,
    );
  });

  test.each([
    ['anything', {}],
    ['a CAPS', { participants_tsv: 'x.tsv' }],
    ['a table', { caps_directory: CAPS }],
  ])('is refused without %s, with what is needed', async (_, options) => {
    await expect(choose('new', options)).rejects.toThrow(
      /MAPS_GROUP.*--participants_tsv and --caps_directory.*train, validation, test/,
    );
  });

  test('is refused with a table that is not there, by its path', async () => {
    const none = join(folder, 'none.tsv');
    await expect(made({ participants_tsv: none })).rejects.toMatchObject({
      ...{ code: 'FILE_NOT_FOUND', problem: { file: none } },
    });
  });
});

describe('a group that exists', () => {
  test('is taken as it is, from the CAPS that is given', async () => {
    const { source, definition } = await choose('test', { caps_directory: CAPS });
    expect(source.capsDirectory).toBe(CAPS);
    expect(definition).toBeUndefined();
  });

  test('on a machine without its CAPS asks for it by the name of the option', async () => {
    await expect(choose('test')).rejects.toThrow(/FILE_NOT_FOUND.*maps\.json.*--caps_directory/);
  });

  test('with a table alone is refused', async () => {
    await expect(choose('test', { participants_tsv: table })).rejects.toThrow(
      /MAPS_GROUP.*"test" with a table alone/,
    );
  });
});

describe('a MAPS that cannot be used', () => {
  test('is said to be unfinished before a group is asked for', async () => {
    const half = join(folder, 'half');
    await cp(`${REFERENCE}/maps_ad`, half, { recursive: true });
    await mkdir(join(half, 'split-0/tmp'));
    await writeFile(join(half, 'split-0/tmp/checkpoint.pth.tar'), '');
    await expect(chooseGroup(half, 'new', {})).rejects.toThrow(/MAPS_UNFINISHED.*train resume/);
  });

  test.each([
    ['a file', 'new.tsv', /MAPS_NOT_MAPS.*found a file\. Unpack it first/],
    ['nothing', 'nothing', /MAPS_NOT_MAPS.*no such folder/],
    ['another folder', '.', /MAPS_NOT_MAPS.*no maps\.json/],
  ])('is refused where there is %s', async (_, name, words) => {
    await expect(chooseGroup(join(folder, name), 'test', {})).rejects.toThrow(words);
  });
});
