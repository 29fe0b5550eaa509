import { describe, expect, test } from 'vitest';
import type { MemoryTree } from '../../core/files/memory-tree.ts';
import { openMaps } from '../../core/maps/reader.ts';
import { ancestorsOf, asAncestor, setsOfMaps } from './maps-sets.ts';
import { tinyMaps, type TinyMaps } from './testing/maps.ts';

const SETS = { train: ['sub-1', 'sub-2'], validation: ['sub-3'] };
const open = async (maps: Partial<TinyMaps> = {}) => openMaps(await tinyMaps({ ...SETS, ...maps }));
const ids = (rows: readonly { participant: string }[]) =>
  rows.map(({ participant }) => participant);

describe('a MAPS', () => {
  test('has the sets of its splits, and its other groups to test on', async () => {
    const maps = await open({ groups: { test: ['sub-4'], other: ['sub-5', 'sub-6'] } });
    const sets = await setsOfMaps(maps);
    expect(sets.map(({ name, role, split, rows }) => [name, role, split, ids(rows)])).toEqual([
      ['train of split-0', 'train', 0, ['sub-1', 'sub-2']],
      ['validation of split-0', 'validation', 0, ['sub-3']],
      ['group "other"', 'test', undefined, ['sub-5', 'sub-6']],
      ['group "test"', 'test', undefined, ['sub-4']],
    ]);
    expect(sets[0]?.rows[1]).toEqual({
      ...{ participant: 'sub-2', session: 'ses-M000', file: 'groups/train/split-0/data.tsv' },
      ...{ label: 'CN', cohort: undefined },
    });
    expect((await setsOfMaps(maps, ['test'])).map(({ name }) => name).slice(2)).toEqual([
      'group "test"',
    ]);
  });

  test('knows its cohorts by name', async () => {
    const [train] = await setsOfMaps(await open({ cohort: 'ADNI' }));
    expect(train?.rows[0]?.cohort).toBe('ADNI');
  });

  test('has seen its sets and its list, and was fitted to its training sets', async () => {
    const { name, kind, seen, trained } = await asAncestor(await open({ listed: ['sub-9'] }));
    expect([name, kind]).toEqual(['the transfer from "maps"', 'transfer']);
    expect([...new Set(ids(seen))]).toEqual(['sub-1', 'sub-2', 'sub-3', 'sub-9']);
    expect([...(trained ?? [])].map(([split, rows]) => [split, ids(rows)])).toEqual([
      [0, ['sub-1', 'sub-2']],
    ]);
  });
});

describe('the networks that it started from', () => {
  const shelf = async (): Promise<Map<string, MemoryTree>> =>
    new Map([
      [
        'second',
        await tinyMaps({
          name: 'second',
          train: ['sub-s'],
          validation: ['sub-t'],
          transfer: 'first',
        }),
      ],
      ['first', await tinyMaps({ name: 'first', train: ['sub-u'], validation: ['sub-v'] })],
      ['circle', await tinyMaps({ name: 'circle', ...SETS, transfer: 'circle' })],
    ]);
  const from = async (maps: Partial<TinyMaps>) => {
    const known = await shelf();
    return ancestorsOf(await open(maps), (path) => Promise.resolve(known.get(path)));
  };
  const told = (ancestors: Awaited<ReturnType<typeof from>>) =>
    ancestors.map(({ name, kind, seen }) => [name, kind, [...new Set(ids(seen))]]);

  test('are found through several steps', async () => {
    expect(told(await from({ transfer: 'second' }))).toEqual([
      ['the transfer from "second"', 'transfer', ['sub-s', 'sub-t']],
      ['the transfer from "first"', 'transfer', ['sub-u', 'sub-v']],
    ]);
  });

  test('are none without a transfer; people of the list alone were set apart', async () => {
    expect(await from({})).toEqual([]);
    expect(told(await from({ listed: ['sub-9'] }))).toEqual([
      ['groups/train+validation.tsv', 'reserved', ['sub-9']],
    ]);
    expect(told(await from({ transfer: 'first', listed: ['sub-9', 'sub-u'] }))).toEqual([
      ['the transfer from "first"', 'transfer', ['sub-u', 'sub-v']],
      ['groups/train+validation.tsv', 'reserved', ['sub-9']],
    ]);
  });

  test('are known by the list they left where they are gone', async () => {
    expect(told(await from({ transfer: 'lost', listed: ['sub-9'] }))).toEqual([
      ['groups/train+validation.tsv, inherited from "lost"', 'transfer', ['sub-9']],
    ]);
    const broken = async () => {
      const tree = await tinyMaps(SETS);
      await tree.write('maps.json', '{');
      return tree;
    };
    const maps = await open({ transfer: 'broken', listed: ['sub-9'] });
    expect(told(await ancestorsOf(maps, broken))).toEqual([
      ['groups/train+validation.tsv, inherited from "broken"', 'transfer', ['sub-9']],
    ]);
  });

  test('that lead in a circle come to an end', async () => {
    expect((await from({ transfer: 'circle' })).length).toBeLessThan(40);
  });

  test('other failures are not hidden', async () => {
    const maps = await open({ transfer: 'x' });
    await expect(
      ancestorsOf(maps, () => Promise.reject(new Error('disk on fire'))),
    ).rejects.toThrow('disk on fire');
  });
});
