/** Findings of the quality checks (`core/quality`): what is wrong with a scan, or odd in its cohort. */
import { error, warning } from './error-entry.ts';

export const QUALITY_ERRORS = {
  QUALITY_NOT_NUMBERS: error(
    'Some voxels hold no number.',
    'Make the volume again; a network that sees one of them learns nothing more.',
  ),
  QUALITY_CONSTANT: error(
    'All voxels hold the same value.',
    'Leave the scan out, or make it again: there is nothing in it.',
  ),
  QUALITY_UNLIKE: error(
    'The scan does not look like the template.',
    'Look at it: another contrast, a failed registration or another part of the body.',
  ),
  QUALITY_ORIENTATION: error(
    'Turned another way the scan fits the template better.',
    'Look at it: its orientation is wrong, or part of it is missing.',
  ),
  QUALITY_FIELD_OF_VIEW: warning(
    'Part of the brain lies outside of the scan.',
    'Look at the edges; leave the scan out if tissue is cut off.',
  ),
  QUALITY_OFF_CENTRE: warning(
    'The brain does not lie where the template has it.',
    'Look at it: it is shifted, cut off, or was not registered.',
  ),
  QUALITY_OVERLAP: warning(
    'The outline of the brain differs from that of the template.',
    'Look at it: part is missing, or something else was kept.',
  ),
  QUALITY_NOISE: warning(
    'The scan is noisy.',
    'Look at it; leave it out if tissues cannot be told apart.',
  ),
  QUALITY_EMPTY_SLICES: warning(
    'Slices between others are empty.',
    'Look at them: the acquisition or the conversion lost data.',
  ),
  QUALITY_CLIPPED: warning(
    'Many voxels share the largest value: intensities are clipped.',
    'Convert the scan again from its source, without limiting its range.',
  ),
  QUALITY_SHAPE: warning(
    'The scan has another number of voxels than the rest of the cohort.',
    'Check its acquisition; a network takes volumes of one shape.',
  ),
  QUALITY_SPACING: warning(
    'The voxels of the scan have another size than those of the cohort.',
    'Check its acquisition and its header.',
  ),
  QUALITY_BRAIN_SIZE: warning(
    'The brain is much larger or smaller than the others of the cohort.',
    'Look at it: the skull may have been kept, or tissue lost.',
  ),
  QUALITY_DUPLICATE: error(
    'The same voxels stand under another name.',
    'Find out whose scan it is, and leave the other out.',
  ),
  QUALITY_MASK: error(
    'The mask does not fit the volume.',
    'Give a mask on the grid of the images.',
  ),
  QUALITY_NO_WEIGHTS: error(
    'Scoring by a network is not there yet: its weights cannot be used.',
    'Leave --network out: the scan is then scored by its likeness to the template.',
  ),
} as const;
