import { describe, expect, test } from 'vitest';
import { refuseMisfit, type NamedShape } from './fit.ts';
import { planNetwork } from './registry.ts';
import { statesOf } from './plan.ts';

const plan = planNetwork('Conv4_FC3', [1, 32, 32], 2, 0.5);
const WHOLE: readonly NamedShape[] = statesOf(plan);

describe('a state dict', () => {
  test('of the same keys and shapes fits, in any order', () => {
    expect(() => refuseMisfit(plan, [...WHOLE].reverse())).not.toThrow();
  });

  test.each<[string, readonly NamedShape[], RegExp]>([
    ['without a key', WHOLE.slice(1), /w\.pt.*convolutions\.0\.weight of shape.*no such key/],
    [
      'of another shape',
      WHOLE.map((one) => (one.name === 'fc.6.bias' ? { ...one, shape: [3] } : one)),
      /fc\.6\.bias of shape \[2\].*shape \[3\]/,
    ],
    ['with a key more', [...WHOLE, { name: 'head', shape: [1] }], /keys of Conv4_FC3.*head/],
  ])('%s does not', (_name, given, message) => {
    const look = () => refuseMisfit(plan, given, 'w.pt');
    expect(look).toThrow(/WEIGHTS_MISMATCH/);
    expect(look).toThrow(message);
  });

  test('is compared with a part of the network alone where that is asked', () => {
    const part = WHOLE.filter(({ name }) => name.startsWith('convolutions.'));
    expect(() => refuseMisfit(plan, part, undefined, 'convolutions.')).not.toThrow();
    expect(() => refuseMisfit(plan, WHOLE, undefined, 'convolutions.')).toThrow(/fc\./);
  });
});
