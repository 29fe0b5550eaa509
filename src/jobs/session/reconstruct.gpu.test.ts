import { afterAll, beforeAll, expect, test } from 'vitest';
import { memoryPlatform } from '../../../tests/support/memory-platform.ts';
import { tinyCaps, tinyParticipants } from '../../../tests/support/tiny-caps.ts';
import { mergeConfig } from '../../core/config/parse.ts';
import type { MemoryTree } from '../../core/files/memory-tree.ts';
import { memoryFile } from '../../core/files/memory-tree.ts';
import { reconstructionFigures } from '../../core/metrics/reconstruction.ts';
import { readVolume } from '../../core/nifti/read.ts';
import type { ExperimentChoice, ModelSummary } from '../session-api.ts';
import { CapsuleSession } from '../session.ts';

const ignore = () => undefined;
const folder = { kind: 'opfs', path: 'anywhere' } as const;
const storage = new Map<string, MemoryTree>();
let session: CapsuleSession;
let model: ModelSummary;

const choice: ExperimentChoice = {
  ...{ preprocessing: '', mode: { mode: 'image' }, classes: [], excluded: [] },
  ...{ validationShare: 0.2, testShare: 0.2 },
  config: mergeConfig('reconstruction', {
    ...{ architecture: 'AE_Conv4_FC3', epochs: 1, batch_size: 4, seed: 3 },
  }),
};

beforeAll(async () => {
  const people = tinyParticipants(8);
  const caps = await tinyCaps(people);
  const rows = people.map(({ participant }) => `${participant}\tses-M000\tF\n`);
  await caps.write('labels.tsv', `participant_id\tsession_id\tsex\n${rows.join('')}`);
  session = new CapsuleSession(await memoryPlatform(caps, storage));
  await session.openFolder(folder, ignore);
  model = await session.train(choice, ignore);
});
afterAll(() => session.close());

const valuesOf = async (bytes: Uint8Array<ArrayBuffer>) =>
  (await readVolume(memoryFile('x.nii', bytes))).volume;

test('one session is made again, with the figures of its table and their difference', async () => {
  const [row] = model.results.find(({ group }) => group === 'test')?.predictions ?? [];
  const { participant = '', session: visit = '' } = row ?? {};
  const made = await session.reconstruct(
    { participant, session: visit, selectionMetric: 'loss' },
    ignore,
  );
  expect(made).toMatchObject({ group: 'test', part: 0, parts: 1 });
  const [input, output, error] = await Promise.all(
    [made.input, made.output, made.error].map(valuesOf),
  );
  if (input === undefined || output === undefined || error === undefined) throw new Error('none');
  expect(input.shape).toEqual([36, 18, 17]);
  expect(input.affine).toEqual(error.affine);
  const difference = Float32Array.from(output.data, (value, at) => value - (input.data[at] ?? 0));
  expect(error.data.every((value, at) => Math.abs(value - (difference[at] ?? 0)) < 1e-6)).toBe(
    true,
  );
  const names = ['MAE', 'RMSE', 'PSNR', 'SSIM'];
  const figures = reconstructionFigures(input.data, output.data, [36, 18, 17, 1]);
  names.forEach((name, at) => {
    expect(made.figures[name]).toBeCloseTo(figures[at] ?? NaN, 3);
    expect(made.figures[name]).toBeCloseTo(row?.figures?.[name] ?? NaN, 3);
  });
  const largest = error.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(made.peak).toBeGreaterThan(0);
  expect(made.peak).toBeLessThanOrEqual(largest);
  expect(made.brightest).toBeCloseTo(1, 5);
});

test('a session of no group is refused', async () => {
  const request = { participant: 'sub-Nobody', session: 'ses-M000', selectionMetric: 'loss' };
  await expect(session.reconstruct(request, ignore)).rejects.toMatchObject({ code: 'MAPS_GROUP' });
});
