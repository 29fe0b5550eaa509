/**
 * Where the synthetic sets differ from the scans they are made of. ClinicaDL 1.6.1 downloads masks
 * (AAL2 for `trivial`, hypometabolism by pathology); these ellipsoids stand in for them, with centres
 * that we chose in MNI space from what the papers below describe in words and figures. Masks of one's
 * own, ClinicaDL's among them, can be opened instead (`--mask_path`).
 *
 * AD: posterior cingulate, angular and inferior temporal gyri (Landau et al., Neurobiol Aging 2011,
 * 32:1207-1218). bvFTD: medial and lateral frontal, anterior temporal (Rascovsky et al., Brain 2011,
 * 134:2456-2477). The three primary progressive aphasias: Gorno-Tempini et al., Neurology 2011,
 * 76:1006-1014. PCA: occipital and parieto-occipital (Crutch et al., Alzheimers Dement 2017,
 * 13:870-884). The hippocampus lies as in core/sample/regions.ts.
 */
import { bothSides, type Region } from './ellipsoids.ts';

/** Around amygdala, hippocampus and parahippocampal gyrus of the left side. */
const LEFT_MEDIAL_TEMPORAL: Region = { centre: [-27, -18, -16], halves: [14, 26, 15] };
const RIGHT_MEDIAL_TEMPORAL: Region = { ...LEFT_MEDIAL_TEMPORAL, centre: [27, -18, -16] };

/** By label code: AD (0) loses the left one, CN (1) the right one. */
export const TRIVIAL_REGIONS: readonly (readonly Region[])[] = [
  [LEFT_MEDIAL_TEMPORAL],
  [RIGHT_MEDIAL_TEMPORAL],
];

export const PATHOLOGIES = ['ad', 'bvftd', 'lvppa', 'nfvppa', 'pca', 'svppa'] as const;

export type Pathology = (typeof PATHOLOGIES)[number];

export const PATHOLOGY_REGIONS: Readonly<Record<Pathology, readonly Region[]>> = {
  ad: [
    // Posterior cingulate and precuneus.
    { centre: [0, -52, 28], halves: [12, 18, 18] },
    // Angular gyri.
    ...bothSides({ centre: [-46, -62, 34], halves: [14, 16, 16] }),
    // Inferior temporal gyri.
    ...bothSides({ centre: [-56, -42, -16], halves: [12, 18, 10] }),
  ],
  bvftd: [
    // Medial prefrontal and anterior cingulate.
    { centre: [0, 46, 12], halves: [14, 20, 26] },
    // Dorsolateral prefrontal.
    ...bothSides({ centre: [-38, 36, 24], halves: [14, 20, 18] }),
    // Orbitofrontal and anterior insula.
    ...bothSides({ centre: [-34, 20, -8], halves: [12, 16, 12] }),
    // Temporal poles.
    ...bothSides({ centre: [-40, 12, -32], halves: [12, 12, 12] }),
  ],
  lvppa: [
    // Left posterior superior and middle temporal.
    { centre: [-56, -40, 8], halves: [14, 20, 14] },
    // Left supramarginal and angular.
    { centre: [-50, -50, 36], halves: [14, 18, 16] },
    // Left posterior cingulate.
    { centre: [-7, -50, 28], halves: [8, 14, 14] },
  ],
  nfvppa: [
    // Left inferior frontal.
    { centre: [-48, 18, 12], halves: [14, 16, 16] },
    // Left anterior insula.
    { centre: [-36, 14, 0], halves: [10, 14, 12] },
    // Left premotor and supplementary motor.
    { centre: [-40, 4, 44], halves: [14, 14, 14] },
    { centre: [-6, 10, 54], halves: [8, 14, 12] },
  ],
  pca: [
    // Occipital.
    ...bothSides({ centre: [-20, -86, 6], halves: [20, 16, 22] }),
    // Parieto-occipital.
    ...bothSides({ centre: [-28, -72, 38], halves: [16, 16, 18] }),
    // Occipito-temporal.
    ...bothSides({ centre: [-46, -62, 0], halves: [12, 14, 12] }),
  ],
  svppa: [
    // Temporal poles, the left one more.
    { centre: [-42, 8, -30], halves: [14, 18, 16] },
    { centre: [42, 8, -30], halves: [12, 14, 14] },
    // Left fusiform and inferior temporal.
    { centre: [-38, -20, -28], halves: [12, 20, 10] },
  ],
};
