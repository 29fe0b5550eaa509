import { expect, test } from 'vitest';
import { pythonFloat, pythonJson } from './python-json.ts';

test.each([
  [0, '0.0'],
  [-0, '-0.0'],
  [1, '1.0'],
  [0.0001, '0.0001'],
  [0.00012345, '0.00012345'],
  [0.00001, '1e-05'],
  [2.5e-7, '2.5e-07'],
  [1e15, '1000000000000000.0'],
  [1e16, '1e+16'],
  [-1.25e-10, '-1.25e-10'],
  [1e100, '1e+100'],
  [NaN, 'nan'],
])('prints %d as Python does', (value, text) => {
  expect(pythonFloat(value)).toBe(text);
});

test('prints one line as json.dump does', () => {
  expect(pythonJson({ a: [1, 2.5], b: {}, c: null, d: true, e: [] })).toBe(
    '{"a": [1, 2.5], "b": {}, "c": null, "d": true, "e": []}',
  );
});

test('escapes everything but ASCII', () => {
  expect(pythonJson('169×208 "é" \u007f\n')).toBe('"169\\u00d7208 \\"\\u00e9\\" \\u007f\\n"');
});

test('knows which keys hold floats', () => {
  const style = { indent: 4, floats: new Set(['rate']) };
  expect(pythonJson({ rate: 0, epochs: 0, list: [1] }, style)).toBe(
    '{\n    "rate": 0.0,\n    "epochs": 0,\n    "list": [\n        1\n    ]\n}',
  );
});
