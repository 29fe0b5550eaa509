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

test('the step to open is read, also from a bare one; another is reported', () => {
  expect(parseHash('#step=train')).toEqual({ sample: defaultSample, step: 'train', problems: [] });
  expect(parseHash('#train').step).toBe('train');
  const options = parseHash('#step=win');
  expect(options.step).toBeUndefined();
  expect(options.problems[0]).toMatchObject({ code: 'CONFIG_VALUE', found: 'win' });
});

test('options of the experiment are read under their own keys, wrong ones told by name', () => {
  const options = parseHash(
    '#task=regression&label=age%20at%20scan&epochs=2&learning_rate=1e-3&dropout=2&lerning_rate=1' +
      '&mode=patch:20:10&n_splits=3&split=0,2&test=0.1&transfer_path=%2Fhome%2Fme',
  );
  expect(options.linked).toEqual({
    task: 'regression',
    given: { label: 'age at scan', learning_rate: 0.001, n_splits: 3, split: [0, 2] },
    mode: { mode: 'patch', patchSize: 20, strideSize: 10 },
    testShare: 0.1,
  });
  expect(options.epochs).toBe(2);
  expect(options.problems.map(({ code, found }) => [code, found])).toEqual([
    ['CONFIG_VALUE', '"2"'],
    ['CONFIG_UNKNOWN_KEY', 'lerning_rate'],
    ['CONFIG_VALUE', '/home/me'],
  ]);
  expect(options.problems[1]?.action).toBe('Did you mean "learning_rate"?');
});

test.each(['#epochs=%', '#task=guessing', '#mode=cube', '#test=0.9', '#validation=1e-1'])(
  '%s is told and nothing of it is used',
  (hash) => {
    const { linked, problems, epochs } = parseHash(hash);
    expect(problems.map(({ code }) => code)).toEqual(['CONFIG_VALUE']);
    expect(linked ?? { given: {} }).toEqual({ given: {} });
    expect(epochs).toBeUndefined();
  },
);

test('an overlong hash is refused whole', () => {
  const options = parseHash(`#epochs=2&${'x'.repeat(4000)}`);
  expect(options.epochs).toBeUndefined();
  expect(options.problems[0]?.code).toBe('CONFIG_VALUE');
});

test('explanations are on, off, or left to the browser’s own memory; another word is reported', () => {
  expect(parseHash('#teach=on')).toEqual({ sample: defaultSample, teaching: true, problems: [] });
  expect(parseHash('#epochs=2&teach=off')).toMatchObject({ teaching: false, problems: [] });
  expect(parseHash('#epochs=2').teaching).toBeUndefined();
  const wrong = parseHash('#teach=yes');
  expect(wrong.teaching).toBeUndefined();
  expect(wrong.problems).toMatchObject([{ code: 'CONFIG_VALUE', found: 'yes' }]);
});
