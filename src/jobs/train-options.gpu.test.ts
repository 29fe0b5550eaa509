import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openTestDevice } from '../../tests/support/gpu.ts';
import { tinyCaps, tinyParticipants } from '../../tests/support/tiny-caps.ts';
import type { ModeOptions } from '../core/caps/extraction.ts';
import type { PartialConfig } from '../core/config/schema.ts';
import { MemoryTree } from '../core/files/memory-tree.ts';
import { listPaths, needFile, readText } from '../core/files/read.ts';
import {
  readCheckpoint,
  readOptimizerCheckpoint,
  type StateDict,
} from '../core/torch/checkpoint.ts';
import type { EngineDevice } from '../engine/device/engine-device.ts';
import { Plateau } from './training/plateau.ts';
import { TinyTrainings, type TinyResult } from './training/testing/tiny-training.ts';

const PATCH: ModeOptions = { mode: 'patch', patchSize: 17, strideSize: 19 };
/** Nothing moves but running statistics. */
const STILL: PartialConfig = { learning_rate: 0, weight_decay: 0 };

let device: EngineDevice;
let trainings: TinyTrainings;
beforeAll(async () => {
  device = await openTestDevice();
  const people = tinyParticipants(12);
  trainings = new TinyTrainings(device, await tinyCaps(people), people);
});
afterAll(() => device.close());

async function modelOf({ maps }: TinyResult, path = 'split-0/best-loss/model.pth.tar') {
  return readCheckpoint(await (await needFile(maps, path)).bytes(), path).model;
}

const valuesOf = (model: StateDict, name: string) => [...(model.get(name)?.toFloat32() ?? [])];
const trainedIn = (model: StateDict) =>
  [...model.keys()].filter((name) => /weight$|bias$/.test(name));

describe('one network a part', () => {
  let several: TinyResult;
  beforeAll(async () => {
    several = await trainings.run('classification', {
      given: { multi_network: true },
      mode: PATCH,
    });
  }, 60_000);

  test('each has its model, its log and its block of metrics, and begins on its own', async () => {
    const models = [0, 1].map((network) => `split-0/best-loss/network-${network}_model.pth.tar`);
    const [first, second] = await Promise.all(models.map((path) => modelOf(several, path)));
    expect(valuesOf(first as StateDict, 'fc.2.weight')).not.toEqual(
      valuesOf(second as StateDict, 'fc.2.weight'),
    );
    const [split] = several.opened.wholeSplits();
    for (const network of [0, 1]) expect((await split?.trainingLog(network))?.rows).toHaveLength(1);
    expect(await split?.groupMetrics('loss', 'validation', 'patch')).toHaveLength(2);
    expect((await listPaths(several.maps)).filter((path) => path.includes('/tmp/'))).toEqual([]);
  });

  test('all of them together say what the image is', async () => {
    const [split] = several.opened.wholeSplits();
    const parts = (await split?.predictions('loss', 'validation', 'patch')) ?? [];
    expect(parts.map(({ part }) => part)).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    const images = (await split?.predictions('loss', 'validation', 'image')) ?? [];
    expect(images).toHaveLength(4);
    for (const { participant, probabilities } of images) {
      const own = parts.filter((part) => part.participant === participant);
      const ofParts = own.map((part) => part.probabilities[0] ?? NaN);
      expect(probabilities[0]).toBeGreaterThanOrEqual(Math.min(...ofParts) - 1e-6);
      expect(probabilities[0]).toBeLessThanOrEqual(Math.max(...ofParts) + 1e-6);
    }
  });

  test('start from those of another MAPS one by one, or all from a single one', async () => {
    const given = { ...STILL, multi_network: true, transfer_path: 'maps' };
    const again = await trainings.run('classification', {
      ...{ given, mode: PATCH, request: { transfer: several.maps } },
    });
    const single = await trainings.run('classification', { mode: PATCH });
    const fromOne = await trainings.run('classification', {
      ...{ given, mode: PATCH, request: { transfer: single.maps } },
    });
    for (const network of [0, 1]) {
      const path = `split-0/best-loss/network-${network}_model.pth.tar`;
      const source = await modelOf(several, path);
      for (const name of trainedIn(source)) {
        expect(valuesOf(await modelOf(again, path), name), name).toEqual(valuesOf(source, name));
      }
      expect(valuesOf(await modelOf(fromOne, path), 'fc.6.weight')).toEqual(
        valuesOf(await modelOf(single), 'fc.6.weight'),
      );
    }
    await expect(
      trainings.run('classification', {
        ...{ given: { transfer_path: 'maps' }, mode: PATCH, request: { transfer: several.maps } },
      }),
    ).rejects.toMatchObject({ code: 'WEIGHTS_MISMATCH' });
  }, 120_000);

  test('are refused for whole images', async () => {
    const given = { multi_network: true };
    await expect(trainings.run('classification', { given })).rejects.toMatchObject({
      ...{ code: 'CONFIG_VALUE', problem: { expected: expect.stringContaining('multi_network') } },
    });
  });
});

