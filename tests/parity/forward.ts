/**
 * A group of a reference MAPS predicted anew by Capsule, and compared with what ClinicaDL 1.6.1 said:
 * every number of the prediction tables, and every metric but the bounds that a bootstrap drew.
 */
import { expect } from 'vitest';
import { MemoryTree } from '../../src/core/files/memory-tree.ts';
import { needFile, readText } from '../../src/core/files/read.ts';
import type { FileTree } from '../../src/core/files/file-tree.ts';
import { openMaps } from '../../src/core/maps/reader.ts';
import type { EngineDevice } from '../../src/engine/device/engine-device.ts';
import { predict, type PredictRequest } from '../../src/jobs/predict.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { systemClock } from '../../src/platform/node/clock.ts';
import { follow } from '../support/follow.ts';

export interface ForwardRun {
  /** Folder of the reference MAPS. */
  readonly folder: string;
  readonly caps: string;
  readonly group: string;
  readonly request?: Partial<PredictRequest>;
}

export interface ForwardResult {
  readonly ours: MemoryTree;
  readonly theirs: DiskTree;
  /** Tables that both have, below the root of the MAPS. */
  readonly tables: readonly string[];
}

/** @returns both MAPS; ours has the reference's models and definition of the group, and no result of it */
export async function predictAgain(
  device: EngineDevice,
  { folder, caps, group, request = {} }: ForwardRun,
): Promise<ForwardResult> {
  const theirs = new DiskTree(folder);
  const files: Record<string, Uint8Array<ArrayBuffer>> = {};
  const tables: string[] = [];
  for await (const path of theirs.paths()) {
    const isResult = path.includes(`/${group}/${group}_`);
    if (isResult) tables.push(path);
    if (isResult || path.includes('interpret-') || path.includes('tensorboard')) continue;
    files[path] = await (await needFile(theirs, path)).bytes();
  }
  const ours = new MemoryTree('maps', files);
  const { config } = (await openMaps(ours)).parameters;
  const job = predict(
    {
      ...{ maps: ours, caps: new DiskTree(caps), capsDirectory: 'caps', group },
      ...{ selectionMetrics: [], splits: [], batchSize: config.batch_size, unreadable: 'stop' },
      ...request,
    },
    { device, clock: systemClock, signal: new AbortController().signal },
  );
  await follow(job);
  return { ours, theirs, tables: tables.sort() };
}

/**
 * Compares every table; ids, codes and names must be the same.
 * @returns the largest difference, by kind of table
 */
export async function largestDifferences({ ours, theirs, tables }: ForwardResult) {
  const largest = { prediction: 0, metrics: 0 };
  for (const path of tables) {
    const kind = path.endsWith('_metrics.tsv') ? 'metrics' : 'prediction';
    const [found, expected] = [await cells(ours, path), await cells(theirs, path)];
    expect(found.length, path).toBe(expected.length);
    for (const [index, row] of expected.entries()) {
      expect(found[index]?.length, path).toBe(row.length);
      if (kind === 'metrics' && /bound|SE/.test(row[0] ?? '')) continue;
      for (const [column, cell] of row.entries()) {
        const other = found[index]?.[column] ?? '';
        const difference = Math.abs(Number(cell) - Number(other));
        const place = `${path}, row ${index + 1}, column ${column + 1}`;
        if (Number.isNaN(difference)) expect(other, place).toBe(cell);
        else
          largest[kind] = Math.max(largest[kind], difference / Math.max(1, Math.abs(Number(cell))));
      }
    }
  }
  return largest;
}

async function cells(tree: FileTree, path: string): Promise<string[][]> {
  const text = await readText(tree, path);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
}
