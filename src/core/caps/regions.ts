/**
 * Region masks of a CAPS: `masks/tpl-<template>/*<pattern>*_roi-<name>_mask.nii*`, zeros and ones
 * on the grid of the volumes. Cropped volumes take masks that say `desc-Crop`, uncropped ones those
 * that do not, custom volumes either; of several the first in alphabetical order counts.
 */
import { CapsuleError } from '../errors.ts';
import type { FileTree } from '../files/file-tree.ts';
import { needFile } from '../files/read.ts';
import { readVolume } from '../nifti/read.ts';
import type { Shape3, Volume } from '../volume.ts';
import type { Extraction } from './extraction.ts';
import { compileGlob } from './glob.ts';
import { isCropped } from './patterns.ts';

export interface RegionMask {
  readonly file: string;
  readonly shape: Shape3;
  /** Zeros and ones, in the order of a volume's voxels. */
  readonly voxels: Uint8Array;
  /** Positions along each axis of the planes that hold a voxel of the region, ascending. */
  readonly planes: readonly [readonly number[], readonly number[], readonly number[]];
}

export interface MaskSearch {
  /** Below the CAPS root. */
  readonly folder: string;
  readonly template: string;
  readonly pattern: string;
}

const LINEAR_TEMPLATE = { template: 'MNI152NLin2009cSym', pattern: 'res-1x1x1' };
/** Its masks are named by nothing but the template. */
const EXTENSIVE_TEMPLATE = { template: 'Ixi549Space', pattern: '' };

/**
 * @returns where the masks of an extraction stand; undefined outside mode `roi`
 * @throws EXTRACTION_JSON when volumes without a template of their own are given none
 */
export function maskSearch(extraction: Extraction): MaskSearch | undefined {
  if (extraction.mode !== 'roi') return undefined;
  const { preprocessing, customTemplate, customMaskPattern } = extraction;
  const own =
    isCropped(preprocessing) !== undefined
      ? LINEAR_TEMPLATE
      : preprocessing.pipeline === 't1-extensive'
        ? EXTENSIVE_TEMPLATE
        : { template: customTemplate, pattern: customMaskPattern };
  if (own.template === '') {
    throw new CapsuleError('EXTRACTION_JSON', {
      file: extraction.name,
      expected: `"roi_custom_template" for ${preprocessing.pipeline} volumes`,
      found: 'none',
    });
  }
  return { ...own, folder: `masks/tpl-${own.template}` };
}

/**
 * @returns path of the mask of each region, in the order of the extraction
 * @throws CAPS_MASK when a region has none
 */
export async function findRegionMasks(caps: FileTree, extraction: Extraction): Promise<string[]> {
  const search = maskSearch(extraction);
  if (search === undefined || extraction.mode !== 'roi') return [];
  const { folder, pattern } = search;
  const names: string[] = [];
  for await (const path of caps.paths(folder)) {
    const name = path.slice(folder.length + 1);
    if (!name.includes('/')) names.push(name);
  }
  const cropped = isCropped(extraction.preprocessing);
  const isWanted = (name: string) =>
    cropped === undefined || name.includes('_desc-Crop_') === cropped;
  return extraction.regions.map((region) => {
    const glob = `*${pattern}*_roi-${region}_mask.nii*`;
    const matches = compileGlob(glob, { caseSensitive: true });
    const [first] = names.filter((name) => matches(name) && isWanted(name)).sort();
    if (first !== undefined) return `${folder}/${first}`;
    throw new CapsuleError('CAPS_MASK', {
      file: folder,
      expected: `a mask ${glob}${cropWords(cropped)}`,
      found: names.length === 0 ? 'no file' : names.sort().slice(0, 5).join(', '),
    });
  });
}

/**
 * Finds and reads the masks of an extraction; one of four dimensions whose first is 1 is as good.
 * @returns in the order of the regions; none outside mode `roi`
 * @throws CAPS_MASK, and those of reading
 */
export async function readRegionMasks(
  caps: FileTree,
  extraction: Extraction,
): Promise<RegionMask[]> {
  const masks: RegionMask[] = [];
  for (const path of await findRegionMasks(caps, extraction)) {
    const { volume } = await readVolume(await needFile(caps, path), {}, { leadingOne: true });
    masks.push(regionMask(volume, path));
  }
  return masks;
}

/**
 * @returns the mask as the extraction needs it
 * @throws CAPS_MASK when a voxel is neither 0 nor 1, or none is 1
 */
export function regionMask({ data, shape }: Volume, file: string): RegionMask {
  const voxels = new Uint8Array(data.length);
  const meets = shape.map((size) => new Uint8Array(size));
  data.forEach((value, at) => {
    if (value === 0) return;
    if (value !== 1) {
      throw new CapsuleError('CAPS_MASK', { file, expected: 'zeros and ones', found: `${value}` });
    }
    voxels[at] = 1;
    const line = Math.floor(at / shape[2]);
    mark(meets[0], Math.floor(line / shape[1]));
    mark(meets[1], line % shape[1]);
    mark(meets[2], at % shape[2]);
  });
  const [xs = [], ys = [], zs = []] = meets.map(positions);
  if (xs.length === 0) {
    throw new CapsuleError('CAPS_MASK', { file, expected: 'zeros and ones', found: 'only zeros' });
  }
  return { file, shape, voxels, planes: [xs, ys, zs] };
}

function mark(flags: Uint8Array | undefined, position: number): void {
  if (flags !== undefined) flags[position] = 1;
}

function positions(flags: Uint8Array): number[] {
  return [...flags.keys()].filter((position) => flags[position] === 1);
}

function cropWords(cropped: boolean | undefined): string {
  if (cropped === undefined) return '';
  return cropped ? ' with _desc-Crop_' : ' without _desc-Crop_';
}
