import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { follow } from '../../tests/support/follow.ts';
import { openTestDevice } from '../../tests/support/gpu.ts';
import {
  TINY_SHAPE,
  TINY_SUFFIX,
  tinyCaps,
  tinyParticipants,
} from '../../tests/support/tiny-caps.ts';
import { mapsJson, toMapsParameters } from '../core/config/maps-parameters.ts';
import { defaultConfig, type Config, type Task as TaskKind } from '../core/config/schema.ts';
import { MemoryTree } from '../core/files/memory-tree.ts';
import { listPaths, needFile, readText } from '../core/files/read.ts';
import { rootOf } from '../core/files/sub-tree.ts';
import { openZip } from '../core/files/zip-tree.ts';
import { modelPath } from '../core/maps/layout.ts';
import { openMaps } from '../core/maps/reader.ts';
import { MapsWriter, type GroupDefinition } from '../core/maps/writer.ts';
import { reconstructionFigures } from '../core/metrics/reconstruction.ts';
import { regressionMetrics } from '../core/metrics/regression.ts';
import { readVolume } from '../core/nifti/read.ts';
import { checkpointBytes } from '../core/torch/checkpoint.ts';
import { readTorch } from '../core/torch/read.ts';
import { TorchTensor } from '../core/torch/tensor.ts';
import { archiveStream } from '../core/torch/write.ts';
import type { EngineDevice } from '../engine/device/engine-device.ts';
import { Network } from '../engine/networks/network.ts';
import type { JobEvent } from './events.ts';
import { exportMaps } from './export/maps.ts';
import { predict, type PredictRequest } from './predict.ts';
import { modelOf } from './shared/model.ts';
import { checkpointOf } from './shared/weights.ts';
import { TinyTrainings } from './training/testing/tiny-training.ts';

// MAPS of fresh networks, made without training: what counts here is which numbers go where.
const clock = { now: () => 0, elapsed: () => 0 };
const PEOPLE = tinyParticipants(6);
const SEEN = PEOPLE.slice(0, 2);
const TESTED = PEOPLE.slice(2);
const PATCHES = { mode: 'patch', patch_size: 17, stride_size: 17 };

let device: EngineDevice;
let caps: MemoryTree;
beforeAll(async () => {
  device = await openTestDevice();
  caps = await tinyCaps(PEOPLE);
});
afterAll(() => device.close());

interface Making {
  readonly task: TaskKind;
  readonly config?: Partial<Config>;
  readonly parts?: Readonly<Record<string, unknown>>;
  readonly networks?: number;
  readonly splits?: number;
}

const labelOf = (task: TaskKind, index: number): string =>
  task === 'regression' ? String(20.5 + 10 * index) : (PEOPLE[index]?.diagnosis ?? '');

function definition(task: TaskKind, label: string, people = TESTED): GroupDefinition {
  return {
    rows: people.map(({ participant }) => ({
      ...{ participant, session: 'ses-M000', cohort: 'single' },
      label: labelOf(
        task,
        PEOPLE.findIndex((one) => one.participant === participant),
      ),
    })),
    ...{ label: task === 'reconstruction' ? undefined : label, capsDirectory: 'caps' },
    multiCohort: false,
  };
}

