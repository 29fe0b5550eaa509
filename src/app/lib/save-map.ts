/** What of a map is kept: the figure as PNG, the map as .nii.gz. Loaded when it is asked for. */
import { memoryFile } from '../../core/files/memory-tree.ts';
import { gzipBytes } from '../../core/nifti/gunzip.ts';
import { readVolume } from '../../core/nifti/read.ts';
import type { Volume } from '../../core/volume.ts';
import { drawFigure, type FigureOptions } from './map-figure.ts';
import { saveBlob } from './save.ts';
import type { Bytes } from './viewer.ts';

const volumeOf = async (bytes: Bytes): Promise<Volume> =>
  (await readVolume(memoryFile('volume.nii', bytes))).volume;

/** @param scan - complete .nii files, as an explanation has them */
export async function figureOf(
  scan: Bytes,
  map: Bytes,
  options: Omit<FigureOptions, 'scan' | 'map'>,
): Promise<Blob> {
  const canvas = drawFigure({ ...options, scan: await volumeOf(scan), map: await volumeOf(map) });
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => {
      if (blob === null) reject(new Error('the canvas gave no picture'));
      else resolve(blob);
    }, 'image/png'),
  );
}

export async function saveFigure(name: string, ...of: Parameters<typeof figureOf>): Promise<void> {
  saveBlob(name, await figureOf(...of));
}

export async function saveNifti(name: string, map: Bytes): Promise<void> {
  saveBlob(name, new Blob([await gzipBytes(map)], { type: 'application/gzip' }));
}
