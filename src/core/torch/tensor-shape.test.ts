import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PyValue } from './python-values.ts';
import { TENSOR_HEADER_BYTES, tensorShape } from './tensor-shape.ts';
import { TorchTensor } from './tensor.ts';
import { archiveBytes, writeTorch } from './write.ts';
import { zipStored } from './zip-writer.ts';

const headOf = (bytes: Uint8Array<ArrayBuffer>) => bytes.slice(0, TENSOR_HEADER_BYTES);
const shapeOf = (value: PyValue, name?: string) => {
  const bytes = archiveBytes(writeTorch(value, name));
  return tensorShape(headOf(bytes), bytes.length);
};
const tensor = (shape: readonly number[]) =>
  TorchTensor.float32(shape, new Float32Array(shape.reduce((product, size) => product * size, 1)));

describe('the shape from the first bytes', () => {
  test('is that of the tensor, whatever the name of the file', () => {
    const shapes = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 5 });
    const names = fc.stringMatching(/^[A-Za-z0-9_-]{1,250}$/);
    fc.assert(
      fc.property(shapes, names, (shape, name) => {
        expect(shapeOf(tensor(shape), name)).toEqual(shape);
      }),
    );
  });

  test('is not told when the pickle is not the first entry', () => {
    const entries = [
      { name: 'a/version', content: [new TextEncoder().encode('3\n')] },
      { name: 'a/data.pkl', content: [new Uint8Array(4)] },
    ];
    const bytes = archiveBytes(zipStored(entries));
    expect(tensorShape(headOf(bytes), bytes.length)).toBeUndefined();
  });

  test.each<[string, PyValue]>([
    ['a list', [tensor([2])]],
    ['a number', 3],
  ])('is refused of %s', (_, value) => {
    expect(() => shapeOf(value)).toThrow(/TORCH_FORMAT/);
  });

  test('is refused when the file is too small for it', () => {
    const bytes = archiveBytes(writeTorch(tensor([100, 100])));
    expect(() => tensorShape(headOf(bytes), 30_000)).toThrow(/TORCH_FORMAT/);
  });

  test('never fails in another way, whatever byte is wrong', () => {
    const bytes = headOf(archiveBytes(writeTorch(tensor([1, 2, 3, 4]))));
    fc.assert(
      fc.property(fc.nat(400), fc.nat(255), (at, value) => {
        const broken = bytes.slice();
        broken[at] = value;
        try {
          tensorShape(broken, 5000);
        } catch (error) {
          expect((error as { code?: string }).code).toMatch(/^(TORCH_|FILE_TOO_LARGE)/);
        }
      }),
      { numRuns: 500 },
    );
  });
});
