/** What of a scan the network sees, as a short text: `patch:50:25`, `slice:0:rgb:20,20`, `roi:hippocampus`. */
import type { ModeOptions } from '../../jobs/session-api.ts';

export function modeText(mode: ModeOptions): string {
  switch (mode.mode) {
    case 'image':
      return 'image';
    case 'patch':
      return `patch:${mode.patchSize}:${mode.strideSize}`;
    case 'slice':
      return `slice:${mode.direction}:${mode.channels}:${mode.discarded.join(',')}`;
    case 'roi':
      return `roi:${mode.regions.join(',')}${mode.uncropped ? ':uncropped' : ''}`;
  }
}

export const MODE_EXPECTED =
  'mode: image, patch:SIZE:STRIDE, slice:DIRECTION:rgb or single:DISCARDED, or roi:NAMES';

/** @returns undefined for what `modeText` would not write */
export function readMode(text: string): ModeOptions | undefined {
  const [mode = '', ...parts] = text.split(':');
  const [first = '', second = '', third = ''] = parts;
  if (mode === 'image' && parts.length === 0) return { mode };
  if (mode === 'patch' && parts.length === 2) {
    const [patchSize, strideSize] = [whole(first, 1, 512), whole(second, 1, 512)];
    if (patchSize !== undefined && strideSize !== undefined) return { mode, patchSize, strideSize };
  }
  if (mode === 'slice' && parts.length === 3) {
    const direction = ([0, 1, 2] as const).find((axis) => String(axis) === first);
    const channels = (['rgb', 'single'] as const).find((name) => name === second);
    const discarded = third.split(',').flatMap((one) => whole(one, 0, 512) ?? []);
    const isWhole = discarded.length === third.split(',').length && discarded.length <= 2;
    if (direction !== undefined && channels !== undefined && isWhole) {
      return { mode, direction, channels, discarded };
    }
  }
  if (mode === 'roi' && (parts.length === 1 || (parts.length === 2 && second === 'uncropped'))) {
    const regions = first.split(',');
    if (regions.length <= 100 && regions.every((name) => /^[A-Za-z0-9.+-]{1,100}$/.test(name))) {
      const custom = { customTemplate: '', customMaskPattern: '' };
      return { mode, regions, uncropped: second === 'uncropped', ...custom };
    }
  }
  return undefined;
}

function whole(text: string, min: number, max: number): number | undefined {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  return value >= min && value <= max ? value : undefined;
}