/** A MAPS with a group `test`, of fresh networks, each of them another. */
async function mapsOf({ task, config = {}, parts, networks = 1, splits = 1 }: Making) {
  const isClassification = task === 'classification';
  const full = {
    ...defaultConfig(task),
    ...{ architecture: 'Conv4_FC3', batch_size: 3, seed: 2 },
    ...(isClassification ? { label_code: { AD: 0, CN: 1 } } : {}),
    ...{ n_splits: splits > 1 ? splits : 0, ...config },
  } as Config;
  const preprocessing = {
    ...{ preprocessing: 'custom', mode: 'image', use_uncropped_image: null, prepare_dl: false },
    ...{ custom_suffix: TINY_SUFFIX, extract_json: 'x.json' },
    file_type: { pattern: `*${TINY_SUFFIX}`, description: 'Custom suffix' },
    ...parts,
  };
  const input_size = parts === undefined ? [1, ...TINY_SHAPE] : [1, 17, 17, 17];
  const extra = {
    ...{ caps_directory: 'caps', tsv_path: 'split', preprocessing_dict: preprocessing },
    num_networks: parts === undefined ? 1 : 2,
    output_size: isClassification ? 2 : task === 'regression' ? 1 : input_size,
    input_size,
  };
  const tree = new MemoryTree('maps');
  const label = full.label ?? '';
  const seen = definition(task, label, SEEN);
  const writer = await MapsWriter.create(tree, {
    mapsJson: mapsJson(toMapsParameters(full, extra), task),
    ...{ environment: '', date: '', path: '', network: '', trainValidation: seen.rows },
    splits: Array.from({ length: splits }, (_, index) => ({
      index,
      train: seen,
      validation: seen,
    })),
  });
  await writer.addGroup('test', definition(task, label));
  const { plan } = modelOf(await openMaps(tree));
  for (let split = 0; split < splits; split++) {
    for (let number = 0; number < networks; number++) {
      const network = new Network(plan, 5 + 10 * split + number);
      const bytes = checkpointBytes(await checkpointOf(network, 0));
      const path = modelPath(`split-${split}`, 'loss', networks > 1 ? number : undefined);
      await tree.write(path, archiveStream(bytes));
      network.dispose();
    }
  }
  return tree;
}

async function run(maps: MemoryTree, request: Partial<PredictRequest> = {}): Promise<JobEvent[]> {
  const events: JobEvent[] = [];
  const job = predict(
    {
      ...{ maps, caps, capsDirectory: 'caps', group: 'test', unreadable: 'stop' },
      ...{ selectionMetrics: [], splits: [], batchSize: 3 },
      ...request,
    },
    { device, clock, signal: new AbortController().signal },
  );
  await follow(job, (event) => events.push(event));
  return events;
}

const FOLDER = 'split-0/best-loss/test';

async function table(tree: MemoryTree, path: string): Promise<string[][]> {
  const text = await readText(tree, path);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
}

async function filesOf(tree: MemoryTree, folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const path of tree.paths(folder)) found.push(path.slice(folder.length + 1));
  return found.sort();
}

async function tensorAt(tree: MemoryTree, path: string): Promise<TorchTensor> {
  const value = readTorch(await (await needFile(tree, path)).bytes());
  if (!(value instanceof TorchTensor)) throw new Error(`${path} is no tensor`);
  return value;
}

