/** Where ClinicaDL keeps the `.pt` tensor of an element, from the path of its volume. */
import { discardedSlices, type Extraction } from './extraction.ts';
import { tensorFolder } from './patterns.ts';

/** How names call the axis that is cut. */
export const SLICE_AXES = ['sag', 'cor', 'axi'] as const;

/** Ends of the names of volumes; an image tensor stands in for one that is gone. */
const VOLUME = /\.(nii(\.gz)?|pt)$/i;

/**
 * @param volumePath - below the CAPS root, `subjects/<participant>/<session>/...nii.gz` or `....pt`
 * @param index - of the element, as for `extractElement`
 * @param maskPath - of its region; needed in mode `roi` only
 * @returns path of the tensor below the CAPS root
 */
export function tensorPath(
  volumePath: string,
  extraction: Extraction,
  index: number,
  maskPath = '',
): string {
  const [subjects, participant, session, ...below] = volumePath.split('/');
  const folders = [`${extraction.mode}_based`, tensorFolder(extraction.preprocessing)].join('/');
  const name = tensorName(below[below.length - 1] ?? '', extraction, index, maskPath);
  return [subjects, participant, session, 'deeplearning_prepare_data', folders, name].join('/');
}

function tensorName(source: string, extraction: Extraction, index: number, mask: string): string {
  const cut = source.lastIndexOf('_');
  const prefix = source.slice(0, cut);
  const suffix = source.slice(cut).replace(VOLUME, '.pt');
  switch (extraction.mode) {
    case 'image':
      return source.replace(VOLUME, '.pt');
    case 'patch': {
      const { patchSize, strideSize } = extraction;
      return `${prefix}_patchsize-${patchSize}_stride-${strideSize}_patch-${index}${suffix}`;
    }
    case 'slice': {
      const position = discardedSlices(extraction.discarded)[0] + index;
      const axis = SLICE_AXES[extraction.direction];
      return `${prefix}_axis-${axis}_channel-${extraction.channels}_slice-${position}${suffix}`;
    }
    case 'roi':
      return roiName(source, mask, extraction.uncropped);
  }
}

/** `<sub>_<ses>[_T1w]_space-<template>[_<descriptors>]_roi-<name>_<suffix>.pt`. */
function roiName(source: string, maskPath: string, uncropped: boolean): string {
  const parts = source.split('_');
  const prefix = parts.slice(0, parts[2] === 'T1w' ? 3 : 2).join('_');
  const suffix = (parts[parts.length - 1] ?? '').split('.')[0] ?? '';
  const mask = maskPath.slice(maskPath.lastIndexOf('/') + 1).split('_');
  const template = mask[0]?.split('-')[1] ?? '';
  const region = mask[mask.length - 2]?.split('-')[1] ?? '';
  const descriptors = mask.slice(1, -2);
  const others = descriptors.filter((descriptor) => descriptor !== 'desc-Crop');
  const isCropped = others.length < descriptors.length;
  const description = uncropped ? (isCropped ? ['desc-CropImage'] : []) : ['desc-CropRoi'];
  const middle = [`space-${template}`, ...description, ...others, `roi-${region}`].join('_');
  return `${prefix}_${middle}_${suffix}.pt`;
}
