/** What the parts of a linear score say in words: a finding for each part that is worse than usual. */
import { describe, type Problem, type Where } from '../errors.ts';
import type { LinearScore } from './linear-score.ts';

/**
 * Good scans of 72 people (brain-extracted, affinely registered) had a similarity of 0.64 to 0.85, an
 * overlap of 0.87 to 0.93, centres 1 to 6 mm from the template's and noise below 0.04.
 */
export const LIMITS = {
  similarity: 0.5,
  overlap: 0.8,
  /** mm. */
  distance: 10,
  noise: 0.5,
  inside: 0.97,
} as const;

/** @returns findings; none for a scan whose parts are all as usual */
export function scoreFindings(score: LinearScore, where: Where): Problem[] {
  const { similarity, overlap, distance, noise, inside, wrong } = score;
  const findings: Problem[] = [];
  if (wrong !== undefined) {
    const details = { ...where, expected: 'the orientation that its header says' };
    findings.push(
      describe('QUALITY_ORIENTATION', { ...details, found: `fits better with ${wrong}` }),
    );
  }
  if (similarity < LIMITS.similarity) {
    const expected = `a correlation of ${LIMITS.similarity} with the template, or more`;
    findings.push(describe('QUALITY_UNLIKE', { ...where, expected, found: similarity.toFixed(2) }));
  }
  if (inside < LIMITS.inside) {
    const expected = 'the whole brain of the template in the field of view';
    const found = `${Math.floor(100 * inside)} % of it`;
    findings.push(describe('QUALITY_FIELD_OF_VIEW', { ...where, expected, found }));
  }
  if (distance > LIMITS.distance) {
    const expected = `at most ${LIMITS.distance} mm from the template's centre`;
    const found = `${distance.toFixed(0)} mm`;
    findings.push(describe('QUALITY_OFF_CENTRE', { ...where, expected, found }));
  }
  if (overlap < LIMITS.overlap) {
    const expected = `a Dice coefficient of ${LIMITS.overlap} with the template, or more`;
    findings.push(describe('QUALITY_OVERLAP', { ...where, expected, found: overlap.toFixed(2) }));
  }
  if (noise > LIMITS.noise) {
    const expected = `noise below ${LIMITS.noise} of the variation of tissue`;
    findings.push(describe('QUALITY_NOISE', { ...where, expected, found: noise.toFixed(2) }));
  }
  return findings;
}