describe('a regression', () => {
  test('writes values beside the truth, and metrics that follow from them', async () => {
    const maps = await mapsOf({ task: 'regression' });
    await run(maps);
    const [header, ...rows] = await table(maps, `${FOLDER}/test_image_level_prediction.tsv`);
    expect(header).toEqual([
      ...['participant_id', 'session_id', 'image_id', 'true_label', 'predicted_label'],
    ]);
    expect(rows.map(([, , , truth]) => truth)).toEqual(['40.5', '50.5', '60.5', '70.5']);
    const numbers = (column: number) => rows.map((row) => Number(row[column]));
    const expected = regressionMetrics(numbers(3), numbers(4));
    const [names = [], values = []] = await table(maps, `${FOLDER}/test_image_level_metrics.tsv`);
    expect(names).toEqual(['Metrics', 'R2_score', 'MAE', 'RMSE', 'loss']);
    [...expected.values()].forEach((value, i) => {
      expect(Number(values[i + 1])).toBeCloseTo(Number(value), 6);
    });
    // Batches of three and one: the loss is the sum of their mean squared errors.
    const squares = rows.map((row) => (Number(row[3]) - Number(row[4])) ** 2);
    const [a = 0, b = 0, c = 0, d = 0] = squares;
    expect(Number(values[4]) / ((a + b + c) / 3 + d)).toBeCloseTo(1, 5);
  });

  test('of parts: one network a part, a block of metrics each, the image their mean', async () => {
    const maps = await mapsOf({
      ...{ task: 'regression', parts: PATCHES, networks: 2, config: { multi_network: true } },
    });
    await run(maps);
    const [, ...rows] = await table(maps, `${FOLDER}/test_patch_level_prediction.tsv`);
    expect(rows.map(([, , part]) => part).join('')).toBe('00001111');
    const blocks = await table(maps, `${FOLDER}/test_patch_level_metrics.tsv`);
    expect(blocks).toHaveLength(12);
    expect(blocks[5]?.join('')).toBe('00000');
    expect(blocks[11]?.join('')).toBe('11111');
    const [, ...images] = await table(maps, `${FOLDER}/test_image_level_prediction.tsv`);
    images.forEach((image, index) => {
      const [first, second] = [rows[index], rows[index + 4]];
      expect(image.slice(0, 3)).toEqual([first?.[0], 'ses-M000', '0']);
      expect(first?.[4]).not.toBe(second?.[4]);
      expect(Number(image[4])).toBeCloseTo((Number(first?.[4]) + Number(second?.[4])) / 2, 12);
    });
    expect((await table(maps, `${FOLDER}/test_image_level_metrics.tsv`))[0]).toEqual([
      ...['R2_score', 'MAE', 'RMSE'],
    ]);
  });

  test('refuses a label that is no number, naming the row', async () => {
    const maps = await mapsOf({ task: 'regression' });
    const path = 'groups/test/data.tsv';
    await maps.write(path, (await readText(maps, path)).replace('50.5', 'fifty'));
    await expect(run(maps)).rejects.toMatchObject({
      problem: { code: 'TSV_VALUE', row: 3, column: 'age', participant: 'sub-T03' },
    });
  });

  test('is not defined anew with such a label: the old group stays', async () => {
    const maps = await mapsOf({ task: 'regression' });
    const before = await readText(maps, 'groups/test/data.tsv');
    const rows = [{ participant: 'sub-T02', session: 'ses-M000', cohort: 'single', label: 'M' }];
    const sex = { rows, labelled: true, label: 'sex', capsDirectory: 'caps', checkLeakage: true };
    const made = run(maps, { definition: sex, overwrite: true, label: 'sex' });
    await expect(made).rejects.toThrow(/TSV_VALUE.*"sex".*a number/);
    expect(await readText(maps, 'groups/test/data.tsv')).toBe(before);
  });

  test('of several splits: their mean, and how far they are apart', async () => {
    const maps = await mapsOf({ task: 'regression', splits: 2 });
    await run(maps);
    const of = async (split: number) =>
      (await table(maps, `split-${split}/best-loss/test/test_image_level_prediction.tsv`)).slice(1);
    const [first, second] = [await of(0), await of(1)];
    const folder = 'ensemble/best-loss/test';
    const [header, ...rows] = await table(maps, `${folder}/test_image_level_prediction.tsv`);
    expect(header?.at(-1)).toBe('sd');
    rows.forEach((row, index) => {
      const [a, b] = [Number(first[index]?.[4]), Number(second[index]?.[4])];
      expect(Number(row[4])).toBeCloseTo((a + b) / 2, 12);
      expect(Number(row[5])).toBeCloseTo(Math.abs(a - b) / Math.SQRT2, 12);
    });
    expect(await readText(maps, `${folder}/description.log`)).toContain('split-0, split-1');
    // The tree of 1.6.1 is as it was: nothing takes the ensemble for a split.
    expect((await openMaps(maps)).splits.map(({ name }) => name)).toEqual(['split-0', 'split-1']);
    await run(maps, { splits: [1], group: 'validation' });
    expect(await filesOf(maps, 'ensemble/best-loss')).not.toContain('validation/description.log');
  });
});

