import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeExtraction } from '../../src/core/caps/extraction.ts';
import { mergeConfig } from '../../src/core/config/parse.ts';
import { MemoryTree } from '../../src/core/files/memory-tree.ts';
import { needFile } from '../../src/core/files/read.ts';
import { openMaps } from '../../src/core/maps/reader.ts';
import { niftiBytes } from '../../src/core/nifti/write.ts';
import { readCheckpoint } from '../../src/core/torch/checkpoint.ts';
import type { Shape3 } from '../../src/core/volume.ts';
import type { EngineDevice } from '../../src/engine/device/engine-device.ts';
import { train } from '../../src/jobs/train.ts';
import { follow } from '../support/follow.ts';
import { openTestDevice } from '../support/gpu.ts';
import { digestIn, volumeOf } from './closed-form.ts';

// Every step of two epochs of a regression and a reconstruction, against PyTorch from the same seed.
interface Row {
  readonly epoch: number;
  readonly iteration: number;
  readonly train: Readonly<Record<string, number>>;
  readonly validation: Readonly<Record<string, number>>;
}
interface Case {
  readonly task: 'regression' | 'reconstruction';
  readonly optimizer: string;
  readonly rate: number;
  readonly rows: readonly Row[];
  readonly weights: Readonly<Record<string, readonly [number, number, number, number]>>;
  /** How far PyTorch's float32 is from its float64. */
  readonly rounding: Readonly<Record<string, number>>;
}
interface Fixture {
  readonly shape: Shape3;
  readonly train: readonly number[];
  readonly validation: readonly number[];
  readonly batch: number;
  readonly epochs: number;
  readonly seed: number;
  readonly cases: readonly Case[];
}

const PATH = 'tests/fixtures/training-pytorch.json';
const fixture = JSON.parse(readFileSync(PATH, 'utf8')) as Fixture;
const SUFFIX = 'desc-Crop_res-4x4x4_T1w.nii.gz';
const nameOf = (person: number) => `sub-P${String(person).padStart(2, '0')}`;

function table(people: readonly number[]): string {
  const rows = people.map((person) => {
    return [nameOf(person), 'ses-M000', 'CN', 20.5 + 7 * (person % 5) + person / 4].join('\t');
  });
  return ['participant_id\tsession_id\tdiagnosis\tage', ...rows, ''].join('\n');
}

let device: EngineDevice;
let caps: MemoryTree;
beforeAll(async () => {
  device = await openTestDevice();
  caps = new MemoryTree('caps');
  const affine = [4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1];
  for (const person of [...fixture.train, ...fixture.validation]) {
    const stem = `${nameOf(person)}_ses-M000_space-MNI152NLin2009cSym_${SUFFIX}`;
    const path = `subjects/${nameOf(person)}/ses-M000/custom/${stem}`;
    await caps.write(
      path,
      niftiBytes({ data: volumeOf(person, fixture.shape), shape: fixture.shape, affine }),
    );
  }
});
afterAll(() => device.close());

async function repeat({ task, optimizer, rate }: Case) {
  const maps = new MemoryTree('maps');
  const config = mergeConfig(task, {
    ...{ architecture: task === 'regression' ? 'Conv4_FC3' : 'AE_Conv4_FC3', diagnoses: ['CN'] },
    ...{ optimizer, learning_rate: rate, weight_decay: 1e-4, seed: fixture.seed },
    ...{ epochs: fixture.epochs, batch_size: fixture.batch, evaluation_steps: 1 },
    save_all_models: true,
  });
  const tables = new MemoryTree('tables', {
    'split/train.tsv': table(fixture.train),
    'split/validation_baseline.tsv': table(fixture.validation),
    'train.tsv': table([...fixture.train, ...fixture.validation]),
  });
  const job = train(
    {
      ...{ config, caps, capsDirectory: 'caps', maps, mapsDirectory: 'maps' },
      extraction: makeExtraction({ pipeline: 'custom', suffix: SUFFIX }, { mode: 'image' }, 'x'),
      ...{ tables, tablesFolder: 'split', tsvDirectory: 'split' },
      ...{ unreadable: 'stop', runtime: 'test' },
    },
    {
      device,
      clock: { now: () => 0, elapsed: () => 0 },
      signal: new AbortController().signal,
    },
  );
  await follow(job);
  const [split] = (await openMaps(maps)).wholeSplits();
  const path = `split-0/all_models/model_epoch_${fixture.epochs - 1}.pth.tar`;
  const last = readCheckpoint(await (await needFile(maps, path)).bytes(), path);
  return { rows: (await split?.trainingLog())?.rows ?? [], model: last.model };
}

describe.each(fixture.cases)('$task with $optimizer', (of) => {
  let ours: Awaited<ReturnType<typeof repeat>>;
  beforeAll(async () => {
    ours = await repeat(of);
  }, 120_000);

  test('every loss and metric after every step is that of PyTorch', () => {
    expect(ours.rows).toHaveLength(of.rows.length);
    for (const [index, row] of of.rows.entries()) {
      for (const set of ['train', 'validation'] as const) {
        for (const [name, wanted] of Object.entries(row[set])) {
          const found = Number(ours.rows[index]?.[set].get(name));
          const place = `${name} of ${set}, epoch ${row.epoch}, iteration ${row.iteration}`;
          expect(Math.abs(found / wanted - 1), place).toBeLessThan(1e-3);
        }
      }
    }
  });

  test('the weights after the last step are those of PyTorch', () => {
    const { model } = ours;
    const names = [...model.keys()].filter((name) => !name.includes('num_batches'));
    expect(names.sort()).toEqual(Object.keys(of.weights).sort());
    for (const [name, [norm, ...products]] of Object.entries(of.weights)) {
      const [ourNorm = NaN, ...found] = digestIn(model, name);
      const allowed = Math.max(1e-3 * norm, 2 * (of.rounding[name] ?? 0));
      expect(Math.abs(ourNorm - norm), name).toBeLessThan(allowed);
      products.forEach((wanted, k) =>
        expect(Math.abs((found[k] ?? NaN) - wanted), `${name}, product ${k}`).toBeLessThan(allowed),
      );
    }
  });
});
