import { describe, expect, test } from 'vitest';
import { MemoryTree } from '../../core/files/memory-tree.ts';
import { openMaps } from '../../core/maps/reader.ts';
import type { Split } from '../../core/split/read-split.ts';
import { auditTraining, type TrainingToAudit } from './audit-training.ts';
import { parseRecord } from './leakage-record.ts';
import { tinyMaps } from './testing/maps.ts';

const people = (...ids: string[]) =>
  ids.map((id, index) => ({
    ...{ participant: `sub-${id}`, session: 'ses-M000', label: index % 2 === 0 ? 'AD' : 'CN' },
  }));
const split = (train: string[], validation: string[]): Split => ({
  ...{ train: people(...train), validation: people(...validation) },
  files: { train: 'split/train.tsv', validation: 'split/validation_baseline.tsv' },
});
const CLEAN = new Map([[0, split(['a', 'b'], ['c', 'd'])]]);
const LEAKY = new Map([[0, split(['a', 'b'], ['c', 'b'])]]);
const table = (...rows: string[]) =>
  ['participant_id session_id diagnosis', ...rows, ''].join('\n').replaceAll(' ', '\t');

const audit = (more: Partial<TrainingToAudit> & { files?: Record<string, string> } = {}) => {
  const { files = {}, ...rest } = more;
  return auditTraining({
    ...{ splits: CLEAN, label: 'diagnosis', diagnoses: ['AD', 'CN'], source: undefined },
    ...{ tables: new MemoryTree('study', files), folder: 'split', isKnown: false },
    ...rest,
  });
};

test('a clean training says so, and that no voxel was compared', async () => {
  const { record, messages, problems } = await audit();
  expect(parseRecord(record)).toMatchObject({
    ...{ verdict: 'clean', overridden: false, voxels: 'not checked', findings: [], groups: [] },
    sets: [
      { name: 'train of split-0', files: ['split/train.tsv'], participants: 2 },
      { name: 'validation of split-0', participants: 2 },
    ],
  });
  expect(messages).toEqual([
    'Leakage audit: clean (2 sets, 4 participants, 4 sessions; voxels not checked)',
  ]);
  expect(problems).toEqual([]);
});

describe('leakage', () => {
  test('is refused, with who and where and how to go on', async () => {
    await expect(audit({ splits: LEAKY })).rejects.toMatchObject({
      problem: {
        code: 'LEAKAGE_PARTICIPANTS',
        found:
          'LEAKAGE_PARTICIPANTS: The same participants stand in two sets that must be apart. ' +
          '[train of split-0 and validation of split-0; 1: sub-b]',
        action: expect.stringContaining('--i-know'),
      },
    });
  });

  test('names twenty people at most, and says how many more there are', async () => {
    const many = Array.from({ length: 23 }, (_, index) => `p${index + 10}`);
    const refused = audit({ splits: new Map([[0, split(many, many)]]) });
    await expect(refused).rejects.toThrow(/; 23: sub-p10,.*sub-p29 and 3 more\]/);
    const twenty = many.slice(0, 20);
    await expect(audit({ splits: new Map([[0, split(twenty, twenty)]]) })).rejects.toThrow(
      /; 20: sub-p10,.*sub-p29\]/,
    );
  });

  test('of another kind has another code', async () => {
    const splits = new Map([
      [0, split(['a', 'b'], ['c', 'd'])],
      [1, split(['b', 'a'], ['c', 'd'])],
    ]);
    await expect(audit({ splits })).rejects.toMatchObject({ code: 'LEAKAGE_FOUND' });
  });

  test('that is known is told, and stands in the record for ever', async () => {
    const { record, problems } = await audit({ splits: LEAKY, isKnown: true });
    expect(problems).toMatchObject([{ code: 'LEAKAGE_KNOWN', severity: 'warning' }]);
    expect(problems[0]?.found).toContain('sub-b');
    expect(parseRecord(record)).toMatchObject({ verdict: 'leaky', overridden: true });
  });

  test('that someone said to know of, and that is not there, is not in the record', async () => {
    const { record, problems } = await audit({ isKnown: true });
    expect(problems).toEqual([]);
    expect(parseRecord(record)).toMatchObject({ verdict: 'clean', overridden: false });
  });
});

test('a warning is a line for the log, and stops nothing', async () => {
  const splits = new Map([[0, split(['a', 'b'], ['c'])]]);
  const { messages, record } = await audit({ splits });
  expect(messages).toHaveLength(2);
  expect(messages[1]).toBe(
    'LEAKAGE_CLASSES: A set to evaluate on has one class only. [validation of split-0]',
  );
  expect(parseRecord(record).verdict).toBe('warnings');
});

