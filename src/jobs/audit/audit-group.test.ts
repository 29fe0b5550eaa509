import { expect, test } from 'vitest';
import type { WritableTree } from '../../core/files/file-tree.ts';
import { openMaps, type Maps } from '../../core/maps/reader.ts';
import { MapsWriter } from '../../core/maps/writer.ts';
import { checkGroup, writeGroup, type NewGroup } from '../shared/groups.ts';
import { modelOf } from '../shared/model.ts';
import { leakageWithGroup } from './audit-group.ts';
import { newRecord, NOT_CHECKED, parseRecord } from './leakage-record.ts';
import { groupOf, tinyMaps } from './testing/maps.ts';

const SETS = { train: ['sub-1', 'sub-2'], validation: ['sub-3', 'sub-4'] };
const definition = (participants: readonly string[], checkLeakage: boolean) => ({
  ...{ rows: groupOf(participants).rows, labelled: true, capsDirectory: 'caps', checkLeakage },
});

/** As `predict` makes a group, without its volumes. */
async function defineTest(tree: WritableTree, maps: Maps, group: NewGroup): Promise<void> {
  await checkGroup(maps, modelOf(maps), 'test', group);
  await writeGroup(maps, new MapsWriter(tree), modelOf(maps), 'test', group);
}

async function define(participants: readonly string[], checkLeakage: boolean, text?: string) {
  const tree = await tinyMaps(SETS);
  if (text !== undefined) await tree.write('leakage.json', text);
  const maps = await openMaps(tree);
  const group = definition(participants, checkLeakage);
  await defineTest(tree, maps, group);
  const opened = await openMaps(tree);
  return { opened, record: parseRecord((await opened.leakage()) ?? '') };
}

test('a group that was made stands in leakage.json with its verdict', async () => {
  const { opened, record } = await define(['sub-5', 'sub-6'], true);
  expect(opened.groups).toContain('test');
  expect(record).toMatchObject({
    ...{ verdict: 'not checked', overridden: false },
    groups: [{ name: 'test', verdict: 'clean', overridden: false, voxels: 'not checked' }],
  });
  expect(record.groups[0]?.sets.map(({ name }) => name)).toEqual([
    ...['train of split-0', 'validation of split-0', 'group "test"'],
  ]);
});

test('a group that was made without the check is leaky for ever', async () => {
  const text = newRecord(NOT_CHECKED);
  const { record } = await define(['sub-1', 'sub-5', 'sub-6'], false, text);
  expect(record.groups).toMatchObject([{ name: 'test', verdict: 'leaky', overridden: true }]);
  const { record: clean } = await define(['sub-5', 'sub-6'], false, text);
  expect(clean.groups).toMatchObject([{ verdict: 'clean', overridden: false }]);
});

test('a group that the check refuses leaves no trace', async () => {
  const tree = await tinyMaps(SETS);
  const maps = await openMaps(tree);
  const group = definition(['sub-1'], true);
  const made = defineTest(tree, maps, group);
  await expect(made).rejects.toMatchObject({ code: 'LEAKAGE_PARTICIPANTS' });
  expect(await tree.file('leakage.json')).toBeUndefined();
});

test('a record that cannot be read is not written over', async () => {
  const made = define(['sub-5', 'sub-6'], true, 'not JSON');
  await expect(made).rejects.toMatchObject({ code: 'MAPS_DAMAGED' });
});

test('a MAPS that lost the tables of its training can still have groups', async () => {
  const tree = await tinyMaps(SETS);
  await tree.remove('groups/train+validation.tsv');
  const { rows } = groupOf(['sub-5']);
  const text = await leakageWithGroup(await openMaps(tree), 'test', rows, false);
  expect(parseRecord(text).groups).toMatchObject([{ name: 'test', verdict: 'not checked' }]);
});
