/**
 * How an element comes out of a file that holds it alone: a patch, slice or region that
 * `prepare-data --save_features` wrote is a small volume, of which all is taken. Holes, intensities
 * and channels are treated as those of an element cut from its volume, so the numbers are the same.
 */
import { elementShape } from '../../core/caps/extract.ts';
import type { ModeOptions } from '../../core/caps/extraction.ts';
import type { Shape3 } from '../../core/volume.ts';
import { makeRecipe, type Recipe } from './recipe.ts';

/** @param shape - of the file's volume: A x B x 1 for a slice */
export function pieceRecipe(extraction: ModeOptions, shape: Shape3, normalize: boolean): Recipe {
  return makeRecipe({ extraction: wholeOf(extraction), masks: [], volumeShape: shape, normalize });
}

/** @returns the shape of an element, channels first, that a file of this shape holds. */
export function pieceSize(extraction: ModeOptions, shape: Shape3): readonly number[] {
  if (extraction.mode === 'image') return elementShape(shape, extraction);
  if (extraction.mode !== 'slice') return [1, ...shape];
  return [extraction.channels === 'rgb' ? 3 : 1, shape[0], shape[1]];
}

function wholeOf(extraction: ModeOptions): ModeOptions {
  if (extraction.mode === 'image') return extraction;
  if (extraction.mode !== 'slice') return { mode: 'image' };
  return { mode: 'slice', direction: 2, channels: extraction.channels, discarded: [0, 0] };
}
