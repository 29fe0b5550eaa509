/**
 * All checks of one scan: as it is stored, and, where the preprocessing says what it should look like,
 * by its score. What shows only beside other scans is in `cohort-findings.ts`.
 */
import type { Preprocessing } from '../caps/patterns.ts';
import type { Problem, Where } from '../errors.ts';
import type { Volume } from '../volume.ts';
import { linearScore, LINEAR_THRESHOLD, type LinearScore } from './linear-score.ts';
import { outline, sizeOf } from './mask.ts';
import { onGrid } from './on-grid.ts';
import { brainRim, PET_THRESHOLD, petScore } from './pet-linear.ts';
import { rawFindings } from './raw-checks.ts';
import { scoreFindings } from './score-findings.ts';
import type { Template } from './template.ts';

/**
 * `linear`: likeness to a T1-weighted template in MNI space; `pet`: uptake in a rim around the brain;
 * `raw`: nothing is known of what it should look like.
 */
export type ScoreMethod = 'linear' | 'pet' | 'raw';

/** Scores above it pass; of `raw` there is no score. */
export const THRESHOLDS: Readonly<Record<ScoreMethod, number>> = {
  linear: LINEAR_THRESHOLD,
  pet: PET_THRESHOLD,
  raw: 0,
};

export interface ScanCheck {
  /** 0 to 1; absent where nothing can be said. */
  readonly score?: number;
  /** What a linear score is made of. */
  readonly parts?: LinearScore;
  readonly millilitres?: number;
  readonly findings: readonly Problem[];
}

/** @returns how volumes of a preprocessing are scored; custom ones are taken for T1 in MNI space */
export function methodOf({ pipeline }: Pick<Preprocessing, 'pipeline'>): ScoreMethod {
  if (pipeline === 't1-linear' || pipeline === 't1-extensive' || pipeline === 'custom') {
    return 'linear';
  }
  return pipeline === 'pet-linear' ? 'pet' : 'raw';
}

/**
 * @param templates - the brain first, then the head
 * @throws NIFTI_AFFINE
 */
export function checkScan(
  volume: Volume,
  method: ScoreMethod,
  templates: readonly Template[],
  where: Where,
): ScanCheck {
  const findings = rawFindings(volume, where);
  if (findings.some(({ code }) => code === 'QUALITY_CONSTANT')) return { score: 0, findings };
  const [brain] = templates;
  if (method === 'linear') {
    const parts = linearScore(volume, templates);
    const { score, millilitres } = parts;
    return { score, parts, millilitres, findings: [...findings, ...scoreFindings(parts, where)] };
  }
  if (brain === undefined) return { findings };
  const { data } = onGrid(volume, brain);
  const size = sizeOf(outline(data, brain.shape)) * 0.027;
  if (method === 'raw') return { findings, ...(size > 0 ? { millilitres: size } : {}) };
  const score = petScore(volume, brainRim(brain, volume), where);
  return { ...(Number.isNaN(score) ? {} : { score }), millilitres: size, findings };
}
