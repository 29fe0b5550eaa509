import { expect, test } from 'vitest';
import { asksForList, ShortcutList } from './shortcuts.ts';

const group = (title: string) => ({ title, keys: [[['A'], 'does it']] as const });

test('a group stands in the list once, as long as one part has it', () => {
  const list = new ShortcutList();
  let told = 0;
  const end = list.onChange(() => (told += 1));
  const first = list.add(group('Viewer'));
  const second = list.add(group('Viewer'));
  list.add(group('Table'));
  expect(list.groups.map(({ title }) => title)).toEqual(['Viewer', 'Table']);
  first();
  expect(list.groups.map(({ title }) => title)).toEqual(['Viewer', 'Table']);
  second();
  expect(list.groups.map(({ title }) => title)).toEqual(['Table']);
  expect(told).toBe(5);
  end();
  list.add(group('Other'));
  expect(told).toBe(5);
});

const key = { key: '?', ctrlKey: false, metaKey: false, altKey: false };
const at = (tag: string, type = '', isEdited = false) => ({ tag, type, isEdited });

test('? asks for the list, but not while one types', () => {
  expect(asksForList({ ...key, at: at('BODY') })).toBe(true);
  expect(asksForList({ ...key, at: at('CANVAS') })).toBe(true);
  expect(asksForList({ ...key, at: at('INPUT', 'range') })).toBe(true);
  expect(asksForList({ ...key, at: at('INPUT', 'search') })).toBe(false);
  expect(asksForList({ ...key, at: at('TEXTAREA') })).toBe(false);
  expect(asksForList({ ...key, at: at('SELECT') })).toBe(false);
  expect(asksForList({ ...key, at: at('DIV', '', true) })).toBe(false);
  expect(asksForList({ ...key, ctrlKey: true, at: at('BODY') })).toBe(false);
  expect(asksForList({ ...key, key: '/', at: at('BODY') })).toBe(false);
});
