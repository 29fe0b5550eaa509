import { expect, test } from 'vitest';
import {
  axisLabel,
  bytes,
  count,
  decimal,
  duration,
  figure,
  percent,
  shape,
  short,
} from './format.ts';

test('counts have separators', () => {
  expect(count(1_234_567)).toBe('1,234,567');
});

test('a figure that is not finite is a dash', () => {
  expect([
    count(NaN),
    figure(Infinity),
    short(NaN),
    percent(NaN),
    bytes(NaN),
    duration(NaN),
  ]).toEqual(Array(6).fill('–'));
});

test('metrics have three decimals, tiny ones an exponent', () => {
  expect(figure(0.5)).toBe('0.500');
  expect(figure(0.00012)).toBe('1.2e-4');
  expect(figure(0)).toBe('0.000');
});

test('short figures drop trailing zeros', () => {
  expect([short(4), short(0.0001), short(1.23456), short(0.00001)]).toEqual([
    '4',
    '0.0001',
    '1.23',
    '1e-5',
  ]);
});

test('bytes are shown in the unit that fits', () => {
  expect([bytes(0), bytes(512), bytes(1536), bytes(2 ** 31), bytes(2 ** 20 - 1)]).toEqual([
    '0 B',
    '512 B',
    '1.5 KiB',
    '2 GiB',
    '1 MiB',
  ]);
});

test('durations use their two largest units', () => {
  expect([duration(0.4), duration(59.6), duration(200), duration(7500), duration(3600)]).toEqual([
    '0 s',
    '1 min',
    '3 min 20 s',
    '2 h 5 min',
    '1 h',
  ]);
});

test('shapes are joined by a multiplication sign', () => {
  expect(shape([45, 54, 45])).toBe('45 × 54 × 45');
});

test('labels of an axis differ however close they are', () => {
  expect([0.69401, 0.69402].map((value) => axisLabel(value, 0.00001))).toEqual([
    '0.69401',
    '0.69402',
  ]);
  expect(axisLabel(0.5, 0.25)).toBe('0.5');
  expect(axisLabel(2000, 500)).toBe('2,000');
});

test('percentages are of one', () => {
  expect([percent(0.625), percent(0.9274, 1)]).toEqual(['63%', '92.7%']);
});

test('one decimal, so that figures below each other line up', () => {
  expect([77, 6.674, 1234.56].map(decimal)).toEqual(['77.0', '6.7', '1,234.6']);
  expect(decimal(NaN)).toBe('–');
});