describe('a reconstruction', () => {
  const TENSORS = ['input', 'output'] as const;

  test('writes its figures, and what it made of each image, with the affine of the scan', async () => {
    const maps = await mapsOf({
      ...{ task: 'reconstruction', config: { architecture: 'AE_Conv4_FC3' } },
    });
    await run(maps, { saveTensor: true, saveNifti: true, saveLatent: true });
    const [header, ...rows] = await table(maps, `${FOLDER}/test_image_level_prediction.tsv`);
    expect(header?.slice(2)).toEqual(['image_id', 'MAE', 'RMSE', 'PSNR', 'SSIM']);
    const who = 'sub-T02_ses-M000';
    const [input, output] = await Promise.all(
      TENSORS.map((what) => tensorAt(maps, `${FOLDER}/tensors/${who}_image-0_${what}.pt`)),
    );
    expect(input?.shape).toEqual([1, ...TINY_SHAPE]);
    const [x, y] = [input?.toFloat32() ?? [], output?.toFloat32() ?? []];
    expect(Math.min(...x)).toBe(0);
    expect(Math.max(...x)).toBe(1);
    reconstructionFigures(x, y, [...TINY_SHAPE, 1]).forEach((figure, i) => {
      expect(Number(rows[0]?.[3 + i])).toBeCloseTo(figure, 5);
    });
    const scan = await (async () => {
      for await (const path of caps.paths('subjects/sub-T02')) return needFile(caps, path);
      throw new Error('no scan');
    })();
    const { affine } = await readVolume(scan);
    for (const [index, what] of TENSORS.entries()) {
      const path = `${FOLDER}/nifti_images/${who}_image_${what}.nii.gz`;
      const volume = await readVolume(await needFile(maps, path));
      expect(volume.affine).toEqual(affine);
      expect(volume.volume.data).toEqual(new Float32Array(index === 0 ? x : y));
    }
    const latent = await tensorAt(maps, `${FOLDER}/latent_tensors/${who}_image-0_latent.pt`);
    // Channels first: five halvings of 36 x 18 x 17 voxels.
    expect(latent.shape).toEqual([128, 2, 1, 1]);
    expect(await filesOf(maps, FOLDER)).toHaveLength(3 + 4 * (2 + 2 + 1));
  });

  test('of parts keeps each part where it lies, and has no image level', async () => {
    const maps = await mapsOf({
      ...{ task: 'reconstruction', config: { architecture: 'AE_Conv4_FC3' }, parts: PATCHES },
    });
    await run(maps, { saveNifti: true });
    const files = await filesOf(maps, FOLDER);
    expect(files.filter((name) => name.endsWith('.tsv'))).toEqual([
      ...['test_patch_level_metrics.tsv', 'test_patch_level_prediction.tsv'],
    ]);
    const path = `${FOLDER}/nifti_images/sub-T02_ses-M000_patch-1_input.nii.gz`;
    const { affine, header } = await readVolume(await needFile(maps, path));
    expect(header.shape).toEqual([17, 17, 17]);
    // The second patch starts 17 voxels of 4 mm further along the first axis, at -70 + 68.
    expect([affine[3], affine[7]]).toEqual([-2, -20]);
  });

  test('of a variational one has the terms of its loss, whatever the batches', async () => {
    const config = {
      ...{ architecture: 'Vanilla3DdenseVAE', loss: 'VAEGaussianLoss', n_conv: 2 },
      ...{ latent_space_size: 4, feature_size: 8, io_layer_channels: 4, kl_weight: 0.5 },
    };
    const maps = await mapsOf({ task: 'reconstruction', config });
    const path = `${FOLDER}/test_image_level_prediction.tsv`;
    await run(maps, { batchSize: 4, saveLatent: true });
    const code = `${FOLDER}/latent_tensors/sub-T05_ses-M000_image-0_latent.pt`;
    expect((await tensorAt(maps, code)).shape).toEqual([4]);
    const [names = [], values = []] = await table(maps, `${FOLDER}/test_image_level_metrics.tsv`);
    expect(names.slice(-3)).toEqual(['loss', 'recon_loss', 'kl_loss']);
    const [loss, recon, kl] = values.slice(-3).map(Number);
    expect((loss ?? NaN) / ((recon ?? NaN) + 0.5 * (kl ?? NaN))).toBeCloseTo(1, 5);
    const [, ...whole] = await table(maps, path);
    await run(maps, { batchSize: 1 });
    const [, ...single] = await table(maps, path);
    // Codes are drawn in evaluation too, by participant and not by batch.
    whole.forEach((row, index) => {
      expect(Number(single[index]?.[3])).toBeCloseTo(Number(row[3]), 6);
    });
    const squares = whole.reduce((sum, row) => sum + Number(row[4]) ** 2, 0);
    expect((recon ?? NaN) / (squares * TINY_SHAPE.reduce<number>((a, b) => a * b, 1))).toBeCloseTo(
      1,
      4,
    );
  });

  test('what makes no volumes has none to write', async () => {
    const maps = await mapsOf({ task: 'classification' });
    await expect(run(maps, { saveNifti: true })).rejects.toThrow(/CONFIG_VALUE.*--save_nifti/);
    expect(await filesOf(maps, FOLDER)).toEqual([]);
  });
});

