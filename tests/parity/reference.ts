/**
 * A training run repeated from the reference's own start weights, and compared with what ClinicaDL
 * 1.6.1 wrote: losses after every iteration, predictions and weights.
 */
import { expect } from 'vitest';
import { readExtraction } from '../../src/core/caps/extraction.ts';
import { mergeConfig, parseFlat } from '../../src/core/config/parse.ts';
import { MemoryTree } from '../../src/core/files/memory-tree.ts';
import { openMaps, type Maps } from '../../src/core/maps/reader.ts';
import type { MapsSplit } from '../../src/core/maps/split-reader.ts';
import type { EngineDevice } from '../../src/engine/device/engine-device.ts';
import { train } from '../../src/jobs/train.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { systemClock } from '../../src/platform/node/clock.ts';
import { follow } from '../support/follow.ts';

export interface Repetition {
  /** Folder with split/, maps_init and the run to compare with. */
  readonly folder: string;
  readonly caps: string;
  readonly run: string;
  /** Starts from a fresh network of the configuration's seed, not from `maps_init`. */
  readonly fresh?: boolean;
}

/** @returns the MAPS that Capsule makes of the reference's configuration. */
export async function repeatTraining(
  device: EngineDevice,
  { folder, caps, run, fresh = false }: Repetition,
): Promise<{ ours: Maps; reference: Maps; tree: MemoryTree }> {
  const reference = await openMaps(new DiskTree(`${folder}/${run}`));
  const { config, extra } = reference.parameters;
  const capsTree = new DiskTree(caps);
  const start = fresh ? {} : { transfer_path: 'maps_init' };
  const options = { ...config, split: [], ...start } as Record<string, unknown>;
  delete options['network_task'];
  delete options['label_code'];
  const tree = new MemoryTree('ours');
  const job = train(
    {
      config: mergeConfig('classification', parseFlat(options, 'classification')),
      extraction: readExtraction(extra.preprocessing_dict, 'maps.json'),
      ...{ caps: capsTree, capsDirectory: 'caps', unreadable: 'stop', runtime: 'test' },
      ...{ tables: new DiskTree(folder), tablesFolder: 'split', tsvDirectory: extra.tsv_path },
      ...{ maps: tree, mapsDirectory: 'ours' },
      ...(fresh ? {} : { transfer: new DiskTree(`${folder}/maps_init`) }),
    },
    { device, clock: systemClock, signal: new AbortController().signal },
  );
  await follow(job);
  return { ours: await openMaps(tree), reference, tree };
}

export async function expectSameLosses(ours: MapsSplit, reference: MapsSplit): Promise<void> {
  const found = (await ours.trainingLog()).rows;
  const expected = (await reference.trainingLog()).rows;
  expect(found).toHaveLength(expected.length);
  for (const [index, row] of expected.entries()) {
    for (const set of ['train', 'validation'] as const) {
      const wanted = Number(row[set].get('loss'));
      const loss = Number(found[index]?.[set].get('loss'));
      const place = `${set} loss of epoch ${row.epoch}, iteration ${row.iteration}`;
      expect(Math.abs(loss / wanted - 1), place).toBeLessThan(1e-3);
    }
  }
}

export async function expectSamePredictions(ours: MapsSplit, reference: MapsSplit): Promise<void> {
  for (const metric of reference.metrics) {
    for (const group of ['train', 'validation']) {
      const expected = await reference.predictions(metric, group, 'image');
      const found = await ours.predictions(metric, group, 'image');
      expect(found).toHaveLength(expected.length);
      for (const [index, row] of expected.entries()) {
        const place = `${metric}, ${group}, ${row.participant}`;
        expect(found[index]?.participant, place).toBe(row.participant);
        for (const [code, probability] of row.probabilities.entries()) {
          const difference = (found[index]?.probabilities[code] ?? NaN) - probability;
          expect(Math.abs(difference), place).toBeLessThan(1e-3);
        }
      }
    }
  }
}

/** Relative to the tensor's norm. */
const TOLERANCE = 1e-3;

/**
 * Biases of normalisations start from zero, so that after a few steps their norm is a few steps long.
 * PyTorch itself, run with one thread instead of several, moves those of the real brains by 1.4e-3.
 */
const TOLERANCE_FROM_ZERO = 2e-3;

/**
 * A bias before a batch normalisation has no gradient but rounding noise, which Adam blows up to
 * steps of a whole learning rate: PyTorch itself moves it at random. It cancels in the normalisation.
 * Two such walks are at most twice their length apart, and the running mean that follows carries that.
 */
export async function expectSameWeights(
  ours: MapsSplit,
  reference: MapsSplit,
  learningRate: number,
): Promise<void> {
  // The references were evaluated after every iteration: one row a step.
  const steps = (await reference.trainingLog()).rows.length;
  for (const metric of reference.metrics) {
    const expected = await reference.checkpoint(metric);
    const found = await ours.checkpoint(metric);
    expect(found.epoch).toBe(expected.epoch);
    expect([...found.model.keys()]).toEqual([...expected.model.keys()]);
    let noise = 0;
    for (const [name, tensor] of expected.model) {
      const wanted = tensor.toFloat32();
      const values = found.model.get(name)?.toFloat32() ?? new Float32Array(0);
      expect(found.model.get(name)?.shape, name).toEqual(tensor.shape);
      const difference = norm(wanted.map((value, i) => value - (values[i] ?? NaN)));
      const isNoise = isBiasInBlock(name, CONVOLUTION);
      if (isNoise) noise = difference;
      const carried = name.endsWith('running_mean') ? noise : 0;
      const walk = 2 * steps * learningRate * Math.sqrt(wanted.length);
      const relative = isBiasInBlock(name, NORMALISATION) ? TOLERANCE_FROM_ZERO : TOLERANCE;
      const allowed = isNoise ? walk : relative * norm(wanted) + carried;
      expect(difference, `${metric}, ${name}`).toBeLessThanOrEqual(allowed);
    }
  }
}

/** Weights of convolutions, normalisations and dense layers only; no biases, no running statistics. */
export async function expectSameFilters(ours: MapsSplit, reference: MapsSplit): Promise<void> {
  const expected = await reference.checkpoint('loss');
  const found = await ours.checkpoint('loss');
  for (const [name, tensor] of expected.model) {
    if (!name.endsWith('.weight')) continue;
    const wanted = tensor.toFloat32();
    const values = found.model.get(name)?.toFloat32() ?? new Float32Array(0);
    const difference = norm(wanted.map((value, i) => value - (values[i] ?? NaN)));
    expect(difference / norm(wanted), name).toBeLessThan(1e-3);
  }
}

// A block is convolution, normalisation, ReLU and pooling.
const CONVOLUTION = 0;
const NORMALISATION = 1;

function isBiasInBlock(name: string, place: number): boolean {
  const match = /^convolutions\.(\d+)\.bias$/.exec(name);
  return match !== null && Number(match[1]) % 4 === place;
}

function norm(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}
