import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeExtraction, type Extraction, type ModeOptions } from './extraction.ts';
import { indexCaps } from './index.ts';
import type { Preprocessing } from './patterns.ts';
import { sourcesOf } from './sources.ts';
import { tensorPath } from './tensor-names.ts';
import { namesTree } from './testing/names-tree.ts';

const CUSTOM: Preprocessing = { pipeline: 'custom', suffix: 'desc-Crop_res-3x3x3_T1w.nii.gz' };
const SOURCE = 'subjects/sub-1/ses-1/custom/sub-1_ses-1_space-X_desc-Crop_res-3x3x3_T1w.nii.gz';
const MODES: Record<string, ModeOptions> = {
  patch: { mode: 'patch', patchSize: 34, strideSize: 22 },
  slice: { mode: 'slice', direction: 2, channels: 'single', discarded: [10, 12] },
  roi: {
    ...{ mode: 'roi', regions: ['left', 'right'], uncropped: false },
    ...{ customTemplate: 'X', customMaskPattern: '' },
  },
};
const mask = (region: string) => `masks/tpl-X/tpl-X_res-1x1x1_roi-${region}_mask.nii.gz`;

function partsOf(extraction: Extraction, count: number, source = SOURCE): string[] {
  const regions = extraction.mode === 'roi' ? extraction.regions : [];
  return Array.from({ length: count }, (_, index) =>
    tensorPath(source, extraction, index, mask(regions[index] ?? '')),
  );
}

async function sourcesIn(extraction: Extraction, paths: readonly string[]) {
  return sourcesOf(await indexCaps(namesTree(...paths, 'subjects/sub-2/ses-1/x.mat')), extraction, [
    { participant: 'sub-1', session: 'ses-1' },
  ]);
}

describe.each(Object.entries(MODES))('saved parts of mode %s', (mode, options) => {
  const extraction = makeExtraction(CUSTOM, options, mode);
  const count = mode === 'roi' ? 2 : 12;
  const parts = partsOf(extraction, count);

  test('stand in for a volume that is not there, in their order', async () => {
    const found = await sourcesIn(extraction, [...parts].reverse());
    expect(found.parts.get('sub-1/ses-1')).toEqual(parts);
    expect([found.missing, found.problems, [...found.paths]]).toEqual([[], [], []]);
  });

  test('are not needed where the volume is', async () => {
    const found = await sourcesIn(extraction, [...parts, SOURCE]);
    expect(found.paths.get('sub-1/ses-1')).toBe(SOURCE);
    expect(found.parts.size).toBe(0);
  });

  test('are useless when the first one is lacking', async () => {
    const found = await sourcesIn(extraction, parts.slice(1));
    expect(found.parts.size).toBe(0);
    expect(found.missing).toHaveLength(1);
    expect(found.problems).toMatchObject([{ code: 'CAPS_NO_VOLUME', participant: 'sub-1' }]);
  });

  test('are not those of another preprocessing', async () => {
    const other = makeExtraction({ pipeline: 't1-linear', uncropped: true }, options, mode);
    const found = await sourcesIn(extraction, partsOf(other, count));
    expect(found.parts.size).toBe(0);
  });
});

test('parts with a gap inside are useless', async () => {
  const extraction = makeExtraction(CUSTOM, MODES['patch'] as ModeOptions, 'patch');
  const parts = partsOf(extraction, 8);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 6 }), async (gap) => {
      const found = await sourcesIn(
        extraction,
        parts.filter((_, index) => index !== gap),
      );
      expect(found.parts.size).toBe(0);
    }),
  );
});

test.each([
  ['patches of another size', { mode: 'patch', patchSize: 33, strideSize: 22 }],
  ['patches of another stride', { mode: 'patch', patchSize: 34, strideSize: 2 }],
] as const)('%s do not count', async (_, options) => {
  const wanted = makeExtraction(CUSTOM, MODES['patch'] as ModeOptions, 'patch');
  const found = await sourcesIn(wanted, partsOf(makeExtraction(CUSTOM, options, 'x'), 8));
  expect(found.parts.size).toBe(0);
});

test('of two runs the parts of the last count', async () => {
  const extraction = makeExtraction(CUSTOM, MODES['patch'] as ModeOptions, 'patch');
  const runs = ['run-1', 'run-2'].map((run) =>
    partsOf(extraction, 3, SOURCE.replace('space-X', `${run}_space-X`)),
  );
  const found = await sourcesIn(extraction, runs.flat());
  expect(found.parts.get('sub-1/ses-1')).toEqual(runs[1]);
});

test('regions cut to their planes are not those of the whole shape', async () => {
  const cut = makeExtraction(CUSTOM, MODES['roi'] as ModeOptions, 'roi');
  const whole = { ...cut, uncropped: true } as Extraction;
  expect((await sourcesIn(whole, partsOf(cut, 2))).parts.size).toBe(0);
  expect((await sourcesIn(whole, partsOf(whole, 2))).parts.size).toBe(1);
});

test('regions of uncropped volumes are not taken, whose names are those of cropped ones', async () => {
  const options = MODES['roi'] as ModeOptions;
  const source = SOURCE.replace(
    'custom/sub-1_ses-1_space-X_desc-Crop_res-3x3x3_T1w',
    't1_linear/sub-1_ses-1_space-MNI152NLin2009cSym_desc-Crop_res-1x1x1_T1w',
  );
  const [cropped, uncropped] = [false, true].map((whole) =>
    makeExtraction({ pipeline: 't1-linear', uncropped: whole }, options, 'roi'),
  ) as [Extraction, Extraction];
  const parts = partsOf(cropped, 2, source);
  expect((await sourcesIn(cropped, parts)).parts.size).toBe(1);
  expect((await sourcesIn(uncropped, parts)).parts.size).toBe(0);
});
