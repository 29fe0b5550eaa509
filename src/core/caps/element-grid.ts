/**
 * Where an extracted element lies in space: its grid as a three-dimensional volume, so that a map
 * computed on it can be written as NIfTI and laid over the scan. A slice is a volume of one plane.
 */
import type { Affine, Shape3 } from '../volume.ts';
import { patchStart } from './extract.ts';
import { discardedSlices, type ModeOptions } from './extraction.ts';
import type { RegionMask } from './regions.ts';
import { reducedShape, reductionStart } from './size-reduction.ts';

export interface ElementGrid {
  readonly shape: Shape3;
  /** From the element's own voxel indices to millimetres. */
  readonly affine: Affine;
}

/**
 * @param volume - shape and affine of the volume that the element was cut from
 * @param index - of the element, as in `extractElement`
 * @param masks - of the regions; a region whose planes are not contiguous is placed by its first ones
 */
export function elementGrid(
  volume: { readonly shape: Shape3; readonly affine: Affine },
  extraction: ModeOptions,
  index: number,
  masks: readonly RegionMask[] = [],
): ElementGrid {
  const { shape, affine } = volume;
  switch (extraction.mode) {
    case 'image': {
      const { reduction } = extraction;
      if (reduction === undefined) return { shape, affine };
      const moved = shifted(affine, reductionStart(reduction));
      const size = reducedShape(shape, reduction) as unknown as Shape3;
      return { shape: size, affine: moved.map((value, at) => value * stepAt(at, reduction)) };
    }
    case 'patch': {
      const { patchSize: size, strideSize: stride } = extraction;
      const start = patchStart(shape, size, stride, index);
      return { shape: [size, size, size], affine: shifted(affine, start) };
    }
    case 'slice': {
      const axis = extraction.direction;
      const [begin] = discardedSlices(extraction.discarded);
      const start = [0, 1, 2].map((a) => (a === axis ? begin + index : 0)) as unknown as Shape3;
      const plane = shape.map((length, a) => (a === axis ? 1 : length)) as unknown as Shape3;
      return { shape: plane, affine: shifted(affine, start) };
    }
    case 'roi': {
      const planes = masks[index]?.planes;
      if (extraction.uncropped || planes === undefined) return { shape, affine };
      const start = planes.map((kept) => kept[0] ?? 0) as unknown as Shape3;
      const size = planes.map((kept) => kept.length) as unknown as Shape3;
      return { shape: size, affine: shifted(affine, start) };
    }
  }
}

/** Columns of the axes grow with the voxel; the place of the first one does not. */
const stepAt = (at: number, reduction: number): number => (at % 4 === 3 || at > 11 ? 1 : reduction);

/** The affine of a grid that starts at voxel `start` of another one. */
function shifted(affine: Affine, start: Shape3): Affine {
  return affine.map((value, at) => {
    if (at % 4 !== 3 || at === 15) return value;
    const row = at - 3;
    return start.reduce((sum, step, axis) => sum + (affine[row + axis] ?? 0) * step, value);
  });
}
