import { readFile } from 'node:fs/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { memoryPlatform } from '../../../tests/support/memory-platform.ts';
import { tinyCaps, tinyParticipants } from '../../../tests/support/tiny-caps.ts';
import { mergeConfig } from '../../core/config/parse.ts';
import type { PartialConfig } from '../../core/config/schema.ts';
import { memoryFile, type MemoryTree } from '../../core/files/memory-tree.ts';
import { readText } from '../../core/files/read.ts';
import { readVolume } from '../../core/nifti/read.ts';
import type { Volume } from '../../core/volume.ts';
import type { CohortMistake, ExperimentChoice, FirstLayer, SampleOptions } from '../session-api.ts';
import { CapsuleSession } from '../session.ts';

const ignore = () => undefined;
const folder = { kind: 'opfs', path: 'anywhere' } as const;

let caps: MemoryTree;
let storage: Map<string, MemoryTree>;
let session: CapsuleSession;

beforeAll(async () => {
  caps = await tinyCaps(tinyParticipants(8));
  const labels = tinyParticipants(8).map(
    ({ participant }, index) => `${participant}\tses-M000\t${index < 4 ? 'AD' : 'CN'}`,
  );
  await caps.write('labels.tsv', ['participant_id\tsession_id\tdiagnosis', ...labels].join('\n'));
});

beforeEach(async () => {
  storage = new Map();
  const platform = await memoryPlatform(caps, storage);
  const brain = new URL('../../../public/sample/colin27-3mm.nii.gz', import.meta.url);
  const baseBrain = async () => new Uint8Array(await readFile(brain));
  session = new CapsuleSession({ ...platform, baseBrain });
});
afterEach(() => session.close());

function choiceOf(changes: PartialConfig = {}, excluded: readonly string[] = []): ExperimentChoice {
  return {
    ...{ preprocessing: '', mode: { mode: 'image' }, classes: ['AD', 'CN'], excluded },
    ...{ validationShare: 0.25, testShare: 0.25 },
    config: mergeConfig('classification', {
      ...{ label: 'diagnosis', architecture: 'Conv4_FC3', seed: 3, epochs: 1, batch_size: 4 },
      ...{ learning_rate: 1e-3, ...changes },
    }),
  };
}

const sample = (participants: number, mistake?: CohortMistake): SampleOptions => ({
  ...{ participants, millimetres: 6, seed: 1, mistake },
});

describe('a voxel of the first layer', () => {
  /** Largest difference between what the layers give and the definition, over a slice. */
  function apart(layer: FirstLayer, volume: Pick<Volume, 'data' | 'shape'>): number[] {
    const [X, Y, Z] = layer.shape;
    const seen = (x: number, y: number, z: number): number =>
      x < 0 || y < 0 || z < 0 || x >= X || y >= Y || z >= Z
        ? 0
        : (volume.data[(x * Y + y) * Z + z] ?? NaN);
    const worst = [0, 0, 0];
    for (let at = 0; at < X * Y * layer.channels; at++) {
      const c = at % layer.channels;
      const [x, y] = [Math.floor(at / layer.channels / Y), Math.floor(at / layer.channels) % Y];
      let sum = layer.biases[c] ?? NaN;
      for (let tap = 0; tap < 27; tap++) {
        const [i, j, k] = [Math.floor(tap / 9) - 1, (Math.floor(tap / 3) % 3) - 1, (tap % 3) - 1];
        sum += (layer.kernels[27 * c + tap] ?? NaN) * seen(x + i, y + j, layer.slice + k);
      }
      const { weight, bias, mean, variance } = layer.norm;
      const scale = (weight[c] ?? NaN) / Math.sqrt((variance[c] ?? NaN) + 1e-5);
      const normalised = (sum - (mean[c] ?? NaN)) * scale + (bias[c] ?? NaN);
      [layer.convolved, layer.normalised, layer.rectified].forEach((values, stage) => {
        const expected = [sum, normalised, Math.max(0, normalised)][stage] ?? NaN;
        worst[stage] = Math.max(worst[stage] ?? NaN, Math.abs((values[at] ?? NaN) - expected));
      });
    }
    return worst;
  }

  async function normalisedScan(): Promise<Volume> {
    const { bytes } = await session.volume('sub-T00', 'ses-M000');
    const { volume } = await readVolume(memoryFile('scan.nii.gz', bytes));
    const [low, high] = [Math.min(...volume.data), Math.max(...volume.data)];
    return { ...volume, data: volume.data.map((value) => (value - low) / (high - low)) };
  }

  test('is 27 products and a bias, before training and after it, inside and at the border', async () => {
    await session.openFolder(folder, ignore);
    const scan = await normalisedScan();
    const of = { participant: 'sub-T00', session: 'ses-M000' };
    const choice = choiceOf();
    const fresh = await session.firstLayer({ ...of, slice: 0, choice }, ignore);
    expect(fresh).toMatchObject({ isTrained: false, shape: [36, 18, 17], slice: 0, channels: 8 });
    for (const worst of apart(fresh, scan)) expect(worst).toBeLessThan(2e-6);
    // Zeros beyond the volume, and the slice itself in the middle.
    const slab = (step: number) => fresh.input.filter((_, at) => at % 3 === step);
    expect(slab(0).every((value) => value === 0)).toBe(true);
    const lowest = scan.data.filter((_, at) => at % 17 === 0);
    const off = slab(1).map((value, at) => Math.abs(value - (lowest[at] ?? NaN)));
    expect(Math.max(...off)).toBeLessThan(1e-6);
    expect(fresh.rectified.some((value) => value > 0.01)).toBe(true);

    const model = await session.train(choice, ignore);
    // No lesson, no mark.
    expect(model).toMatchObject({ name: 'maps-1-diagnosis', mistake: undefined });
    const trained = await session.firstLayer(of, ignore);
    expect(trained).toMatchObject({ isTrained: true, slice: 8, architecture: 'Conv4_FC3' });
    for (const worst of apart(trained, scan)) expect(worst).toBeLessThan(1e-5);
    expect(Array.from(trained.kernels)).not.toEqual(Array.from(fresh.kernels));
    const far = trained.kernels.map((value, at) => Math.abs(value - (fresh.kernels[at] ?? NaN)));
    // Few steps of Adam with 1e-3.
    expect(Math.max(...far)).toBeLessThan(0.01);
  });

  test('is not shown of a network that begins otherwise, or without one', async () => {
    await session.openFolder(folder, ignore);
    const of = { participant: 'sub-T00', session: 'ses-M000' };
    const choice = choiceOf({ architecture: 'Stride_Conv5_FC3' });
    await expect(session.firstLayer({ ...of, choice }, ignore)).rejects.toMatchObject({
      code: 'CONFIG_NOT_YET',
    });
    await expect(session.firstLayer(of, ignore)).rejects.toMatchObject({ code: 'NO_MODEL' });
  });
});

