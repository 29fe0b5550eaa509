import { describe, expect, test } from 'vitest';
import { folderTree, hasShared, SHARED } from '../../core/caps/testing/folder.ts';
import { listPaths, readText } from '../../core/files/read.ts';
import { getLabels } from './get-labels.ts';
import { labelsInput, treeOf } from './testing/labels-input.ts';
import { runJob } from './testing/run-job.ts';

const image = (participant: string, session: string) =>
  `${participant}/${session}/anat/${participant}_${session}_T1w.nii.gz`;

const BIDS = {
  'participants.tsv': 'participant_id sex\nsub-1 F\nsub-2 M',
  'sub-1/sub-1_sessions.tsv': 'session_id age diagnosis\nses-M000 70 CN\nses-M012 71 .',
  'sub-2/sub-2_sessions.tsv': 'session_id age diagnosis\nses-M000 60 AD',
  [image('sub-1', 'ses-M000')]: '\t',
  [image('sub-1', 'ses-M012')]: '\t',
  [image('sub-2', 'ses-M000')]: '\t',
};
const LABELS =
  'participant_id\tsession_id\tage\tsex\tdiagnosis\n' +
  'sub-1\tses-M000\t70\tF\tCN\nsub-2\tses-M000\t60\tM\tAD\n';

describe('straight from a BIDS folder', () => {
  test('makes the tables of Clinica, the labels and their record', async () => {
    const output = treeOf({});
    const { result, codes } = await runJob(getLabels(labelsInput(output, BIDS)));
    expect(result).toEqual({ sessions: 2, participants: 2 });
    expect(codes).toEqual(['LABELS_INFERRED']);
    expect((await listPaths(output)).sort()).toEqual([
      'labels.json',
      'labels.tsv',
      'merged.tsv',
      'missing_mods/missing_mods_ses-M000.tsv',
      'missing_mods/missing_mods_ses-M012.tsv',
    ]);
    expect(await readText(output, 'labels.tsv')).toBe(LABELS);
    expect(await readText(output, 'missing_mods/missing_mods_ses-M012.tsv')).toBe(
      'participant_id\tt1w\nsub-1\t1\n',
    );
  });

  test('gives the same from the tables that it made', async () => {
    const output = treeOf({});
    await runJob(getLabels(labelsInput(output, BIDS)));
    const input = labelsInput(output, undefined);
    const noBids = { ...input, openBids: () => Promise.reject(new Error('opened')) };
    const { lines } = await runJob(getLabels(noBids));
    expect(await readText(output, 'labels.tsv')).toBe(LABELS);
    expect(lines.slice(0, 2)).toEqual([
      'out/merged.tsv is used as it is; remove it to make it from the BIDS.',
      'out/missing_mods is used as it is; remove it to make it from the BIDS.',
    ]);
  });

  test('reads a folder without sessions, with the names that BIDS uses', async () => {
    const output = treeOf({});
    const bids = {
      'participants.tsv': 'participant_id age gender group\nsub-1 30 f ill\nsub-2 31 m well',
      'sub-1/anat/sub-1_T1w.nii.gz': '\t',
      'sub-2/anat/sub-2_T1w.nii.gz': '\t',
    };
    const choice = { ...labelsInput(output, bids).choice, diagnoses: ['ill', 'well'] };
    const { codes } = await runJob(getLabels(labelsInput(output, bids, { choice })));
    expect(codes).toEqual(['TSV_COLUMN_CHOSEN', 'TSV_COLUMN_CHOSEN']);
    expect(await readText(output, 'labels.tsv')).toBe(
      'participant_id\tsession_id\tage\tsex\tdiagnosis\n' +
        'sub-1\tses-M000\t30\tF\till\nsub-2\tses-M000\t31\tM\twell\n',
    );
  });

  test('makes only what was not given', async () => {
    const output = treeOf({});
    const own = treeOf({
      'm.tsv': 'participant_id session_id age sex diagnosis\nsub-2 ses-M000 60 M AD',
    });
    const merged = { tree: own, path: 'm.tsv', name: 'm.tsv' };
    await runJob(getLabels(labelsInput(output, BIDS, { merged })));
    expect((await listPaths(output)).sort()).toEqual([
      'labels.json',
      'labels.tsv',
      'missing_mods/missing_mods_ses-M000.tsv',
      'missing_mods/missing_mods_ses-M012.tsv',
    ]);
  });

  test('names the folder when it is none', async () => {
    const { error } = await runJob(getLabels(labelsInput(treeOf({}), { 'a.tsv': 'a' })));
    expect(error).toMatchObject({ code: 'BIDS_NOT_BIDS', file: 'bids' });
  });

  test.skipIf(!hasShared)(
    'reads six real participants (skipped where they are absent)',
    async () => {
      const output = treeOf({});
      const input = labelsInput(output, undefined);
      const { result } = await runJob(
        getLabels({
          ...{ ...input, openBids: async () => folderTree(`${SHARED}/data/bids-mini`) },
          choice: { ...input.choice, diagnoses: ['depr', 'control'] },
        }),
      );
      expect(result).toEqual({ sessions: 6, participants: 6 });
      const lines = (await readText(output, 'labels.tsv')).split('\n');
      expect(lines.slice(0, 2)).toEqual([
        'participant_id\tsession_id\tage\tsex\tdiagnosis',
        'sub-05\tses-M000\t26\tF\tdepr',
      ]);
    },
  );
});

