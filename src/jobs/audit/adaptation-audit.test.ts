import { describe, expect, test } from 'vitest';
import { mergeConfig } from '../../core/config/parse.ts';
import { MemoryTree } from '../../core/files/memory-tree.ts';
import { readSets } from '../training/read-sets.ts';
import { readTargetSets, refuseOtherElements, refuseOtherMode } from '../training/target-cohort.ts';
import {
  ADAPTING,
  LABELLED,
  NEW,
  SOURCE,
  targetExtraction,
  targetRequest,
  UNLABELLED,
  unlabelledTable,
  VALIDATION,
} from '../training/testing/two-domains.ts';
import { tinyTable, type TinyParticipant } from '../../../tests/support/tiny-caps.ts';
import { auditTraining } from './audit-training.ts';
import { parseRecord } from './leakage-record.ts';

const config = mergeConfig('classification', ADAPTING);
const [labelled] = LABELLED;
const [validated] = VALIDATION;
const [fresh] = NEW;
if (!labelled || !validated || !fresh) throw new Error('nobody');

interface Files {
  readonly source?: Record<string, string>;
  readonly target?: Record<string, string>;
}

async function read({ source = {}, target = {} }: Files = {}) {
  const tables = new MemoryTree('study', {
    'split/train.tsv': tinyTable(SOURCE.slice(0, 8)),
    'split/validation_baseline.tsv': tinyTable(SOURCE.slice(8)),
    ...source,
  });
  const sets = await readSets(config, [{ tables, tablesFolder: 'split' }]);
  const request = await targetRequest(target);
  return { tables, sets, request, ofTarget: await readTargetSets(config, request, sets) };
}

async function audit(files: Files = {}, isKnown = false) {
  const { tables, sets, request, ofTarget } = await read(files);
  return auditTraining({
    ...{ splits: sets.all, label: 'diagnosis', diagnoses: ['AD', 'CN'], source: undefined },
    ...{ tables, folder: 'split', isKnown },
    target: { place: request.place, sets: ofTarget },
  });
}

test('two cohorts apart are clean, and the record names every set of theirs', async () => {
  const { record } = await audit({ target: { 'split/test_baseline.tsv': tinyTable(NEW) } });
  const { verdict, sets } = parseRecord(record);
  expect(verdict).toBe('clean');
  expect(sets.map(({ name, participants }) => [name, participants])).toEqual([
    ['train of split-0', 8],
    ['validation of split-0', 4],
    ['train of split-0 of the target', 3],
    ['validation of split-0 of the target', 4],
    ['unlabelled of the target', 4],
    ['split/test_baseline.tsv of the target', 2],
  ]);
});

describe('is refused, with whom and where', () => {
  const unlabelled = (...more: TinyParticipant[]) => ({
    'unlabelled.tsv': unlabelledTable([...UNLABELLED, ...more]),
  });
  test.each<[string, Files, string, string]>([
    [
      'a validated person of the target among the unlabelled',
      { target: unlabelled(validated) },
      'validation of split-0 of the target and unlabelled of the target',
      validated.participant,
    ],
    [
      'a tested person of the target among the unlabelled',
      { target: { ...unlabelled(fresh), 'split/test_baseline.tsv': tinyTable(NEW) } },
      'unlabelled of the target and split/test_baseline.tsv of the target',
      fresh.participant,
    ],
    [
      "a person of the source's test among the unlabelled",
      { source: { 'split/test.tsv': tinyTable(NEW) }, target: unlabelled(fresh) },
      'unlabelled of the target and split/test.tsv',
      fresh.participant,
    ],
    [
      'a validated person of the target in the training set of the source',
      { source: { 'split/train.tsv': tinyTable([...SOURCE.slice(0, 8), validated]) } },
      'train of split-0 and validation of split-0 of the target',
      validated.participant,
    ],
    [
      'a validated person of the source in the training set of the target',
      { target: { 'split/train.tsv': tinyTable([...LABELLED, ...SOURCE.slice(8, 9)]) } },
      'validation of split-0',
      SOURCE[8]?.participant ?? '',
    ],
    [
      'a person in both sets of the target',
      { target: { 'split/train.tsv': tinyTable([...LABELLED, validated]) } },
      'train of split-0 of the target and validation of split-0 of the target',
      validated.participant,
    ],
  ])('%s', async (_name, files, where, who) => {
    const refused = await audit(files).then(
      () => undefined,
      (thrown: { code: string; message: string }) => thrown,
    );
    expect(refused?.code).toBe('LEAKAGE_PARTICIPANTS');
    for (const part of where.split(' and ')) expect(refused?.message).toContain(part);
    expect(refused?.message).toContain(who);
  });

  test('unless someone knows, and then the record says so', async () => {
    const { record } = await audit({ target: unlabelled(validated) }, true);
    expect(parseRecord(record)).toMatchObject({ verdict: 'leaky', overridden: true });
  });

  test('but nobody for being labelled and unlabelled at once: both are trained on', async () => {
    const { record } = await audit({ target: unlabelled(labelled) });
    expect(parseRecord(record).verdict).toBe('clean');
  });
});

