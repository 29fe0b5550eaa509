import { describe, expect, test } from 'vitest';
import { memoryFile } from '../files/memory-tree.ts';
import { listPaths, needFile } from '../files/read.ts';
import { niftiBytes } from '../nifti/write.ts';
import { TorchTensor } from '../torch/tensor.ts';
import { archiveBytes, writeTorch } from '../torch/write.ts';
import type { PyValue } from '../torch/python-values.ts';
import { IDENTITY, readTensorShape, readTensorVolume, tensorBytes } from './tensor-files.ts';
import { folderTree } from './testing/folder.ts';
import { readCapsGeometry, readCapsVolume } from './volume-file.ts';

const numbers = (length: number) => Float32Array.from({ length }, (_, i) => i - 2.5);
const file = (value: PyValue, name = 'x.pt') => memoryFile(name, archiveBytes(writeTorch(value)));
const tensor = (...shape: number[]) =>
  file(TorchTensor.float32(shape, numbers(shape.reduce((product, size) => product * size, 1))));

describe('a tensor file', () => {
  test('holds a volume with one channel in front', async () => {
    const volume = await readTensorVolume(tensor(1, 2, 3, 4));
    expect(volume).toEqual({ data: numbers(24), shape: [2, 3, 4], affine: IDENTITY });
  });

  test.each([1, 3])('holds a slice of %i channels as a volume of one plane', async (channels) => {
    const volume = await readTensorVolume(tensor(channels, 2, 3));
    expect(volume).toEqual({ data: numbers(6), shape: [2, 3, 1], affine: IDENTITY });
  });

  test('of double precision is read as single', async () => {
    const doubles = new TorchTensor(
      'float64',
      [1, 1, 1, 2],
      new Uint8Array(Float64Array.of(0.1, 2).buffer),
    );
    expect([...(await readTensorVolume(file(doubles))).data]).toEqual([Math.fround(0.1), 2]);
  });

  test('tells its shape by its first bytes', async () => {
    const asked: number[] = [];
    const whole = tensor(1, 20, 30, 40);
    const shape = await readTensorShape({
      ...whole,
      bytes: (start = 0, end = Infinity) => {
        asked.push(end - start);
        return whole.bytes(start, end);
      },
    });
    expect(shape).toEqual([20, 30, 40]);
    expect(asked).toEqual([4096]);
  });

  test.each<[string, PyValue]>([
    ['of two channels', TorchTensor.float32([2, 1, 1, 1], numbers(2))],
    ['of five dimensions', TorchTensor.float32([1, 1, 1, 1, 1], numbers(1))],
    ['of two dimensions', TorchTensor.float32([1, 1], numbers(1))],
    ['without elements', TorchTensor.float32([1, 0, 1, 1], numbers(0))],
  ])('%s is refused by both readings', async (_, value) => {
    const where = { participant: 'sub-1', session: 'ses-1' };
    const refusal = { code: 'TENSOR_SHAPE', problem: { ...where, file: 'x.pt' } };
    await expect(readTensorVolume(file(value), where)).rejects.toMatchObject(refusal);
    await expect(readTensorShape(file(value), where)).rejects.toMatchObject(refusal);
  });

  test('that holds something else, or nothing, is refused with its name', async () => {
    const where = { participant: 'sub-1' };
    for (const other of [file(['a']), memoryFile('x.pt', new Uint8Array(100))]) {
      const refusal = { code: 'TORCH_FORMAT', problem: { participant: 'sub-1', file: 'x.pt' } };
      await expect(readTensorVolume(other, where)).rejects.toMatchObject(refusal);
      await expect(readTensorShape(other, where)).rejects.toMatchObject(refusal);
    }
  });

  test('that was cut short is refused', async () => {
    const bytes = await tensor(1, 20, 30, 40).bytes();
    const short = memoryFile('x.pt', bytes.slice(0, 9000));
    await expect(readTensorVolume(short)).rejects.toMatchObject({ code: 'TORCH_FORMAT' });
    await expect(readTensorShape(short)).rejects.toMatchObject({ code: 'TORCH_FORMAT' });
  });
});

test('tensors that ClinicaDL wrote have the shape that their headers say', async () => {
  const tree = folderTree('tests/fixtures/tensors/caps/subjects');
  const tensors = (await listPaths(tree)).filter((path) => path.endsWith('.pt'));
  expect(tensors).toHaveLength(27);
  for (const path of tensors) {
    const stored = await needFile(tree, path);
    const { shape } = await readTensorVolume(stored);
    expect(await readTensorShape(stored), path).toEqual(shape);
  }
});

test('the image tensor that ClinicaDL wrote is its volume, voxel for voxel', async () => {
  const tree = folderTree('tests/fixtures/tensors/caps');
  const folder = 'subjects/sub-T01/ses-M000';
  const name = 'sub-T01_ses-M000_T1w_space-MNI152NLin2009cSym_desc-Crop_res-1x1x1_T1w';
  const nifti = await needFile(tree, `${folder}/t1_linear/${name}.nii.gz`);
  const tensors = `${folder}/deeplearning_prepare_data/image_based/t1_linear`;
  const volume = await readTensorVolume(await needFile(tree, `${tensors}/${name}.pt`));
  expect(volume.data).toEqual((await readCapsVolume(nifti)).data);
  expect(volume.shape).toEqual([9, 11, 7]);
});

test('a volume is the same from NIfTI and from its tensor, but for its place', async () => {
  const volume = { data: numbers(24), shape: [2, 3, 4] as const, affine: [...IDENTITY] };
  volume.affine[3] = 7;
  const nifti = memoryFile('a.nii', niftiBytes(volume));
  const stored = memoryFile('a.pt', tensorBytes({ data: volume.data, shape: [1, 2, 3, 4] }, 'a'));
  const [first, second] = [await readCapsVolume(nifti), await readCapsVolume(stored)];
  expect(second.data).toEqual(first.data);
  expect(second.shape).toEqual(first.shape);
  expect((await readCapsGeometry(nifti)).affine[3]).toBe(7);
  expect(await readCapsGeometry(stored)).toEqual({
    ...{ shape: [2, 3, 4], affine: IDENTITY, problems: [] },
  });
});