describe('from given tables', () => {
  const TABLES = treeOf({
    'merged.tsv': 'participant_id session_id age sex diagnosis\nsub-1 ses-M000 70 F CN',
    'mods/x_ses-M000.tsv': 'participant_id t1w\nsub-1 1',
    'mods/x_summary.txt': 'a b',
    'r.tsv': 'participant_id session_id\nsub-1 ses-M000',
  });
  const merged = { tree: TABLES, path: 'merged.tsv', name: 'in/merged.tsv' };

  test('opens no BIDS folder and writes no table but the labels', async () => {
    const output = treeOf({});
    const mods = treeOf({ 'x_ses-M000.tsv': 'participant_id t1w\nsub-1 1' });
    const input = labelsInput(output, undefined, { merged, missingModalities: mods });
    const openBids = () => Promise.reject(new Error('opened'));
    const choice = { ...input.choice, diagnoses: ['CN'] };
    const { result } = await runJob(getLabels({ ...input, openBids, choice }));
    expect(result).toEqual({ sessions: 1, participants: 1 });
    expect((await listPaths(output)).sort()).toEqual(['labels.json', 'labels.tsv']);
  });

  test('writes the record as ClinicaDL does', async () => {
    const output = treeOf({});
    const mods = treeOf({ 'x_ses-M000.tsv': 'participant_id t1w\nsub-1 1' });
    const restriction = { tree: TABLES, path: 'r.tsv', name: 'r.tsv' };
    const input = labelsInput(output, undefined, { merged, missingModalities: mods, restriction });
    const choice = { ...input.choice, diagnoses: ['CN'], variables: ['age'], keepSmc: true };
    const paths = { ...input.paths, restriction: 'r.tsv', merged: 'in/merged.tsv' };
    await runJob(getLabels({ ...input, choice, paths }));
    expect(await readText(output, 'labels.json')).toBe(
      `{
    "bids_directory": "bids",
    "diagnoses": [
        "CN"
    ],
    "modality": "t1w",
    "restriction_path": "r.tsv",
    "variables_of_interest": [
        "age"
    ],
    "remove_smc": false,
    "missing_mods": "out/missing_mods",
    "merged_tsv": "in/merged.tsv",
    "remove_unique_session": false,
    "caps_directory": null
}`,
    );
  });

  test('says what a folder of modalities has to hold', async () => {
    const input = labelsInput(treeOf({}), undefined, {
      ...{ merged, missingModalities: treeOf({ 'summary.tsv': 'a b' }) },
    });
    const { error } = await runJob(getLabels(input));
    expect(error).toMatchObject({
      ...{ code: 'FILE_NOT_FOUND', file: 'out/missing_mods' },
      expected: 'files <prefix>_ses-<session>.tsv',
    });
  });

  test('writes nothing when nothing is left', async () => {
    const output = treeOf({});
    const mods = treeOf({ 'x_ses-M000.tsv': 'participant_id t1w\nsub-1 0' });
    const input = labelsInput(output, undefined, { merged, missingModalities: mods });
    const { error } = await runJob(getLabels(input));
    expect(error?.code).toBe('LABELS_EMPTY');
    expect(await listPaths(output)).toEqual([]);
  });
});
