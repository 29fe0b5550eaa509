import { expect, test } from 'vitest';
import reference from '../../../tests/fixtures/optimizers-pytorch.json';
import { PyFloat, PyTuple, type PyValue } from '../../core/torch/python-values.ts';
import type { Scalars } from './rule.ts';
import { optimizerNames, ruleNamed } from './rules.ts';

/** As the fixture has Python's values. */
function described(value: PyValue): unknown {
  if (value instanceof PyFloat) return { float: value.value };
  if (value instanceof PyTuple) return { tuple: value.items.map(described) };
  return value;
}

interface Dict {
  readonly dict: readonly (readonly [string | number, unknown])[];
}
const entryOf = (dict: unknown, key: string | number) =>
  (dict as Dict).dict.find(([name]) => name === key)?.[1];

test('knows the ten optimizers of ClinicaDL, and names the nearest of another', () => {
  expect([...optimizerNames].sort()).toEqual(Object.keys(reference.optimizers).sort());
  for (const name of optimizerNames) expect(ruleNamed(name).name).toBe(name);
  expect(() => ruleNamed('adamw')).toThrow(/CONFIG_VALUE.*Did you mean "AdamW"/s);
  expect(() => ruleNamed('LineSearch')).not.toThrow(/Did you mean/);
});

test.each(optimizerNames)('%s has the settings and states of PyTorch, in its order', (name) => {
  const { stateDict } = reference.optimizers[name];
  const rule = ruleNamed(name);
  const [group] = entryOf(stateDict, 'param_groups') as Dict[];
  const ours = Object.entries(rule.group(new PyFloat(0.01), new PyFloat(0.1)));
  expect(ours.map(([key, value]) => [key, described(value)])).toEqual(group?.dict.slice(0, -1));
  const states = entryOf(entryOf(stateDict, 'state'), 0) as Dict;
  const tensors = states.dict.filter(
    ([, value]) => (value as { shape?: number[] })?.shape?.length === 1,
  );
  expect(rule.states).toEqual(tensors.map(([key]) => key));
  const numbers = states.dict.slice(0, states.dict.length - tensors.length);
  const step = { tensor: { tensor: 'float32', shape: [] }, int: 1 };
  expect(numbers).toEqual(
    rule.counter === 'none'
      ? [['momentum_buffer', null]]
      : [['step', step[rule.counter]], ...(rule.scalars ?? []).map((key) => [key, step.tensor])],
  );
});

test.each(['NAdam', 'ASGD'] as const)('%s keeps the numbers that PyTorch keeps', (name) => {
  const rule = ruleNamed(name);
  for (const { laterRate, weightDecay: decay, float64 } of reference.optimizers[name].runs) {
    let scalars: Scalars = {};
    for (let step = 1; step <= 8; step++) {
      const rate = step < reference.laterRateFromStep ? reference.learningRate : laterRate;
      ({ scalars = {} } = rule.numbers({ step, rate, decay, scalars }));
      const seen = (float64 as Record<string, { scalars: Scalars }>)[step];
      if (seen === undefined) continue;
      expect(Object.keys(scalars)).toEqual(Object.keys(seen.scalars));
      for (const [key, value] of Object.entries(seen.scalars)) {
        expect(Math.abs((scalars[key] ?? NaN) / value - 1), key).toBeLessThan(1e-6);
      }
    }
  }
});

test('RAdam divides by the root from the sixth step on', () => {
  const slopes = [1, 2, 3, 4, 5, 6, 7, 1000].map(
    (step) => ruleNamed('RAdam').numbers({ step, rate: 1, decay: 0, scalars: {} }).factors['slope'],
  );
  expect(slopes).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
});
