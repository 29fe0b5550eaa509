import { expect, it } from 'vitest';
import { checkpointBytes } from './checkpoint.ts';
import { safetensorsBytes } from './safetensors.ts';
import { TorchTensor } from './tensor.ts';
import { readWeights } from './weights-file.ts';
import { archiveBytes, writeTorch } from './write.ts';
import { OrderedDict } from './python-values.ts';

const weights = new Map([
  ['fc.1.weight', TorchTensor.float32([2, 2], Float32Array.of(1, 2, 3, 4))],
  ['bn.num_batches_tracked', TorchTensor.int64([], [3])],
]);

it.each([
  ['safetensors', safetensorsBytes(weights, { format: 'pt' })],
  ['a plain state dict', writeTorch(new OrderedDict(weights))],
  ['a checkpoint of ClinicaDL', checkpointBytes({ model: weights, epoch: 2, name: 'x' })],
])('reads the weights of %s', (_, file) => {
  expect(readWeights(archiveBytes(file))).toEqual(weights);
});

it('names the file that is neither', () => {
  const junk = new TextEncoder().encode('<html>not found</html>');
  expect(() => readWeights(junk, 'w.pth')).toThrow(/TORCH_FORMAT.*w\.pth/);
  const short = archiveBytes(safetensorsBytes(weights)).slice(0, -1);
  expect(() => readWeights(short, 'w.safetensors')).toThrow(/SAFETENSORS_FORMAT.*w\.safetensors/);
});