describe('weights of another training', () => {
  test('of a CNN start the encoder of an autoencoder, and the other way round', async () => {
    const cnn = await trainings.run('regression', {});
    const given = { ...STILL, transfer_path: 'maps', architecture: 'AE_Conv4_FC3' };
    const coder = await trainings.run('reconstruction', {
      ...{ given, request: { transfer: cnn.maps } },
    });
    const [convolutions, encoder] = [await modelOf(cnn), await modelOf(coder)];
    const shared = trainedIn(convolutions).filter((name) => name.startsWith('convolutions.'));
    expect(shared).toHaveLength(20);
    for (const name of shared) {
      const other = name.replace('convolutions.', 'encoder.');
      expect(valuesOf(encoder, other), name).toEqual(valuesOf(convolutions, name));
    }
    const back = await trainings.run('classification', {
      given: { ...STILL, transfer_path: 'maps', seed: 3 },
      request: { transfer: coder.maps },
    });
    const again = await modelOf(back);
    for (const name of shared) {
      expect(valuesOf(again, name), name).toEqual(valuesOf(convolutions, name));
    }
  }, 120_000);

  test('stay as they are in frozen layers, but for running statistics', async () => {
    const first = await trainings.run('classification', { given: STILL });
    const optimizers: number[] = [];
    const maps = new MemoryTree('maps');
    const write = maps.write.bind(maps);
    maps.write = async (path, content) => {
      await write(path, content);
      if (!path.endsWith('tmp/optimizer.pth.tar')) return;
      const bytes = await (await needFile(maps, path)).bytes();
      optimizers.push(
        (readOptimizerCheckpoint(bytes).optimizer.get('state') as Map<unknown, unknown>).size,
      );
    };
    const given = { transfer_path: 'maps', nb_unfrozen_layer: 2, weight_decay: 0.1 };
    const { opened } = await trainings.run('classification', {
      ...{ given, request: { transfer: first.maps, maps } },
    });
    const [before, after] = [
      await modelOf(first),
      (await opened.wholeSplits()[0]?.checkpoint('loss'))?.model as StateDict,
    ];
    const moved = trainedIn(before).filter(
      (name) => String(valuesOf(before, name)) !== String(valuesOf(after, name)),
    );
    expect(moved).toEqual(['fc.4.weight', 'fc.4.bias', 'fc.6.weight', 'fc.6.bias']);
    expect(optimizers).toEqual([4]);
    const mean = 'convolutions.1.running_mean';
    expect(valuesOf(after, mean)).not.toEqual(valuesOf(before, mean));
  }, 60_000);

  test('more unfrozen layers than there are are refused before anything is written', async () => {
    await expect(
      trainings.run('classification', { given: { nb_unfrozen_layer: 14 } }),
    ).rejects.toMatchObject({ code: 'CONFIG_VALUE', problem: { found: '14' } });
  });
});

describe('options of the loop', () => {
  test('the learning rate that the plateau asks for is that of the next epoch', async () => {
    const step = vi.spyOn(Plateau.prototype, 'step').mockImplementation(function (this: Plateau) {
      this.state = { ...this.state, learningRate: 0 };
      return true;
    });
    const messages: string[] = [];
    const given = {
      adaptive_learning_rate: true,
      epochs: 2,
      weight_decay: 0,
      save_all_models: true,
    };
    const done = await trainings
      .run('classification', {
        given,
        onEvent: (event) => void (event.kind === 'log' && messages.push(event.message)),
      })
      .finally(() => step.mockRestore());
    const [first, second] = await Promise.all(
      [0, 1].map((epoch) => modelOf(done, `split-0/all_models/model_epoch_${epoch}.pth.tar`)),
    );
    for (const name of trainedIn(first as StateDict)) {
      expect(valuesOf(second as StateDict, name), name).toEqual(valuesOf(first as StateDict, name));
    }
    expect(messages).toContain('The learning rate is 0 from here on.');
  }, 60_000);

  test('--compat adds gradients up: with SGD, twice the rate of their mean', async () => {
    const sgd = { optimizer: 'SGD', weight_decay: 0, accumulation_steps: 2 };
    const summed = await trainings.run('classification', {
      given: { ...sgd, learning_rate: 0.01 },
      request: { compat: '1.6.1' },
    });
    const averaged = await trainings.run('classification', {
      given: { ...sgd, learning_rate: 0.02 },
    });
    const [one, other] = [await modelOf(summed), await modelOf(averaged)];
    for (const name of trainedIn(one)) {
      const values = valuesOf(other, name);
      valuesOf(one, name).forEach((value, at) => expect(value).toBeCloseTo(values[at] ?? NaN, 6));
    }
    expect(await readText(summed.maps, 'environment.txt')).toContain('2 batches added up');
    expect(await readText(averaged.maps, 'environment.txt')).not.toContain('added up');
  }, 60_000);

  test('a weighted sampler changes the steps, and leaves nobody out of the tables', async () => {
    const weighted = await trainings.run('regression', { given: { sampler: 'weighted' } });
    const random = await trainings.run('regression', {});
    expect(valuesOf(await modelOf(weighted), 'fc.6.weight')).not.toEqual(
      valuesOf(await modelOf(random), 'fc.6.weight'),
    );
    const [split] = weighted.opened.wholeSplits();
    const rows = (await split?.predictions('loss', 'train', 'image')) ?? [];
    expect(new Set(rows.map(({ participant }) => participant)).size).toBe(8);
  }, 60_000);
});