describe('tables of the target', () => {
  const withDomain = (
    people: readonly { participant: string; diagnosis: string }[],
    name: string,
  ) =>
    [
      'participant_id\tsession_id\tdiagnosis\tdomain',
      ...people.map((one) => [one.participant, 'ses-M000', one.diagnosis, name].join('\t')),
      '',
    ].join('\n');

  test('need no column of domains', async () => {
    const { ofTarget } = await read();
    expect(ofTarget.sessions).toHaveLength(11);
    expect(ofTarget.sessions.slice(7).every(({ label }) => label === '')).toBe(true);
  });

  test.each([
    ['t1', 'flair', undefined],
    ['flair', 't1', undefined],
    ['t1', 't1', /TSV_VALUE.*another domain than those of the source, t1.*"t1"/],
  ])('of domain %s beside %s', async (source, target, refused) => {
    const reading = read({
      source: { 'split/train.tsv': withDomain(SOURCE.slice(0, 8), source) },
      target: { 'split/train.tsv': withDomain(LABELLED, target) },
    });
    if (refused === undefined) await expect(reading).resolves.toBeDefined();
    else await expect(reading).rejects.toThrow(refused);
  });

  test('have the classes of the source', async () => {
    const other = mergeConfig('classification', { ...ADAPTING, label: 'sex' });
    const sexes = (people: readonly { participant: string }[], sex: string[]) =>
      [
        'participant_id\tsession_id\tdiagnosis\tsex',
        ...people.map(
          ({ participant }, at) => `${participant}\tses-M000\tAD\t${sex[at % sex.length]}`,
        ),
        '',
      ].join('\n');
    const tables = new MemoryTree('study', {
      'split/train.tsv': sexes(SOURCE.slice(0, 8), ['F', 'M']),
      'split/validation_baseline.tsv': sexes(SOURCE.slice(8), ['F', 'M']),
    });
    const sets = await readSets(other, [{ tables, tablesFolder: 'split' }]);
    const request = await targetRequest({
      'split/train.tsv': sexes(LABELLED, ['F', 'X']),
      'split/validation_baseline.tsv': sexes(VALIDATION, ['F', 'M']),
    });
    await expect(readTargetSets(other, request, sets)).rejects.toThrow(
      /TSV_VALUE.*"X" in the training set of the target/,
    );
  });

  test('are as many splits as those of the source', async () => {
    const folds = mergeConfig('classification', { ...ADAPTING, n_splits: 2 });
    const { sets } = await read();
    await expect(readTargetSets(folds, await targetRequest(), sets)).rejects.toThrow(
      /SPLIT_MISSING/,
    );
  });
});

test('source and target are cut in one way', () => {
  const slices = { ...targetExtraction, mode: 'slice' } as unknown as typeof targetExtraction;
  expect(() => refuseOtherMode(slices, targetExtraction)).toThrow(/CONFIG_VALUE.*mode image/);
  const of = (count: number, ...inputSize: number[]) => ({ partsPerImage: count, inputSize });
  expect(() => refuseOtherElements(of(1, 1, 4, 5, 6), of(1, 1, 4, 5, 7))).toThrow(
    /NETWORK_INPUT.*1 x 4 x 5 x 7.*1 x 4 x 5 x 6/,
  );
  expect(() => refuseOtherElements(of(2, 1, 4, 5), of(3, 1, 4, 5))).toThrow(/3 of 1 x 4 x 5/);
  expect(() => refuseOtherElements(of(2, 1, 4, 5), of(2, 1, 4, 5))).not.toThrow();
});
