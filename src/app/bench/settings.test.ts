import { expect, test } from 'vitest';
import { defaultsFor, networks, parseBenchHash, precisions, shapes } from './settings.ts';

test('a graphics card is compared with stock, an emulated one is not', () => {
  expect(defaultsFor('gpu')).toMatchObject({ shape: [64, 64, 64], batch: 2, stock: true });
  for (const kind of ['software', 'none', undefined] as const) {
    expect(defaultsFor(kind)).toMatchObject({ shape: [32, 32, 32], stock: false });
  }
});

test('every default can be chosen on the page', () => {
  for (const kind of ['gpu', 'software'] as const) {
    const chosen = defaultsFor(kind);
    expect(shapes).toContainEqual(chosen.shape);
    expect(networks).toContain(chosen.network);
    expect(precisions).toEqual(expect.arrayContaining([...chosen.precisions]));
  }
});

test('the address chooses what is allowed', () => {
  const { chosen, problems } = parseBenchHash(
    '#network=Conv4_FC3&shape=24x28x17&batch=1&precisions=half&stock=no&steps=1',
  );
  expect(problems).toEqual([]);
  expect(chosen).toEqual({
    ...{ network: 'Conv4_FC3', shape: [24, 28, 17], batch: 1 },
    ...{ precisions: ['half'], stock: false, steps: 1 },
  });
  expect(parseBenchHash('')).toEqual({ chosen: {}, problems: [] });
});

test.each([
  ['#network=resnet18', 'resnet18'],
  ['#shape=64x64', '64x64'],
  ['#shape=16x64x64', '16x64x64'],
  ['#shape=64x64x1e2', '64x64x1e2'],
  ['#shape=64x64x257', '64x64x257'],
  ['#batch=0', '0'],
  ['#batch=-2', '-2'],
  ['#steps=101', '101'],
  ['#precisions=f32,f16', 'f32,f16'],
  ['#precisions=', ''],
  ['#stock=maybe', 'maybe'],
])('%s is reported and not used', (hash, found) => {
  const { chosen, problems } = parseBenchHash(hash);
  expect(chosen).toEqual({});
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatchObject({ code: 'CONFIG_VALUE', found });
});

test('unknown keys are reported, also those every object has', () => {
  const { problems } = parseBenchHash('#sample=1&toString=2&__proto__=3');
  expect(problems.map(({ code }) => code)).toEqual(Array(3).fill('CONFIG_UNKNOWN_KEY'));
});

test('an overlong address is refused whole', () => {
  const { chosen, problems } = parseBenchHash(`#batch=1&${'x'.repeat(600)}`);
  expect(chosen).toEqual({});
  expect(problems[0]?.code).toBe('CONFIG_VALUE');
});
