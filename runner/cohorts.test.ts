import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listPaths } from '../src/core/files/read.ts';
import {
  listCohorts,
  loadSharedExtraction,
  openCapsSource,
  openNamedCaps,
  openSets,
} from './cohorts.ts';

const CAPS = 'tests/fixtures/tensors/caps';
let folder: string;
const at = (name: string) => join(folder, name);
const table = (...lines: string[]) => `${lines.join('\n').replaceAll(' ', '\t')}\n`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capsule-cohorts-'));
  for (const name of ['a', 'b']) {
    await cp(join(CAPS, 'tensor_extraction'), at(`${name}/tensor_extraction`), { recursive: true });
    await mkdir(at(`${name}/subjects/sub-${name}/ses-1`), { recursive: true });
    await writeFile(at(`${name}/subjects/sub-${name}/ses-1/x.nii`), '');
  }
  await writeFile(at('caps.tsv'), table('cohort path', 'A a', `B ${at('b')}`));
  await writeFile(at('sets.tsv'), table('cohort path diagnoses', 'B sets/b CN', 'A sets/a AD,CN'));
  await writeFile(at('strange.tsv'), table('cohort path diagnoses', 'C sets/c AD,CN'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the CAPS of a table', () => {
  test('are folders of one tree, found beside the table or where they are said to be', async () => {
    const { caps, cohorts, capsDirectory } = await openCapsSource(at('caps.tsv'), true);
    const scans = (await listPaths(caps)).filter((path) => path.endsWith('.nii'));
    expect(scans.sort()).toEqual(['A/subjects/sub-a/ses-1/x.nii', 'B/subjects/sub-b/ses-1/x.nii']);
    expect([...(cohorts ?? [])]).toEqual([
      ['A', 'a'],
      ['B', at('b')],
    ]);
    expect(capsDirectory).toBe(at('caps.tsv'));
  });

  test('may be said from where the command runs', async () => {
    await writeFile(at('here.tsv'), table('cohort path', `A ${relative('.', at('a'))}`));
    const { caps } = await openCapsSource(at('here.tsv'), true);
    expect(await listPaths(caps, 'A/subjects')).toHaveLength(1);
  });

  test('share a preprocessing JSON that one of them has', async () => {
    const source = await openCapsSource(at('caps.tsv'), true);
    await rm(at('a/tensor_extraction/pet.json'));
    expect((await loadSharedExtraction(source, 'pet')).preprocessing.pipeline).toBe('pet-linear');
    await expect(loadSharedExtraction(source, 'none')).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
  });

  test('must not call two things by one name', async () => {
    const source = await openCapsSource(at('caps.tsv'), true);
    expect((await loadSharedExtraction(source, 'roi')).mode).toBe('roi');
    await cp(join(CAPS, 'tensor_extraction/image.json'), at('b/tensor_extraction/patch.json'));
    await expect(loadSharedExtraction(source, 'patch')).rejects.toThrow(
      /EXTRACTION_JSON.*another one in B than in A/,
    );
  });
});

describe('the sets of a table', () => {
  test('are one place a cohort, with the diagnoses that it gives', async () => {
    const source = await openCapsSource(at('caps.tsv'), true);
    const places = await openSets(at('sets.tsv'), source, ['CN', 'AD']);
    expect(places).toMatchObject([
      { cohort: 'B', tablesFolder: 'b', diagnoses: ['CN'] },
      { cohort: 'A', tablesFolder: 'a', diagnoses: ['CN', 'AD'] },
    ]);
  });

  test('need a CAPS each', async () => {
    const { cohorts = new Map() } = await openCapsSource(at('caps.tsv'), true);
    await expect(listCohorts(at('strange.tsv'), cohorts, ['AD'])).rejects.toThrow(
      /TSV_VALUE.*strange\.tsv.*"C"/,
    );
  });
});

test.each([
  ['a folder with --multi_cohort', 'a', true, '--multi_cohort'],
  ['a table without it', 'caps.tsv', false, 'Add --multi_cohort'],
])('refuses %s', async (_, name, isMulti, action) => {
  await expect(openCapsSource(at(name), isMulti)).rejects.toMatchObject({
    ...{ code: 'CONFIG_VALUE', problem: { action: expect.stringContaining(action) } },
  });
});

test('a CAPS that a maps.json of another machine names is asked for', async () => {
  const path = at('of-another-machine');
  await expect(openNamedCaps(path, false, 'Give --caps_directory.')).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
    problem: { file: path, action: 'Give --caps_directory.' },
  });
  expect((await openNamedCaps(CAPS, false, 'Give it.')).capsDirectory).toBe(CAPS);
  await expect(openNamedCaps(at('caps.tsv'), false, 'Give it.')).rejects.toMatchObject({
    code: 'CONFIG_VALUE',
  });
});

test('a single CAPS and its sets are what they were', async () => {
  const source = await openCapsSource(CAPS, false);
  expect(source.cohorts).toBeUndefined();
  expect(await openSets('some/split', source, ['AD'])).toMatchObject([{ tablesFolder: 'split' }]);
  await expect(openSets('some/sets.tsv', source, ['AD'])).rejects.toMatchObject({
    code: 'CONFIG_VALUE',
  });
});
