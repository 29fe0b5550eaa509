import { expect, test } from 'vitest';
import { alikeGroups } from './ids.ts';

test.each([
  [['sub-01', 'sub-001', 'sub-1']],
  [['sub-ADNI002S0295', 'sub-adni002s0295']],
  [['ADNI_002_S_0295', 'sub-ADNI2S295', 'sub-ADNI002S0295']],
  [['01-02', '0102', '1_2']],
  [['a_b', 'sub-ab']],
  [['ses-M000', 'ses-M0', 'ses-m00']],
  [['sub-0', 'sub-00']],
  [['SUB-7', 'sub-007']],
  [['sub-Ä1', 'sub-ä01']],
])('%j are alike', (ids) => {
  expect(alikeGroups(ids)).toEqual([[...ids].sort()]);
});

test.each([
  [['sub-1', 'sub-10', 'sub-100', 'sub-0100x']],
  [['sub-1a', 'sub-1b']],
  [['sub-12', 'sub-21']],
  [['sub-A1', 'sub-B1']],
  [['sub-1A2', 'sub-12A']],
  [['ses-M006', 'ses-M060']],
])('%j are not', (ids) => {
  expect(alikeGroups(ids)).toEqual([]);
});

test('numbers that a separator keeps apart are alike only where it is missing', () => {
  expect(alikeGroups(['1-10', '1_10'])).toEqual([['1-10', '1_10']]);
  expect(alikeGroups(['1-010', '1-10', '1-1'])).toEqual([['1-010', '1-10']]);
  expect(alikeGroups(['01-10', '1-10', '2-10'])).toEqual([['01-10', '1-10']]);
});

test('an id that is alike two others brings them together', () => {
  expect(alikeGroups(['1_2', '0102', '01-02'])).toEqual([['01-02', '0102', '1_2']]);
});

test('the same id twice is one id', () => {
  expect(alikeGroups(['sub-1', 'sub-1'])).toEqual([]);
});

test('groups are sorted by their first, ids within a group too', () => {
  expect(alikeGroups(['sub-9', 'sub-1', 'sub-01', 'sub-09', 'sub-5'])).toEqual([
    ['sub-01', 'sub-1'],
    ['sub-09', 'sub-9'],
  ]);
});