describe('a variational autoencoder of reduced images', () => {
  const given: PartialConfig = {
    ...{ architecture: 'Vanilla3DdenseVAE', loss: 'VAEBernoulliLoss', size_reduction: true },
    ...{ n_conv: 2, latent_space_size: 3, feature_size: 6, io_layer_channels: 4, kl_weight: 2 },
    selection_metrics: ['loss', 'PSNR'],
  };

  test('is built as the options say, and draws the same codes for the same seed', async () => {
    const one = await trainings.run('reconstruction', { given });
    const other = await trainings.run('reconstruction', { given });
    const { config, extra } = one.opened.parameters;
    expect(extra.input_size).toEqual([1, 16, 5, 5]);
    expect(extra.output_size).toEqual([1, 16, 5, 5]);
    expect([config.latent_space_size, config.size_reduction]).toEqual([3, true]);
    const model = await modelOf(one);
    expect(model.get('mu_layer.weight')?.shape).toEqual([3, 6]);
    expect(model.get('encoder.0.weight')?.shape).toEqual([4, 1, 4, 4, 4]);
    const path = 'split-0/training_logs/training.tsv';
    expect(await readText(other.maps, path)).toBe(await readText(one.maps, path));
    const [split] = one.opened.wholeSplits();
    expect(split?.metrics).toEqual(['PSNR', 'loss']);
    const [metrics = []] = (await split?.groupMetrics('loss', 'train', 'image')) ?? [];
    const value = (name: string) => Number(metrics.find((metric) => metric.name === name)?.value);
    const sum = value('recon_loss') + 2 * value('kl_loss');
    expect(Math.abs(value('loss') / sum - 1)).toBeLessThan(1e-5);
  }, 60_000);
});

describe('refuses before anything is written', () => {
  test.each<[string, Parameters<TinyTrainings['run']>[0], PartialConfig, string]>([
    ['a label that is no number', 'regression', { label: 'sex' }, 'TSV_VALUE'],
    ['a network of another task', 'reconstruction', { architecture: 'Conv4_FC3' }, 'NETWORK_TASK'],
    [
      'a loss that the network cannot be trained with',
      'reconstruction',
      { architecture: 'AE_Conv4_FC3', loss: 'VAEGaussianLoss' },
      'CONFIG_VALUE',
    ],
  ])('%s', async (_name, task, given, code) => {
    const maps = new MemoryTree('maps');
    await expect(trainings.run(task, { given, request: { maps } })).rejects.toMatchObject({ code });
    expect(await listPaths(maps)).toEqual([]);
  });

  test('the reduction of patches', async () => {
    const given = { size_reduction: true };
    await expect(trainings.run('classification', { given, mode: PATCH })).rejects.toMatchObject({
      code: 'CONFIG_VALUE',
    });
  });
});

test('numbers as classes are told apart by their text', async () => {
  const tables = new MemoryTree('tables');
  const rows = (from: number, to: number) =>
    tinyParticipants(12)
      .slice(from, to)
      .map(({ participant }, index) => `${participant}\tses-M000\tCN\t${(from + index) % 3}`);
  const header = 'participant_id\tsession_id\tdiagnosis\tgrade';
  await tables.write('split/train.tsv', [header, ...rows(0, 8), ''].join('\n'));
  await tables.write('split/validation_baseline.tsv', [header, ...rows(8, 12), ''].join('\n'));
  const given = { label: 'grade', selection_metrics: ['BA', 'MCC', 'LR_minus'] };
  const { opened } = await trainings.run('classification', { given, request: { tables } });
  expect(opened.parameters.config.label_code).toEqual({ 0: 0, 1: 1, 2: 2 });
  expect(opened.parameters.extra.output_size).toBe(3);
  expect(opened.wholeSplits()[0]?.metrics).toEqual(['BA', 'LR_minus', 'MCC']);
}, 60_000);
