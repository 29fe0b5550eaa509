import { describe, expect, it } from 'vitest';
import { CapsuleError } from '../errors.ts';
import { MemoryTree } from '../files/memory-tree.ts';
import { listPaths } from '../files/read.ts';
import { readTorch } from '../torch/read.ts';
import { TorchTensor } from '../torch/tensor.ts';
import { parseNumber, printCell } from './cells.ts';
import { descriptionLog } from './logs.ts';
import { parseMetricsTable } from './parse-tables.ts';
import { intervalTable } from './tables.ts';
import {
  smallCheckpoint,
  smallMaps,
  smallOptimizer,
  smallResults,
  textOf,
} from './testing/reference.ts';
import { MapsWriter } from './writer.ts';

const code = async (action: () => Promise<unknown>) => {
  try {
    await action();
  } catch (error) {
    if (error instanceof CapsuleError) return error.code;
    throw error;
  }
  return 'done';
};

describe('MapsWriter', () => {
  it('refuses a folder with anything in it, and leaves that as it was', async () => {
    const tree = new MemoryTree('full', { 'notes.txt': 'mine' });
    expect(await code(() => MapsWriter.create(tree, smallMaps(1)))).toBe('FOLDER_NOT_EMPTY');
    expect(await listPaths(tree)).toEqual(['notes.txt']);
  });

  it('writes each session of train+validation once', async () => {
    const tree = new MemoryTree();
    const maps = smallMaps(1);
    await MapsWriter.create(tree, {
      ...maps,
      trainValidation: [...maps.trainValidation, ...maps.trainValidation],
    });
    expect(await textOf(tree, 'groups/train+validation.tsv')).toBe(
      'participant_id\tsession_id\nsub-A\tses-M000\nsub-B\tses-M000\n',
    );
  });

  it.each(['train', 'validation', '', '..', 'a/b', 'train+validation.tsv/x', ' x'])(
    'refuses "%s" as the name of a new group',
    async (name) => {
      const tree = new MemoryTree();
      const { splits } = smallMaps(1);
      const [split] = splits;
      if (split === undefined) throw new Error('no split');
      expect(await code(() => new MapsWriter(tree).addGroup(name, split.train))).toBe('MAPS_GROUP');
      expect(await listPaths(tree)).toEqual([]);
    },
  );

  it('does not finish a split without its models', async () => {
    const tree = new MemoryTree();
    const split = (await MapsWriter.create(tree, smallMaps(1))).split(0);
    await split.saveEpoch(smallCheckpoint(0), smallOptimizer(0), ['loss']);
    expect(await code(() => split.finish(['loss', 'BA']))).toBe('INTERNAL');
    expect((await listPaths(tree, 'split-0/tmp')).length).toBe(2);
    expect(await code(() => split.finish(['loss']))).toBe('done');
    expect(await listPaths(tree, 'split-0')).toEqual(['split-0/best-loss/model.pth.tar']);
  });

  it('removes the tables of earlier results, not interpretations or files of other groups', async () => {
    const tree = new MemoryTree();
    const folder = 'split-0/best-loss/test';
    const split = new MapsWriter(tree).split(0);
    await tree.write(`${folder}/test_patch_level_metrics.tsv`, 'old');
    await tree.write(`${folder}/interpret-g/mean_image-0_map.pt`, 'kept');
    await tree.write('split-0/best-loss/test2/test2_image_level_metrics.tsv', 'kept');
    await split.writeResults('loss', 'test', smallResults('test'));
    expect((await listPaths(tree)).sort()).toEqual([
      `${folder}/description.log`,
      `${folder}/interpret-g/mean_image-0_map.pt`,
      `${folder}/test_image_level_metrics.tsv`,
      `${folder}/test_image_level_prediction.tsv`,
      'split-0/best-loss/test2/test2_image_level_metrics.tsv',
    ]);
  });

  it('writes saliency maps as tensors and images under their names', async () => {
    const tree = new MemoryTree();
    const split = new MapsWriter(tree).split(0);
    const tensor = TorchTensor.float32([1, 1, 1, 2], Float32Array.of(1, 2));
    await split.writeInterpretation('loss', 'test', 'grad', {
      of: 'mean',
      mode: 'image',
      part: 0,
      tensor,
      nifti: 'nifti',
    });
    await split.writeInterpretation('loss', 'test', 'grad', {
      of: 'sub-A_ses-M000',
      mode: 'patch',
      part: 3,
      nifti: 'nifti',
    });
    const folder = 'split-0/best-loss/test/interpret-grad';
    expect((await listPaths(tree)).sort()).toEqual([
      `${folder}/mean_image-0_map.nii.gz`,
      `${folder}/mean_image-0_map.pt`,
      `${folder}/sub-A_ses-M000_patch-3_map.nii.gz`,
    ]);
    const bytes = await (await tree.file(`${folder}/mean_image-0_map.pt`))?.bytes();
    expect(readTorch(bytes ?? new Uint8Array())).toEqual(tensor);
  });
});

describe('cells', () => {
  it.each([
    ['0.0', 0],
    ['-0.0', -0],
    ['0', 0n],
    ['-12', -12n],
    ['1e-05', 1e-5],
    ['0.0001', 1e-4],
    ['1e+16', 1e16],
    ['123456789012345.0', 123456789012345],
    ['0.30000000000000004', 0.1 + 0.2],
    ['5e-324', 5e-324],
    ['inf', Infinity],
    ['-inf', -Infinity],
    ['', Number.NaN],
  ])('prints and reads %s as Python does', (text, value) => {
    expect(printCell(value)).toBe(text);
    expect(parseNumber(text, { file: 'x', row: 2, column: 'y' })).toBe(value);
  });

  it.each(['1,5', '0x10', 'one', '1 2', '--1', '1e'])('refuses "%s" as a number', (text) => {
    expect(() => parseNumber(text, { file: 'x', row: 2, column: 'y' })).toThrow(CapsuleError);
  });
});

describe('texts', () => {
  it('repeats the number of a network below its metrics, and reads the blocks apart', () => {
    const metrics = smallResults('test').metrics?.[0]?.metrics ?? [];
    const text = intervalTable(metrics, 0) + intervalTable(metrics, 1);
    expect(text.split('\n')[5]).toBe('0\t0\t0\t0');
    expect(parseMetricsTable(text, 'x')).toEqual([metrics, metrics]);
  });

  it('prints cohorts and folders as Python prints a dict of paths', () => {
    const caps = new Map([
      ['adni', '/data/caps'],
      ["l'autre", 'C:\\caps'],
    ]);
    const text = descriptionLog({ group: 'test', date: 'now', caps, participants: 1, sessions: 2 });
    expect(text.split('\n')[1]).toBe(
      `Data loaded from CAPS directories: {'adni': PosixPath('/data/caps'), "l'autre": PosixPath('C:\\\\caps')}`,
    );
  });
});