describe('test tables', () => {
  test('of the folder and beside it are compared, as far as their diagnoses take part', async () => {
    const files = {
      'train.tsv': table(),
      'test.tsv': table('sub-e ses-M000 AD', 'sub-f ses-M000 CN', 'sub-a ses-M012 MCI'),
      'split/test_baseline.tsv': table('sub-g ses-M000 AD', 'sub-h ses-M000 CN'),
    };
    const { record } = await audit({ files });
    const { verdict, sets } = parseRecord(record);
    expect(verdict).toBe('clean');
    expect(sets.slice(2).map(({ name, participants }) => [name, participants])).toEqual([
      ['split/test_baseline.tsv', 2],
      ['test.tsv', 2],
    ]);
    const leaky = { ...files, 'test.tsv': table('sub-a ses-M000 AD', 'sub-f ses-M000 CN') };
    await expect(audit({ files: leaky })).rejects.toThrow(
      /train of split-0 and test\.tsv; 1: sub-a/,
    );
  });

  test('without a row of these diagnoses are no sets', async () => {
    const { record } = await audit({ files: { 'split/test.tsv': table('sub-e ses-M000 MCI') } });
    expect(parseRecord(record)).toMatchObject({ verdict: 'clean', sets: [{}, {}] });
  });

  test('that cannot be read are told and passed over', async () => {
    const { messages, record } = await audit({ files: { 'split/test.tsv': 'name\nx\n' } });
    expect(messages[1]).toMatch(/^split\/test\.tsv was not compared.*TSV_COLUMN/);
    expect(parseRecord(record).verdict).toBe('clean');
  });
});

describe('the network that training starts from', () => {
  test('must not have seen the people of a test table, nor those of its own sources', async () => {
    const files = { 'split/test.tsv': table('sub-e ses-M000 AD', 'sub-f ses-M000 CN') };
    const source = async (listed: string[]) =>
      openMaps(
        await tinyMaps({
          ...{ train: ['sub-a', 'sub-b'], validation: ['sub-c', 'sub-d'] },
          ...{ listed, transfer: 'gone' },
        }),
      );
    const { record } = await audit({ files, source: await source([]) });
    expect(parseRecord(record)).toMatchObject({
      ...{ verdict: 'clean', sources: [{ name: 'the transfer from "maps"', participants: 4 }] },
    });
    await expect(audit({ files, source: await source(['sub-e']) })).rejects.toThrow(
      /LEAKAGE_FOUND.*LEAKAGE_PRETRAINING.*sub-e/,
    );
  });

  test('of a file of weights is not known: said, and kept in the record', async () => {
    const files = { 'split/test.tsv': table('sub-e ses-M000 AD', 'sub-f ses-M000 CN') };
    const source = { file: 'brains.safetensors', weights: new Map() };
    const { record, problems } = await audit({ files, source });
    expect(problems).toMatchObject([
      { code: 'LEAKAGE_UNKNOWN', severity: 'warning', file: 'brains.safetensors' },
    ]);
    const { sources, checks } = parseRecord(record);
    const name = 'the weights of "brains.safetensors"';
    expect(sources).toEqual([{ name, participants: 'not known' }]);
    expect(checks.find(({ code }) => code === 'LEAKAGE_PRETRAINING')).toMatchObject({
      ...{ checked: false, looked: `nothing tells whom ${name} has seen` },
    });
  });

  test('of a MAPS that started from such a file is known as far as that MAPS says', async () => {
    const people = { train: ['sub-a', 'sub-b'], validation: ['sub-c', 'sub-d'] };
    const maps = await tinyMaps({ ...people, listed: ['sub-z'], transfer: 'brains.pth.tar' });
    const { record, problems } = await audit({ source: await openMaps(maps) });
    expect(problems).toEqual([]);
    const { sources, checks } = parseRecord(record);
    expect(sources.map(({ name, participants }) => [name, participants])).toEqual([
      ['the transfer from "maps"', 5],
      ['the weights of "brains.pth.tar"', 'not known'],
      ['groups/train+validation.tsv', 1],
    ]);
    expect(checks.find(({ code }) => code === 'LEAKAGE_PRETRAINING')?.looked).toMatch(
      /5 participants of .*; nothing tells whom the weights of "brains\.pth\.tar" has seen$/,
    );
  });
});
