/**
 * Crashes at any moment: a tree that fails after n operations, n at every value. What is left is
 * opened; nothing in it may pass for whole that is not.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CapsuleError } from '../errors.ts';
import type { WritableTree } from '../files/file-tree.ts';
import { MemoryTree } from '../files/memory-tree.ts';
import { openMaps } from './reader.ts';
import { Crash, FailingTree } from './testing/failing-tree.ts';
import { smallCheckpoint, smallMaps, smallOptimizer, smallResults } from './testing/reference.ts';
import { MapsWriter } from './writer.ts';

const METRICS = ['loss', 'BA'];
const EPOCHS = 3;
const SPLITS = 2;

/** @param improved - for each epoch, whether a metric improved; the first epoch always does. */
async function train(tree: WritableTree, improved: readonly boolean[]): Promise<void> {
  const writer = await MapsWriter.create(tree, smallMaps(SPLITS));
  for (let index = 0; index < SPLITS; index++) {
    const split = writer.split(index);
    await split.writeTrainingLog(['loss'], []);
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      const better = METRICS.filter(
        (_, metric) => epoch === 0 || improved[(epoch + metric) % improved.length],
      );
      await split.saveEpoch(smallCheckpoint(epoch), smallOptimizer(epoch), better);
    }
    for (const metric of METRICS) {
      for (const group of ['train', 'validation']) {
        await split.writeResults(metric, group, smallResults(group));
      }
    }
    await split.finish(METRICS);
  }
}

/** Everything a whole split must have can be read; returns how many splits there are of them. */
async function wholeSplits(tree: MemoryTree): Promise<number> {
  let maps;
  try {
    maps = await openMaps(tree);
  } catch (error) {
    expect(error instanceof CapsuleError && error.code).toBe('MAPS_NOT_MAPS');
    return 0;
  }
  expect((await maps.trainValidation()).length).toBe(2);
  const whole = maps.splits.filter((split) => split.whole);
  for (const split of whole) {
    expect(split.metrics).toEqual([...METRICS].sort());
    expect((await split.trainingLog()).metrics).toEqual(['loss']);
    for (const metric of METRICS) {
      expect((await split.checkpoint(metric)).name).toBe('Conv4_FC3');
      expect(split.resultGroups(metric)).toEqual(['train', 'validation']);
      for (const group of ['train', 'validation']) {
        expect((await maps.group(group, split)).rows.length).toBe(2);
        expect((await split.predictions(metric, group, 'image')).length).toBe(2);
        expect((await split.groupMetrics(metric, group, 'image'))[0]?.length).toBe(3);
      }
    }
  }
  if (whole.length === 0) {
    const code = (() => {
      try {
        maps.wholeSplits();
        return 'whole';
      } catch (error) {
        return error instanceof CapsuleError ? error.code : String(error);
      }
    })();
    expect(code).toBe('MAPS_UNFINISHED');
  }
  return whole.length;
}

describe('a crash while a MAPS is written', () => {
  it('leaves nothing that opens as whole, after whichever operation it comes', async () => {
    const complete = new FailingTree(new MemoryTree(), Infinity);
    await train(complete, [true]);
    const seen: number[] = [];
    for (let limit = 0; limit < complete.operations; limit++) {
      const tree = new FailingTree(new MemoryTree(), limit);
      await expect(train(tree, [true])).rejects.toThrow(Crash);
      seen.push(await wholeSplits(tree.inner));
    }
    // Ever more splits, one after the other, and the second only with the very last operation.
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(new Set(seen)).toEqual(new Set([0, 1, 2]));
    expect(seen.filter((count) => count === 2).length).toBeLessThanOrEqual(1);
    expect(await wholeSplits(complete.inner)).toBe(SPLITS);
  });

  it('whatever epochs improve which metric', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
        fc.nat(60),
        async (improved, limit) => {
          const tree = new FailingTree(new MemoryTree(), limit);
          await train(tree, improved).catch((error: unknown) =>
            expect(error).toBeInstanceOf(Crash),
          );
          await wholeSplits(tree.inner);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('leaves a checkpoint to resume from once an epoch has ended', async () => {
    const tree = new MemoryTree();
    const split = (await MapsWriter.create(tree, smallMaps(1))).split(0);
    await split.saveEpoch(smallCheckpoint(0), smallOptimizer(0), METRICS);
    await split.saveEpoch(smallCheckpoint(1), smallOptimizer(1), []);
    const [unfinished] = (await openMaps(tree)).splits;
    expect(unfinished?.whole).toBe(false);
    const state = await unfinished?.interrupted();
    expect([state?.model.epoch, state?.optimizer.epoch]).toEqual([1, 1]);
    expect((await unfinished?.checkpoint('loss'))?.epoch).toBe(0);
  });

  it('while results are written anew leaves no results rather than mixed ones', async () => {
    const tree = new MemoryTree();
    await train(tree, [true]);
    for (let limit = 0; limit < 7; limit++) {
      const failing = new FailingTree(tree, limit);
      const writing = new MapsWriter(failing)
        .split(0)
        .writeResults('loss', 'train', smallResults('train'));
      const done = await writing.then(
        () => true,
        () => false,
      );
      const [split] = (await openMaps(tree)).splits;
      // The first operation, which is refused, changes nothing.
      expect(split?.resultGroups('loss').includes('train')).toBe(done || limit === 0);
    }
  });
});
