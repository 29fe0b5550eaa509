import { expect, test } from 'vitest';
import type { CapsuleError } from '../errors.ts';
import { collectBytes, streamChunks } from '../files/content.ts';
import { MemoryTree } from '../files/memory-tree.ts';
import { FullTree } from '../files/testing/full-tree.ts';
import { listPaths } from '../files/read.ts';
import type { Chunked } from '../torch/zip-writer.ts';
import { CheckpointSlots, type SavedSlot } from './checkpoint-slots.ts';
import { Crash, FailingTree } from './testing/failing-tree.ts';

const FOLDER = 'split-0/tmp';

function filled(value: number, length = 1000): Chunked {
  return { size: length, chunks: [new Uint8Array(length).fill(value)] };
}

const checkpoint = (step: number) => ({ weights: filled(step), optimizer: filled(2 * step, 500) });

async function stepOf(slot: SavedSlot | undefined): Promise<number | undefined> {
  if (slot === undefined) return undefined;
  const { step } = slot.state as { step: number };
  const weights = await collectBytes(streamChunks(await (await slot.file('weights')).stream()));
  const optimizer = await (await slot.file('optimizer')).bytes();
  // What stands in the files belongs to what the manifest says.
  expect([weights[999], optimizer[499]]).toEqual([step, 2 * step]);
  return step;
}

test('gives back what was saved last, to whoever opens it', async () => {
  const tree = new MemoryTree();
  const slots = new CheckpointSlots(tree, FOLDER);
  expect(await slots.newest()).toBeUndefined();
  for (const step of [1, 2, 3]) await slots.save({ step }, checkpoint(step));
  expect(await stepOf(await slots.newest())).toBe(3);
  const later = new CheckpointSlots(tree, FOLDER);
  expect(await stepOf(await later.newest())).toBe(3);
  await later.save({ step: 4 }, checkpoint(4));
  expect(await stepOf(await new CheckpointSlots(tree, FOLDER).newest())).toBe(4);
});

test('a crash at any operation leaves the last checkpoint or the one before', async () => {
  const whole = new FailingTree(new MemoryTree(), Infinity);
  const steps = [1, 2, 3, 4];
  const run = async (tree: FailingTree, done: (step: number) => void) => {
    const slots = new CheckpointSlots(tree, FOLDER);
    for (const step of steps) {
      await slots.save({ step }, checkpoint(step));
      done(step);
    }
  };
  await run(whole, () => undefined);
  expect(whole.operations).toBeGreaterThan(steps.length * 3);
  for (let limit = 0; limit < whole.operations; limit++) {
    const inner = new MemoryTree();
    let saved = 0;
    await expect(run(new FailingTree(inner, limit), (step) => (saved = step))).rejects.toThrow(
      Crash,
    );
    const found = await stepOf(await new CheckpointSlots(inner, FOLDER).newest());
    expect([saved === 0 ? undefined : saved, saved + 1]).toContain(found);
  }
});

test.each(['weights', 'optimizer', 'manifest.json'])(
  'a slot with a torn %s gives way to the other one, which is then kept',
  async (name) => {
    const tree = new MemoryTree();
    const slots = new CheckpointSlots(tree, FOLDER);
    await slots.save({ step: 1 }, checkpoint(1));
    await slots.save({ step: 2 }, checkpoint(2));
    const path = `${FOLDER}/slot-b/${name}`;
    const bytes = await (await tree.file(path))?.bytes();
    await tree.write(path, (bytes ?? new Uint8Array()).slice(0, -1));
    const later = new CheckpointSlots(tree, FOLDER);
    expect(await stepOf(await later.newest())).toBe(1);
    await later.save({ step: 3 }, checkpoint(3));
    expect(await tree.file(`${FOLDER}/slot-a/weights`)).toBeDefined();
    expect(await stepOf(await new CheckpointSlots(tree, FOLDER).newest())).toBe(3);
  },
);

test('a byte that changed on the disk is seen, though the length is right', async () => {
  const tree = new MemoryTree();
  const slots = new CheckpointSlots(tree, FOLDER);
  await slots.save({ step: 1 }, checkpoint(1));
  await tree.write(`${FOLDER}/slot-a/weights`, new Uint8Array(1000).fill(1).fill(2, 999));
  expect(await new CheckpointSlots(tree, FOLDER).newest()).toBeUndefined();
});

test.each([
  '{}',
  '[]',
  'null',
  '{"format":2,"sequence":1,"files":{}}',
  '{"format":1,"sequence":1,"files":{"weights":null}}',
])('a manifest %s is none', async (text) => {
  const tree = new MemoryTree('memory', { [`${FOLDER}/slot-a/manifest.json`]: text });
  expect(await new CheckpointSlots(tree, FOLDER).newest()).toBeUndefined();
});

test('clearing leaves nothing', async () => {
  const tree = new MemoryTree();
  const slots = new CheckpointSlots(tree, FOLDER);
  await slots.save({ step: 1 }, checkpoint(1));
  await slots.clear();
  expect(await listPaths(tree)).toEqual([]);
  expect(await slots.newest()).toBeUndefined();
});

test('a full storage costs the new checkpoint alone, at whatever byte, and saving goes on later', async () => {
  for (let bytes = 0; bytes < 2600; bytes += 100) {
    const memory = new MemoryTree();
    const tree = new FullTree(memory, Infinity);
    const slots = new CheckpointSlots(tree, FOLDER);
    for (const step of [1, 2, 3]) await slots.save({ step }, checkpoint(step));
    tree.heal(bytes);
    const outcome = await slots.save({ step: 4 }, checkpoint(4)).then(
      () => 'saved',
      (error: unknown) => (error as CapsuleError).code,
    );
    expect(outcome).toBe(tree.refused.length > 0 ? 'STORAGE_FULL' : 'saved');
    const kept = outcome === 'saved' ? 4 : 3;
    expect(await stepOf(await new CheckpointSlots(memory, FOLDER).newest())).toBe(kept);
    // Of the other slot nothing is left that takes room.
    expect(await listPaths(memory)).toHaveLength(outcome === 'saved' ? 6 : 3);
    tree.heal();
    await slots.save({ step: 5 }, checkpoint(5));
    await slots.save({ step: 6 }, checkpoint(6));
    expect(await stepOf(await new CheckpointSlots(memory, FOLDER).newest())).toBe(6);
  }
});
