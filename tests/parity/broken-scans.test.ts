/**
 * The quality score on real brains: twenty scans that were broken on purpose stand below every good one.
 * Parts and limits of the score were chosen with these brains in view, so this is no held-out figure.
 * Milder faults do not all rank so: a shift of 9 mm, or a turn of 15 degrees, can score as a good scan.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { needFile } from '../../src/core/files/read.ts';
import { readVolume } from '../../src/core/nifti/read.ts';
import { checkScan } from '../../src/core/quality/check-scan.ts';
import { BREAKAGES } from '../../src/core/quality/testing/broken.ts';
import { templates } from '../../src/core/quality/testing/templates.ts';
import type { Volume } from '../../src/core/volume.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';

// The brains may not be part of this repository: they are read beside it.
const FOLDER = resolve('../shared/data/brains-3mm/caps');
const isThere = existsSync(FOLDER);

test('the real brains are there (clone them beside the project to run this test)', (context) => {
  if (!isThere) context.skip();
  expect(isThere).toBe(true);
});

async function brains(): Promise<Volume[]> {
  const tree = new DiskTree(FOLDER);
  const volumes: Volume[] = [];
  for await (const path of tree.paths('subjects')) {
    if (!path.endsWith('_T1w.nii.gz')) continue;
    volumes.push((await readVolume(await needFile(tree, path))).volume);
  }
  return volumes;
}

describe.skipIf(!isThere)('quality of real brains', () => {
  it('ranks twenty broken scans below every good one', { timeout: 300_000 }, async () => {
    const [good, pair] = [await brains(), await templates()];
    const check = (volume: Volume) => checkScan(volume, 'linear', pair, {});
    const goods = good.map(check);
    const worstOfGood = Math.min(...goods.map(({ score = 0 }) => score));
    expect(good).toHaveLength(37);
    expect(BREAKAGES).toHaveLength(20);
    // Each breakage on a person of its own.
    const scores = BREAKAGES.map(([name, make], index) => {
      const { score = NaN } = check(make(good[index] as Volume));
      return [name, score] as const;
    });
    expect(scores.filter(([, score]) => !(score < worstOfGood))).toEqual([]);
    const errors = goods.flatMap(({ findings }) => findings).filter((f) => f.severity === 'error');
    expect(errors).toEqual([]);
  });
});
