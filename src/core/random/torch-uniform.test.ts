/** fixtures/pytorch-init.json was made by PyTorch 1.13 on a processor with AVX2: `torch.manual_seed(7)`, then the layers in order. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import reference from './fixtures/pytorch-init.json';
import { biasUniform, kaimingUniform, TorchGenerator } from './torch-uniform.ts';

const sha256 = (values: Float32Array<ArrayBuffer>) =>
  createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex');

describe('default initialisation', () => {
  it('draws the weights and biases of a seeded stack of layers to the bit', () => {
    const generator = new TorchGenerator(reference.seed);
    let fanIn = 0;
    for (const parameter of reference.parameters) {
      if (parameter.name === 'weight') fanIn = parameter.shape.slice(1).reduce((a, b) => a * b, 1);
      const values =
        parameter.name === 'weight'
          ? kaimingUniform(parameter.shape, fanIn, generator)
          : biasUniform(parameter.shape[0] as number, fanIn, generator);
      const where = `${parameter.layer}.${parameter.name}`;
      expect([where, ...new Uint32Array(values.buffer).subarray(0, 8)]).toEqual([
        where,
        ...parameter.firstBits,
      ]);
      expect([where, sha256(values)]).toEqual([where, parameter.sha256]);
    }
  });

  it('fills a large tensor with asymmetric bounds to the bit, keeping 32 bits of a long seed', () => {
    const { seed, length, from, to, sha256: expected } = reference.uniform;
    expect(sha256(new TorchGenerator(seed).uniform(length, from, to))).toBe(expected);
  });
});
