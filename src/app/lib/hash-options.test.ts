import { expect, test } from 'vitest';
import { defaultSample, parseHash } from './hash-options.ts';

test('no hash gives the defaults', () => {
  expect(parseHash('')).toEqual({ sample: defaultSample, problems: [] });
  expect(parseHash('#')).toEqual({ sample: defaultSample, problems: [] });
});

test('reads a small sample, epochs and batch', () => {
  expect(parseHash('#sample=participants:8,mm:6,seed:1&epochs=2&batch=4')).toEqual({
    sample: { participants: 8, millimetres: 6, seed: 1 },
    epochs: 2,
    batchSize: 4,
    problems: [],
  });
});

test('what is left out keeps its default', () => {
  expect(parseHash('#sample=seed:7').sample).toEqual({ ...defaultSample, seed: 7 });
});

test.each([
  ['#sample=mm:5', '5'],
  ['#epochs=0', '0'],
  ['#epochs=-3', '-3'],
  ['#batch=1e3', '1e3'],
  ['#sample=participants:100000', '100000'],
])('%s is reported and not used', (hash, found) => {
  const options = parseHash(hash);
  expect(options.problems).toHaveLength(1);
  expect(options.problems[0]).toMatchObject({ code: 'CONFIG_VALUE', found });
  expect(options).toMatchObject({ sample: defaultSample });
  expect(options.epochs ?? options.batchSize).toBeUndefined();
});

test('unknown keys are shown, also those every object has', () => {
  const codes = parseHash('#colour=red&toString=1&sample=size:3').problems.map(({ code }) => code);
  expect(codes).toEqual(Array(3).fill('CONFIG_UNKNOWN_KEY'));
});

test('an overlong hash is refused whole', () => {
  const options = parseHash(`#epochs=2&${'x'.repeat(600)}`);
  expect(options.epochs).toBeUndefined();
  expect(options.problems[0]?.code).toBe('CONFIG_VALUE');
});
