/**
 * A score without a network for volumes in MNI space, each part of which can be looked at:
 *
 *   score = similarity x overlap x closeness x clarity, 0 if turned another way it fits better
 *
 * similarity  correlation with the template after smoothing, in its outline and a rim; 0 below 0
 * overlap     Dice's coefficient of the outlines
 * closeness   1 - distance of the centres / 30 mm, not below 0
 * clarity     1 - the share of noise in the variance of tissue, not below 0
 *
 * It says whether a scan looks like a T1-weighted brain in its place, as the networks of ClinicaDL's
 * `quality-check t1-linear` do; it is not calibrated as a probability.
 */
import type { Volume } from '../volume.ts';
import { centre, dice, otsu, outline, sizeOf, type Mask } from './mask.ts';
import { noiseShare } from './noise.ts';
import { onGrid } from './on-grid.ts';
import { orientationFit } from './orientation.ts';
import { correlation, smoothed, type Template, type TemplateKind } from './template.ts';

/** Scores above it pass: ClinicaDL's default for its networks, kept for the score. */
export const LINEAR_THRESHOLD = 0.5;
/** At this distance of the centres nothing is left of the score, mm. */
export const FARTHEST = 30;
/** A scan that is so similar as it is fits no other way as well: the 24 need not be tried. */
const SURELY_UPRIGHT = 0.7;
/** No head has the outline of a brain so well, nor the other way round. */
const SURELY_LIKE = 0.85;
/** Of a voxel of the template. */
const MILLILITRES = 0.027;

export interface LinearScore {
  /** 0 to 1. */
  readonly score: number;
  /** The template that it is more like. */
  readonly template: TemplateKind;
  /** -1 to 1. */
  readonly similarity: number;
  readonly overlap: number;
  /** mm. */
  readonly distance: number;
  /** Deviation of the noise over that of tissue. */
  readonly noise: number;
  /** How the scan fits better than as it is. */
  readonly wrong?: string;
  /** Share of the template's outline that lies in the field of view. */
  readonly inside: number;
  /** Millilitres in the outline. */
  readonly millilitres: number;
}

/**
 * @param volume - T1-weighted, registered to MNI space, with or without its skull, of any voxel size
 * @param templates - one or both of Colin27's
 * @throws NIFTI_AFFINE
 */
export function linearScore(volume: Volume, templates: readonly Template[]): LinearScore {
  const likest = likestOf(volume, templates);
  if (likest === undefined) return NOTHING;
  const { scan, threshold, centre: middle, template, similarity, overlap, inside } = likest;
  if (middle === undefined) return { ...NOTHING, template: template.kind, inside };
  const distance = Math.hypot(...middle.map((mm, axis) => mm - (template.centre[axis] ?? 0)));
  const noise = noiseShare(volume, threshold) ?? 0;
  const { wrong } = similarity > SURELY_UPRIGHT ? {} : orientationFit(scan, middle, template);
  const score =
    Math.max(0, similarity) *
    overlap *
    Math.max(0, 1 - distance / FARTHEST) *
    Math.max(0, 1 - noise ** 2);
  return {
    ...{ template: template.kind, similarity, overlap, distance, noise, inside },
    ...(wrong === undefined ? { score } : { score: 0, wrong }),
    millilitres: likest.millilitres,
  };
}

interface Compared {
  readonly template: Template;
  /** Smoothed, on the template's grid. */
  readonly scan: Float32Array<ArrayBuffer>;
  /** Above it is tissue. */
  readonly threshold: number;
  /** Of the outline, mm; undefined where there is none. */
  readonly centre: readonly [number, number, number] | undefined;
  readonly similarity: number;
  readonly overlap: number;
  readonly inside: number;
  readonly millilitres: number;
}

/** Brain and head differ enough in outline for the first that fits to be the one. */
function likestOf(volume: Volume, templates: readonly Template[]): Compared | undefined {
  let best: Compared | undefined;
  for (const template of templates) {
    const compared = compare(volume, template);
    if (best === undefined || fit(compared) > fit(best)) best = compared;
    if (best.overlap > SURELY_LIKE) break;
  }
  return best;
}

const fit = ({ similarity, overlap }: Compared): number => Math.max(0, similarity) * overlap;

function compare(volume: Volume, template: Template): Compared {
  const { shape, affine } = template;
  const { data, inside } = onGrid(volume, template);
  const threshold = otsu(data);
  const mask = outline(data, shape, threshold);
  const scan = smoothed(data, shape);
  return {
    ...{ template, scan, threshold, centre: centre(mask, shape, affine) },
    similarity: correlation(scan, template.data, template.compared),
    overlap: dice(mask, template.outline),
    inside: covered(inside, template.outline),
    millilitres: sizeOf(mask) * MILLILITRES,
  };
}

/** @returns the share of a mask's voxels that lie inside of the scan. */
function covered(inside: Uint8Array, mask: Mask): number {
  let [all, seen] = [0, 0];
  for (let n = 0; n < mask.length; n++) {
    if (mask[n] !== 1) continue;
    all += 1;
    seen += inside[n] ?? 0;
  }
  return all === 0 ? 0 : seen / all;
}

const NOTHING: LinearScore = {
  ...{ score: 0, template: 'brain', similarity: 0, overlap: 0, distance: FARTHEST, noise: 0 },
  ...{ inside: 0, millilitres: 0 },
};
