import { describe, expect, it } from 'vitest';
import { CapsuleError } from '../errors.ts';
import { MemoryTree } from '../files/memory-tree.ts';
import { openMaps } from './reader.ts';
import { referenceFolder, smallMaps, textOf, treeOf } from './testing/reference.ts';
import { MapsWriter } from './writer.ts';

const problem = async (action: () => Promise<unknown>) => {
  try {
    await action();
  } catch (error) {
    if (error instanceof CapsuleError) return error.problem;
    throw error;
  }
  throw new Error('nothing was refused');
};

const whole = async (tree: MemoryTree) => {
  const maps = await openMaps(tree);
  const [split] = maps.wholeSplits();
  if (split === undefined) throw new Error('no split');
  return { maps, split };
};

describe('openMaps', () => {
  const MODEL = 'split-0/best-loss/model.pth.tar';

  it('lists splits, metrics, groups and interpretations of the reference', async () => {
    const { maps, split } = await whole(treeOf(referenceFolder));
    expect(maps.splits.map(({ name }) => name)).toEqual(['split-0']);
    expect(maps.groups).toEqual(['train', 'validation', 'test']);
    expect(split.metrics).toEqual(['BA', 'loss']);
    expect(split.resultGroups('loss')).toEqual(['test', 'train', 'validation']);
    expect(split.interpretations('loss', 'test')).toEqual(['gradcam', 'gradients']);
    expect(split.interpretations('BA', 'test')).toEqual([]);
    expect(maps.parameters.mode).toBe('image');
    expect(maps.parameters.extra.input_size).toEqual([1, 44, 40, 36]);
    expect(maps.parameters.config.label_code).toEqual({ AD: 0, CN: 1 });
    expect((await maps.trainValidation()).length).toBe(16);
    expect((await maps.group('train', split)).rows[1]).toEqual({
      participant: 'sub-SYN301',
      session: 'ses-M000',
      cohort: 'single',
      label: 'AD',
    });
  });

  it('reads training log, predictions, metrics and weights', async () => {
    const { split } = await whole(treeOf(referenceFolder));
    const log = await split.trainingLog();
    expect(log.rows.length).toBe(6);
    expect(log.rows[3]).toMatchObject({ epoch: 1, iteration: 0, time: 18.161241054534912 });
    expect(log.rows[3]?.validation.get('loss')).toBe(0.6942275762557983);
    expect(log.rows[3]?.train.get('F1_score')).toBe(0n);
    expect(log.rows[3]?.train.get('PPV')).toBe(0);
    const predictions = await split.predictions('loss', 'test', 'image');
    expect(predictions[0]).toEqual({
      participant: 'sub-SYN316',
      session: 'ses-M000',
      part: 0,
      truth: 1,
      predicted: 1,
      probabilities: [0.47934308648109436, 0.5206568837165833],
    });
    const [metrics = []] = await split.groupMetrics('loss', 'test', 'image');
    expect(metrics[0]).toEqual({
      name: 'BA',
      value: 0.5,
      interval: { lower: 0, upper: 0.5, standardError: 0.11657544981994479 },
    });
    expect(metrics.at(-1)).toEqual({ name: 'loss', value: 0.6938770413398743 });
    const checkpoint = await split.checkpoint('loss');
    expect(checkpoint.model.get('convolutions.0.weight')?.shape).toEqual([8, 1, 3, 3, 3]);
    expect(await split.interrupted()).toBeUndefined();
  });

  it('finds a MAPS one folder further down, and splits of old MAPS named fold', async () => {
    const files = Object.fromEntries(
      await Promise.all(
        ['maps.json', 'split-0/training_logs/training.tsv'].map(async (path) => [
          `inside/${path.replace('split-', 'fold-')}`,
          (await textOf(treeOf(referenceFolder), path)) ?? '',
        ]),
      ),
    ) as Record<string, string>;
    const tree = new MemoryTree('zip', {
      ...files,
      'inside/fold-10/best-loss/model.pth.tar': 'x',
      'inside/fold-2/tmp/checkpoint.pth.tar': 'x',
    });
    const maps = await openMaps(tree);
    expect(maps.splits.map(({ name, index, whole }) => [name, index, whole])).toEqual([
      ['fold-0', 0, false],
      ['fold-2', 2, false],
      ['fold-10', 10, true],
    ]);
    expect((await maps.splits[0]?.trainingLog())?.rows.length).toBe(6);
  });

  it('refuses folders that are not a MAPS, a data group of one included', async () => {
    expect((await problem(() => openMaps(new MemoryTree('x', { 'a.txt': '' })))).code).toBe(
      'MAPS_NOT_MAPS',
    );
    const group = new MemoryTree('test', {
      'maps.json': '{"caps_directory": "caps", "multi_cohort": false}',
    });
    expect((await problem(() => openMaps(group))).code).toBe('MAPS_NOT_MAPS');
  });

  it.each(['{', '[]', 'null', '{"network_task": "classification"}', '{"network_task": 3}'])(
    'names maps.json when it is damaged: %s',
    async (text) => {
      const found = await problem(() => openMaps(new MemoryTree('x', { 'maps.json': text })));
      expect([found.code, found.file]).toEqual(['MAPS_DAMAGED', 'maps.json']);
    },
  );

  it('says that a MAPS without a finished split is unfinished when a model is asked for', async () => {
    const tree = new MemoryTree();
    await MapsWriter.create(tree, smallMaps(2));
    const maps = await openMaps(tree);
    expect(maps.splits).toEqual([]);
    expect((await problem(async () => maps.wholeSplits())).code).toBe('MAPS_UNFINISHED');
    const interrupted = treeOf(referenceFolder);
    await interrupted.write('split-0/tmp/optimizer.pth.tar', 'x');
    const again = await openMaps(interrupted);
    expect((await problem(async () => again.wholeSplits())).code).toBe('MAPS_UNFINISHED');
  });

  it('names a damaged checkpoint, and passes on that one asks for code', async () => {
    const tree = treeOf(referenceFolder);
    const original = await (await tree.file(MODEL))?.bytes();
    await tree.write(MODEL, original?.slice(0, 1_000_000) ?? '');
    const { split } = await whole(tree);
    const { code, file } = await problem(() => split.checkpoint('loss'));
    expect([code, file]).toEqual(['MAPS_DAMAGED', MODEL]);
    const forbidden = treeOf(`${referenceFolder}/../../../torch`);
    await tree.write(MODEL, (await (await forbidden.file('forbidden.pt'))?.bytes()) ?? '');
    expect(await problem(() => split.checkpoint('loss'))).toMatchObject({
      code: 'TORCH_FORBIDDEN',
      file: MODEL,
    });
    expect((await problem(() => split.checkpoint('accuracy'))).code).toBe('SELECTION_METRIC');
  });

  it.each([
    [
      'split-0/training_logs/training.tsv',
      'epoch\titeration\ttime\tloss_train\tloss_valid\n0\t0\t1.0\tx\t2.0\n',
    ],
    ['split-0/training_logs/training.tsv', 'iteration\tloss_train\n0\t1.0\n'],
    ['split-0/training_logs/training.tsv', ''],
    ['split-0/best-loss/test/test_image_level_prediction.tsv', 'participant_id\tsession_id\n'],
    ['split-0/best-loss/test/test_image_level_prediction.tsv', 'a\tb\n1\n'],
    ['split-0/best-loss/test/test_image_level_metrics.tsv', 'Metrics\tBA\n'],
    ['groups/test/data.tsv', 'participant_id\n'],
    ['groups/train+validation.tsv', 'participant_id\tsession_id\n../x\tses-M000\n'],
  ])('names %s when it is damaged', async (path, text) => {
    const tree = treeOf(referenceFolder);
    await tree.write(path, text);
    const { maps, split } = await whole(tree);
    const readings = [
      () => split.trainingLog(),
      () => split.predictions('loss', 'test', 'image'),
      () => split.groupMetrics('loss', 'test', 'image'),
      () => maps.group('test'),
      () => maps.trainValidation(),
    ];
    const refusals = await Promise.allSettled(readings.map((reading) => reading()));
    const problems = refusals.flatMap((result) =>
      result.status === 'rejected' ? [(result.reason as CapsuleError).problem] : [],
    );
    expect(problems.map(({ code, file }) => [code, file])).toEqual([['MAPS_DAMAGED', path]]);
  });

  it('names a table that is missing, and a group that does not exist', async () => {
    const tree = treeOf(referenceFolder);
    await tree.remove('split-0/best-loss/test/test_image_level_metrics.tsv');
    const { maps, split } = await whole(tree);
    expect((await problem(() => split.groupMetrics('loss', 'test', 'image'))).code).toBe(
      'MAPS_DAMAGED',
    );
    expect((await problem(() => maps.group('other'))).code).toBe('MAPS_GROUP');
  });

  it('takes the flat preprocessing and old names of early versions', async () => {
    const { preprocessing_dict: preprocessing, ...rest } = JSON.parse(
      (await textOf(treeOf(referenceFolder), 'maps.json')) ?? '',
    ) as { preprocessing_dict: Record<string, unknown>; architecture?: string };
    const old: Record<string, unknown> = { ...rest, ...preprocessing, model: rest.architecture };
    delete old['architecture'];
    const maps = await openMaps(new MemoryTree('old', { 'maps.json': JSON.stringify(old) }));
    expect(maps.parameters.config.architecture).toBe('Conv4_FC3');
    expect(maps.parameters.extra.preprocessing_dict).toEqual(preprocessing);
  });
});
