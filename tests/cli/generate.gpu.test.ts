/** `generate` as a user runs it, and maps of a network held against the answer that it wrote. */
import { cp, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { capsule } from './run-capsule.ts';

const REFERENCE = 'tests/fixtures/reference/synthetic';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capsule-generate-'));
});
afterAll(() => rm(folder, { recursive: true }));

const textOf = (...path: string[]) => readFile(join(folder, ...path), 'utf8');

test('maps of a network are scored against the ground truth of a set', async () => {
  const set = join(folder, 'trivial');
  const maps = join(folder, 'maps');
  await cp(`${REFERENCE}/maps_ad`, maps, { recursive: true });
  const made = await capsule(
    ...['generate', 'trivial', `${REFERENCE}/caps`, set, '--preprocessing', 't1-linear'],
    ...['--n_subjects', '2', '--atrophy_percent', '80', '-np', '1', '--seed', '3'],
  );
  expect(made.code, made.stderr).toBe(0);
  expect(made.stdout).toBe(`${set}: 4 scans\n`);
  expect(JSON.parse(await textOf('trivial', 'commandline.json'))).toMatchObject({
    ...{ command: 'generate trivial', atrophy_percent: 80, seed: 3, n_subjects: 2 },
  });
  const scored = await capsule(
    ...['interpret', maps, 'known', 'grads', 'gradients'],
    ...['--participants_tsv', join(set, 'data.tsv'), '--caps_directory', set],
    ...['--score-against', set, '--score_sign', 'positive'],
  );
  expect(scored.stderr).toMatch(
    /split-0 best-loss, gradients against the known answer: pointing game [01]\.\d{3} \[.*\] \(chance 0\.\d{3}\), AUC 0\.\d{3} .* 4 maps of 4 participants/,
  );
  expect(scored.code).toBe(0);
  const place = ['maps', 'split-0', 'best-loss', 'known', 'interpret-grads'];
  const table = await textOf(...place, 'known_saliency_scores.tsv');
  const [head, ...rows] = table.trimEnd().split('\n');
  expect(head).toBe(
    'participant_id\tsession_id\timage_id\tvoxels\tregion_voxels\tpointing_game\tAUC\tDice\tchance',
  );
  expect(rows).toHaveLength(4);
  const areas = rows.map((row) => Number(row.split('\t')[6]));
  const record = JSON.parse(await textOf(...place, 'interpretation.json')) as {
    score: { against: string; sign: string; maps: number; AUC: { mean: number } };
  };
  expect(record.score).toMatchObject({ sign: 'positive', maps: 4 });
  expect(record.score.AUC.mean).toBeCloseTo(areas.reduce((sum, area) => sum + area, 0) / 4, 10);
  expect(await readdir(join(folder, ...place))).toHaveLength(3);
  // The same maps against one mask for all of them: that of the first scan.
  const truth = (await textOf('trivial', 'ground_truth', 'ground_truth.tsv')).split('\n')[1] ?? '';
  const mask = join(set, 'ground_truth', truth.split('\t')[2] ?? '');
  const again = await capsule(
    ...['interpret', maps, 'known', 'again', 'gradients'],
    ...['--score-against', mask, '--score_sign', 'positive'],
  );
  expect(again.code, again.stderr).toBe(0);
  const others = await textOf(
    ...place.slice(0, -1),
    'interpret-again',
    'known_saliency_scores.tsv',
  );
  const of = (text: string, participant: string) =>
    text.split('\n').find((row) => row.startsWith(`${participant}\t`));
  const first = truth.split('\t')[0] ?? '';
  expect(of(others, first)).toBe(of(table, first));
}, 120_000);

test('phantoms with the shares that are asked for, by their short names', async () => {
  const out = join(folder, 'phantoms');
  const made = await capsule(
    ...['generate', 'shepplogan', out, '--n_subjects', '4', '--image_size', '32', '-ej', 'phantom'],
    ...['-csd', '0.5', '-csd', '0.5', '-csd', '0', '-asd', '0', '-asd', '0', '-asd', '1'],
    '--no-ground_truth',
  );
  expect(made.code, made.stderr).toBe(0);
  const rows = (await textOf('phantoms', 'data.tsv')).trimEnd().split('\n').slice(1);
  const subtypes = rows.map((row) => row.split('\t').slice(2).join(' '));
  expect(subtypes).toEqual([...Array<string>(4).fill('AD 2'), ...['CN 0', 'CN 0', 'CN 1', 'CN 1']]);
  expect((await readdir(out)).sort()).toEqual([
    ...['commandline.json', 'data.tsv', 'missing_mods', 'subjects', 'tensor_extraction'],
  ]);
});

test.each([
  [['trivial', 'CAPS', 'OUT'], '--preprocessing'],
  [['trivial', 'CAPS', 'OUT', '--preprocessing', 't1-linear', '--n_subjects', '99'], 'at most 20'],
  [['trivial', 'CAPS', 'CAPS', '--preprocessing', 't1-linear', '--overwrite'], 'FOLDER_NOT_EMPTY'],
  [['random', 'CAPS', 'OUT', '--preprocessing', 'custom'], '--custom_suffix'],
  [['artifacts', 'CAPS', 'OUT', '--preprocessing', 't1-linear'], '--motion'],
  [
    [
      'artifacts',
      'CAPS',
      'OUT',
      '--preprocessing',
      't1-linear',
      '--noise',
      '--noise_std',
      '9',
      '3',
    ],
    '"noise_std" to be two numbers, the lower one first',
  ],
  [['hypometabolic', 'CAPS', 'OUT'], 'CAPS_NO_VOLUME'],
])('refuses %o', async (words, said) => {
  const places: Record<string, string> = { CAPS: `${REFERENCE}/caps`, OUT: join(folder, 'none') };
  const refused = await capsule('generate', ...words.map((word) => places[word] ?? word));
  expect(refused.stderr).toContain(said);
  expect(refused.code).toBe(2);
});
