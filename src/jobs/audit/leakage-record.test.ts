import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { auditExperiment } from '../../core/leakage/audit.ts';
import type { Experiment } from '../../core/leakage/experiment.ts';
import { newRecord, parseRecord, recordOf, withGroup } from './leakage-record.ts';

const row = (participant: string, session: string, label: string, file: string) => ({
  ...{ participant, session, label, file },
});
const EXPERIMENT: Experiment = {
  sets: [
    {
      ...{ name: 'train', role: 'train' },
      rows: [
        row('sub-2', 'ses-M000', 'CN', 'b.tsv'),
        row('sub-1', 'ses-M000', 'AD', 'a.tsv'),
        row('sub-1', 'ses-M006', 'AD', 'a.tsv'),
      ],
    },
    {
      ...{ name: 'test', role: 'test' },
      rows: [
        row('sub-2', 'ses-M000', 'CN', 'test.tsv'),
        row('sub-3', 'ses-M000', 'AD', 'test.tsv'),
      ],
    },
  ],
  ancestors: [
    { name: 'source', kind: 'reserved', seen: [{ participant: 'sub-9', session: 'ses-M000' }] },
  ],
};
const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const record = (overridden: boolean, experiment = EXPERIMENT) =>
  recordOf(experiment, auditExperiment(experiment), overridden);

test('has counts and hashes of people, and no id', async () => {
  const made = await record(true);
  expect(made).toMatchObject({
    ...{ verdict: 'leaky', overridden: true, voxels: 'not checked' },
    sets: [
      {
        ...{ name: 'train', files: ['a.tsv', 'b.tsv'], sessions: 3, participants: 2 },
        sha256: hash('sub-1\nsub-2\n'),
      },
      { name: 'test', files: ['test.tsv'], sessions: 2, participants: 2 },
    ],
    sources: [{ name: 'source', participants: 1, sha256: hash('sub-9\n') }],
    findings: [
      {
        ...{ code: 'LEAKAGE_PARTICIPANTS', severity: 'error', participants: 1 },
        ...{ where: ['train and test'], sha256: hash('sub-2\n') },
      },
    ],
  });
  expect(made.checks).toHaveLength(14);
  expect(newRecord(made)).not.toContain('sub-');
});

test('says that it was overridden only where there was something to override', async () => {
  expect((await record(false)).overridden).toBe(false);
  const clean = { ...EXPERIMENT, sets: EXPERIMENT.sets.slice(0, 1) };
  expect(await record(true, clean)).toMatchObject({ verdict: 'clean', overridden: false });
  const read = await record(false, { ...clean, scans: [] });
  expect(read.voxels).toBe(0);
});

test('a group is added to what stands there, which stays', async () => {
  const text = newRecord(await record(true));
  expect(parseRecord(text)).toMatchObject({ version: 1, overridden: true, groups: [] });
  const twice = withGroup(
    withGroup(text, 'test', await record(false)),
    'other',
    await record(true),
  );
  const { groups, ...training } = parseRecord(twice);
  expect(groups.map(({ name, overridden }) => [name, overridden])).toEqual([
    ['test', false],
    ['other', true],
  ]);
  expect({ ...training, groups: [] }).toEqual(parseRecord(text));
});

test('a MAPS of another program was not checked', async () => {
  expect(parseRecord(withGroup(undefined, 'test', await record(false)))).toMatchObject({
    ...{ verdict: 'not checked', overridden: false, findings: [] },
    groups: [{ name: 'test', verdict: 'leaky' }],
  });
});

test.each([
  ['{', /JSON/],
  ['{"version": 2}', /version/],
  ['[]', /expected/],
])('refuses %s, so that nothing is written over it', async (text, message) => {
  expect(() => parseRecord(text)).toThrow(/MAPS_DAMAGED.*leakage\.json/);
  expect(() => parseRecord(text)).toThrow(message);
  const made = await record(false);
  expect(() => withGroup(text, 'test', made)).toThrow(/MAPS_DAMAGED/);
});
