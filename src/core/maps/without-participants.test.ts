import { expect, it } from 'vitest';
import { MemoryTree } from '../files/memory-tree.ts';
import { listPaths } from '../files/read.ts';
import { tellsOfParticipants } from './participant-paths.ts';
import { referenceFolder, treeOf } from './testing/reference.ts';
import { pathsWithoutParticipants } from './without-participants.ts';

const FOLDER = 'split-0/best-loss/test/interpret-g';
const MEAN = `${FOLDER}/mean_image-0_map.nii.gz`;
const table = (...people: string[]) =>
  ['participant_id\tsession_id', ...people.map((who) => `${who}\tses-M000`), ''].join('\n');

async function passes(files: Record<string, string>): Promise<boolean> {
  const tree = new MemoryTree('maps', { [MEAN]: 'map', ...files });
  return (await pathsWithoutParticipants(tree, await listPaths(tree))).includes(MEAN);
}

it('keeps the mean map of several people', async () => {
  const groups = { 'groups/test/data.tsv': table('sub-1', 'sub-2', 'sub-3') };
  expect(await passes(groups)).toBe(true);
  expect(await passes({ ...groups, [`${FOLDER}/interpretation.json`]: '{"sessions": 2}' })).toBe(
    true,
  );
});

it('leaves out a mean map that is of one person, or of nobody knows how many', async () => {
  expect(await passes({ 'groups/test/data.tsv': table('sub-1', 'sub-1') })).toBe(false);
  const groups = { 'groups/test/data.tsv': table('sub-1', 'sub-2', 'sub-3') };
  expect(await passes({ ...groups, [`${FOLDER}/interpretation.json`]: '{"sessions": 1}' })).toBe(
    false,
  );
  expect(await passes({ 'groups/train+validation.tsv': table('sub-1') })).toBe(false);
  expect(await passes({ 'groups/test/data.tsv': 'damaged' })).toBe(false);
});

it('leaves alone what was exported without participants before', async () => {
  expect(await passes({})).toBe(true);
});

it('looks up the groups of training where they stand, one a split', async () => {
  const folder = 'split-1/best-loss/train/interpret-g/mean_image-0_map.pt';
  const tree = new MemoryTree('maps', {
    [folder]: 'map',
    'groups/train/split-1/data.tsv': table('sub-1', 'sub-2'),
  });
  expect(await pathsWithoutParticipants(tree, await listPaths(tree))).toEqual([folder]);
});

it('of a MAPS of ClinicaDL it leaves out what the names alone leave out', async () => {
  const tree = treeOf(referenceFolder);
  const all = await listPaths(tree);
  const kept = await pathsWithoutParticipants(tree, all);
  expect(kept).toEqual(all.filter((path) => !tellsOfParticipants(path)));
  expect(kept.length).toBeGreaterThan(5);
});