describe('a deliberate mistake', () => {
  test('that leaks is caught and refused, trained on only knowingly, marked, and put right', async () => {
    const cohort = await session.makeSample(sample(16, 'leak'), ignore);
    expect(cohort).toMatchObject({ sample: true, mistake: 'leak' });
    const choice = choiceOf();
    await session.compareScans(ignore);
    const { audit } = await session.plan(choice);
    expect(audit.verdict).toBe('leaky');
    expect(audit.findings[0]).toMatchObject({ code: 'LEAKAGE_SCAN', severity: 'error' });
    await expect(session.train(choice, ignore)).rejects.toMatchObject({ code: 'LEAKAGE_FOUND' });

    const model = await session.train(choice, ignore, { iKnow: true });
    expect(model.name).toBe('Deliberate mistake - test set leaked');
    expect(model.mistake).toEqual({ mistake: 'leak', isPutRight: false });
    const { blob, name } = await session.exportFile({ kind: 'card' }, ignore);
    expect(await blob.text()).toContain('Deliberate mistake, sample brains.');
    expect(name).toContain('Deliberate-mistake');
    const { kinds } = await session.contents();
    expect(kinds.some(({ kind }) => kind === 'other')).toBe(false);

    // Nobody under a second name: the rules are the same, and find nothing.
    const twins = cohort.rows.slice(8).map((row) => `${row.participant}/${row.session}`);
    const righted = choiceOf({}, twins);
    const mended = (await session.plan(righted)).audit;
    expect(mended.verdict).not.toBe('leaky');
    expect(mended.checks.find(({ code }) => code === 'LEAKAGE_SCAN')).toMatchObject({ found: 0 });
    const right = await session.train(righted, ignore);
    expect(right.mistake).toEqual({ mistake: 'leak', isPutRight: true });
    const names = (await session.experiments()).map((experiment) => experiment.name);
    expect(names.sort()).toEqual([
      'Deliberate mistake - test set leaked',
      'Put right - test set leaked',
    ]);
  });

  test('in the configuration is marked too, and is not made on anyone’s own data', async () => {
    await session.openFolder(folder, ignore);
    const wrong = choiceOf({ learning_rate: 0.1 });
    await expect(session.train(wrong, ignore, { mistake: 'learning-rate' })).rejects.toMatchObject({
      code: 'TEACHING_SAMPLE',
    });
    expect(await session.experiments()).toEqual([]);

    await session.makeSample(sample(8), ignore);
    const model = await session.train(wrong, ignore, { mistake: 'learning-rate' });
    expect(model.mistake).toEqual({ mistake: 'learning-rate', isPutRight: false });
    const [kept] = await session.experiments();
    const tree = storage.get(`maps/${kept?.id ?? ''}`) as MemoryTree;
    expect(JSON.parse(await readText(tree, 'deliberate-mistake.json'))).toEqual({
      ...{ deliberate_mistake: 'learning-rate', put_right: false },
    });
  });
});
