/**
 * Outputs of Clinica's SPM pipelines, `t1-volume` and `pet-volume`, by group
 * (https://aramislab.paris.inria.fr/clinica/docs, "CAPS"). ClinicaDL 1.6.1 knows them as custom
 * volumes alone, so that is what a preprocessing JSON calls them: their suffix then names the folder
 * of the group too, since two groups give files of the same name.
 */

export const TISSUES = [
  'graymatter',
  'whitematter',
  'csf',
  'bone',
  'softtissue',
  'background',
] as const;
export type Tissue = (typeof TISSUES)[number];

/** Probability maps of a tissue in the space of SPM's template. */
export interface T1Volume {
  readonly pipeline: 't1-volume';
  readonly tissue: Tissue;
  /** Whether volumes are kept where the deformation stretches (`modulated-on`). */
  readonly modulated: boolean;
  /** Registered to the DARTEL template of a group; without it, to SPM's own. */
  readonly group?: string;
  /** Width of the smoothing in millimetres; groups alone have smoothed maps. */
  readonly fwhm?: number;
}

export interface PetVolume {
  readonly pipeline: 'pet-volume';
  readonly group: string;
  /** Reference region of the SUVR. */
  readonly region: string;
  readonly tracer?: string;
  /** Corrected for partial volume (`pvc-rbv`). */
  readonly pvc: boolean;
  /** Brain only (`mask-brain`). */
  readonly masked: boolean;
  readonly fwhm?: number;
}

export type SpmVolume = T1Volume | PetVolume;

const SPACE = '_?space-Ixi549Space';
const T1_NAME =
  `_segm-(${TISSUES.join('|')})${SPACE}_modulated-(on|off)` +
  '(?:_fwhm-(\\d{1,3})mm)?_probability\\.nii\\.gz$';
const PET_NAME =
  `${SPACE}(_pvc-rbv)?_suvr-([A-Za-z0-9]+)(_mask-brain)?` +
  '(?:_fwhm-(\\d{1,3})mm)?_pet\\.nii\\.gz$';
const T1_SUFFIX = new RegExp(`^(?:normalized_space|group-([A-Za-z0-9]+))/\\*${T1_NAME}`);
const PET_SUFFIX = new RegExp(`^group-([A-Za-z0-9]+)/\\*(?:_trc-([A-Za-z0-9]+)_\\*)?${PET_NAME}`);
const T1_PATH = new RegExp(
  `(?:^|/)t1/spm/(?:segmentation/normalized_space|dartel/group-([A-Za-z0-9]+))/[^/]*${T1_NAME}`,
);
const PET_PATH = new RegExp(
  `(?:^|/)pet/preprocessing/group-([A-Za-z0-9]+)/[^/]*?(?:_trc-([A-Za-z0-9]+)_[^/]*)?${PET_NAME}`,
);

/** @returns the suffix that stands for these volumes in a preprocessing JSON. */
export function spmSuffix(volume: SpmVolume): string {
  const smoothed = volume.fwhm === undefined ? '' : `_fwhm-${volume.fwhm}mm`;
  if (volume.pipeline === 't1-volume') {
    const folder = volume.group === undefined ? 'normalized_space' : `group-${volume.group}`;
    const modulated = volume.modulated ? 'on' : 'off';
    const name = `*_segm-${volume.tissue}_space-Ixi549Space_modulated-${modulated}${smoothed}`;
    return `${folder}/${name}_probability.nii.gz`;
  }
  const { group, region, tracer, pvc, masked } = volume;
  const scan = tracer === undefined ? '*_space' : `*_trc-${tracer}_*space`;
  const name = `${scan}-Ixi549Space${pvc ? '_pvc-rbv' : ''}_suvr-${region}`;
  return `group-${group}/${name}${masked ? '_mask-brain' : ''}${smoothed}_pet.nii.gz`;
}

/** @returns the volumes that a custom suffix made by `spmSuffix` stands for; undefined for others. */
export function parseSpmSuffix(suffix: string): SpmVolume | undefined {
  return t1Of(T1_SUFFIX.exec(suffix)) ?? petOf(PET_SUFFIX.exec(suffix));
}

/** @param path - of a file below its session's folder */
export function recogniseSpm(path: string): SpmVolume | undefined {
  return t1Of(T1_PATH.exec(path)) ?? petOf(PET_PATH.exec(path));
}

/** @returns in words, such as `t1-volume group-AD graymatter modulated-on fwhm-8mm`. */
export function spmId(volume: SpmVolume): string {
  const smoothed = volume.fwhm === undefined ? [] : [`fwhm-${volume.fwhm}mm`];
  const group = volume.group === undefined ? [] : [`group-${volume.group}`];
  if (volume.pipeline === 't1-volume') {
    const modulated = `modulated-${volume.modulated ? 'on' : 'off'}`;
    return ['t1-volume', ...group, volume.tissue, modulated, ...smoothed].join(' ');
  }
  const { region, tracer, pvc, masked } = volume;
  const options = [
    ...(tracer === undefined ? [] : [tracer]),
    ...[region, ...(pvc ? ['pvc-rbv'] : []), ...(masked ? ['mask-brain'] : [])],
  ];
  return ['pet-volume', ...group, ...options, ...smoothed].join(' ');
}

function t1Of(parts: RegExpExecArray | null): T1Volume | undefined {
  if (parts === null) return undefined;
  const [, group, tissue, modulated, fwhm] = parts;
  return {
    pipeline: 't1-volume',
    tissue: tissue as Tissue,
    modulated: modulated === 'on',
    ...(group === undefined ? {} : { group }),
    ...(fwhm === undefined ? {} : { fwhm: Number(fwhm) }),
  };
}

function petOf(parts: RegExpExecArray | null): PetVolume | undefined {
  if (parts === null) return undefined;
  const [, group = '', tracer, pvc, region = '', masked, fwhm] = parts;
  return {
    ...{ pipeline: 'pet-volume', group, region },
    ...(tracer === undefined ? {} : { tracer }),
    ...{ pvc: pvc !== undefined, masked: masked !== undefined },
    ...(fwhm === undefined ? {} : { fwhm: Number(fwhm) }),
  };
}
