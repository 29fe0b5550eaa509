import { expect, test } from 'vitest';
import { spellOut } from './short-options.ts';

const shorts = new Map([
  ['-lr', '--learning_rate'],
  ['-d', '--diagnoses'],
]);

test('spells out known short options, with and without "="', () => {
  expect(spellOut(['train', '-lr', '1e-3', '-d=AD', '-x'], shorts)).toEqual([
    ...['train', '--learning_rate', '1e-3', '--diagnoses=AD', '-x'],
  ]);
});

test('leaves what comes after -- alone', () => {
  expect(spellOut(['-d', 'CN', '--', '-d'], shorts)).toEqual(['--diagnoses', 'CN', '--', '-d']);
});
