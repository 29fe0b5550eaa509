/** `capsule interpret --score-against`: which answer the maps are held against. */
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Option, type Command } from 'commander';
import { oneMaskForAll, openGroundTruth } from '../../src/core/generate/ground-truth.ts';
import { SIGNS, type Sign } from '../../src/core/interpret/saliency-score.ts';
import type { ScoreAgainst } from '../../src/jobs/interpret/scoring.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { openPath } from '../../src/platform/node/open-path.ts';

export interface ScoreOptions {
  readonly scoreAgainst?: string;
  readonly score_sign: Sign;
}

export function addScoreOptions(command: Command): Command {
  return command
    .option(
      '--score-against <folder or mask>',
      'score maps against the ground truth of a generated set, or one mask for all (.nii, .nii.gz)',
    )
    .addOption(
      new Option('--score_sign <sign>', 'what counts as salient: strong, for the score or against')
        .choices(SIGNS)
        .default('absolute'),
    );
}

/** @throws CapsuleError FILE_NOT_FOUND, those of tables and of reading a mask */
export async function scoreAgainst(options: ScoreOptions): Promise<ScoreAgainst | undefined> {
  const { scoreAgainst: path, score_sign: sign } = options;
  if (path === undefined) return undefined;
  const place = await stat(path).catch(() => undefined);
  const isMask = place?.isFile() === true && !path.endsWith('.zip');
  const truth = isMask
    ? await oneMaskForAll(new DiskTree(dirname(path)), basename(path))
    : await openGroundTruth(await openPath(path));
  return { truth, sign };
}