describe('a classification', () => {
  test('by a network each part: weighed by the validation set, and probabilities looked at', async () => {
    const maps = await mapsOf({
      ...{ task: 'classification', parts: PATCHES, networks: 2, config: { multi_network: true } },
    });
    await run(maps, { group: 'validation' });
    await run(maps);
    expect(await filesOf(maps, FOLDER)).toEqual([
      'description.log',
      ...['image', 'patch'].flatMap((level) =>
        ['calibration', 'metrics', 'prediction', 'scores'].map(
          (kind) => `test_${level}_level_${kind}.tsv`,
        ),
      ),
    ]);
    const [names = []] = await table(maps, `${FOLDER}/test_patch_level_scores.tsv`);
    expect(names).toEqual(['Metrics', 'AUC', 'ECE']);
    const [split] = (await openMaps(maps)).wholeSplits();
    expect(await split?.groupMetrics('loss', 'test', 'patch')).toHaveLength(2);
    const images = (await split?.predictions('loss', 'test', 'image')) ?? [];
    expect(images.map(({ participant }) => participant)).toEqual(
      TESTED.map(({ participant }) => participant),
    );
  });

  test('in half precision is nearly what it is in single precision', async () => {
    const maps = await mapsOf({ task: 'classification' });
    const probabilities = async (amp: boolean) => {
      await run(maps, { amp });
      const [split] = (await openMaps(maps)).wholeSplits();
      const found = (await split?.predictions('loss', 'test', 'image')) ?? [];
      return found.map((one) => one.probabilities[0] ?? NaN);
    };
    const [single, half] = [await probabilities(false), await probabilities(true)];
    expect(half).not.toEqual(single);
    single.forEach((value, i) => {
      expect(Math.abs((half[i] ?? NaN) - value)).toBeLessThan(2e-3);
    });
  });

  test('with a column of another name for the labels, defined anew over an old group', async () => {
    const maps = await mapsOf({ task: 'classification' });
    await run(maps);
    await maps.write(`${FOLDER}/interpret-old/mean_image-0_map.pt`, 'old');
    const rows = TESTED.slice(0, 3).map(({ participant }) => ({
      ...{ participant, session: 'ses-M000', cohort: 'single', label: 'CN' },
    }));
    const fresh = { rows, labelled: true, capsDirectory: 'caps', checkLeakage: true };
    await expect(run(maps, { definition: fresh })).rejects.toThrow(/MAPS_GROUP.*--overwrite/);
    expect(await filesOf(maps, FOLDER)).toContain('interpret-old/mean_image-0_map.pt');
    await run(maps, { definition: { ...fresh, label: 'other' }, overwrite: true, label: 'other' });
    expect((await table(maps, 'groups/test/data.tsv'))[0]?.at(-1)).toBe('other');
    expect(await filesOf(maps, FOLDER)).not.toContain('interpret-old/mean_image-0_map.pt');
    const [, ...predicted] = await table(maps, `${FOLDER}/test_image_level_prediction.tsv`);
    expect(predicted.map((row) => row[3])).toEqual(['1', '1', '1']);
    await expect(run(maps, { label: 'diagnosis' })).rejects.toThrow(/MAPS_GROUP.*diagnosis/);
  });

  test('is not defined anew with someone whom training has seen: the old group stays', async () => {
    const maps = await mapsOf({ task: 'classification' });
    await run(maps);
    const before = await filesOf(maps, FOLDER);
    const rows = SEEN.map(({ participant }) => ({
      ...{ participant, session: 'ses-M000', cohort: 'single', label: 'CN' },
    }));
    const leaky = { rows, labelled: true, capsDirectory: 'caps', checkLeakage: true };
    await expect(run(maps, { definition: leaky, overwrite: true })).rejects.toThrow(
      /LEAKAGE_PARTICIPANTS/,
    );
    expect(await filesOf(maps, FOLDER)).toEqual(before);
    expect(await table(maps, 'groups/test/data.tsv')).toHaveLength(5);
  });

  test('of labels that the model does not know makes predictions, and says why there are no metrics', async () => {
    const maps = await mapsOf({ task: 'classification' });
    const path = 'groups/test/data.tsv';
    await maps.write(path, (await readText(maps, path)).replaceAll('CN', 'MCI'));
    const events = await run(maps);
    const said = events.flatMap((event) => (event.kind === 'log' ? [event.message] : []));
    expect(said.join()).toContain('"MCI" in the column "diagnosis"');
    expect(await filesOf(maps, FOLDER)).toEqual([
      ...['description.log', 'test_image_level_prediction.tsv'],
    ]);
  });

  test('of a MAPS without its participants is made only where nobody asks for the leak check', async () => {
    const whole = await mapsOf({ task: 'classification' });
    await run(whole);
    const output = new MemoryTree('out');
    await exportMaps({ maps: whole, file: 'maps.zip', withParticipants: false }, output);
    const zip = await openZip('maps.zip', await needFile(output, 'maps.zip'));
    const root = (await rootOf(zip, 'maps.json')) ?? zip;
    const maps = new MemoryTree('maps');
    for await (const path of root.paths()) {
      await maps.write(path, await (await needFile(root, path)).bytes());
    }
    expect(await filesOf(maps, 'groups')).toEqual([]);
    const before = await listPaths(maps);
    const rows = TESTED.map(({ participant, diagnosis }) => ({
      ...{ participant, session: 'ses-M000', cohort: 'single', label: diagnosis },
    }));
    const definition = { rows, labelled: true, capsDirectory: 'caps', checkLeakage: true };
    await expect(run(maps, { definition })).rejects.toMatchObject({
      code: 'LEAKAGE_NO_LIST',
      problem: {
        file: 'groups/train+validation.tsv',
        action: expect.stringContaining('--skip_leak_check'),
      },
    });
    expect(await listPaths(maps)).toEqual(before);
    await run(maps, { definition: { ...definition, checkLeakage: false } });
    const name = 'test_image_level_prediction.tsv';
    expect(await table(maps, `${FOLDER}/${name}`)).toEqual(await table(whole, `${FOLDER}/${name}`));
  });

  test('of reduced images says what training said of the same sessions', async () => {
    const people = tinyParticipants(12);
    const scans = await tinyCaps(people);
    const trained = await new TinyTrainings(device, scans, people).run('classification', {
      given: {
        ...{ size_reduction: true, size_reduction_factor: 2, architecture: 'RandomArchitecture' },
        ...{ n_fcblocks: 1, network_normalization: 'BatchNorm' },
        // The networks of ClinicaDL are made for larger images than these.
        convolutions_dict: {
          conv0: { in_channels: null, out_channels: 4, n_conv: 1, d_reduction: 'MaxPooling' },
        },
      },
    });
    // Boxes from voxels 4, 8 and 8 on, of which every second is kept.
    expect(trained.opened.parameters.extra.input_size).toEqual([1, 16, 5, 5]);
    const of = (group: string) =>
      table(trained.maps, `split-0/best-loss/${group}/${group}_image_level_prediction.tsv`);
    const said = await of('validation');
    expect(said).toHaveLength(1 + 4);
    const rows = people.slice(8).map(({ participant, diagnosis }) => ({
      ...{ participant, session: 'ses-M000', cohort: 'single', label: diagnosis },
    }));
    const definition = { rows, labelled: true, capsDirectory: 'caps', checkLeakage: false };
    await run(trained.maps, { caps: scans, group: 'again', definition, batchSize: 4 });
    expect(await of('again')).toEqual(said);
    await run(trained.maps, { caps: scans, group: 'validation', batchSize: 4 });
    expect(await of('validation')).toEqual(said);
  }, 60_000);
});
