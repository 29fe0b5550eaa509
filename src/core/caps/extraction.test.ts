import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MemoryTree } from '../files/memory-tree.ts';
import {
  extractionJson,
  listExtractions,
  loadExtraction,
  saveExtraction,
} from './extraction-file.ts';
import { discardedSlices, makeExtraction, readExtraction } from './extraction.ts';
import type { Preprocessing } from './patterns.ts';
import { SYNTHETIC } from './testing/folder.ts';

const read = (record: unknown) => readExtraction(record, 'x.json');
const CUSTOM = { preprocessing: 'custom', custom_suffix: 'T1w.nii.gz' };
const KEYS = '"use_uncropped_image": null, "prepare_dl": false, "custom_suffix": "T1w.nii.gz"';
const TYPE = '"file_type": {"pattern": "*T1w.nii.gz", "description": "Custom suffix"}';

describe('printing', () => {
  test('gives the bytes of the reference', () => {
    const text = readFileSync(`${SYNTHETIC}/caps/tensor_extraction/image.json`, 'utf8');
    const made = makeExtraction(
      { pipeline: 't1-linear', uncropped: false },
      { mode: 'image' },
      'image',
    );
    expect(extractionJson(made)).toBe(text);
    expect(extractionJson(read(JSON.parse(text)))).toBe(text);
  });

  test.each([
    [
      'patch',
      '"patch_size": 34, "stride_size": 22',
      { mode: 'patch', patchSize: 34, strideSize: 22 },
    ],
    [
      'slice',
      '"slice_direction": 2, "slice_mode": "single", "discarded_slices": [10, 12]',
      { mode: 'slice', direction: 2, channels: 'single', discarded: [10, 12] },
    ],
    [
      'roi',
      '"roi_list": ["left"], "uncropped_roi": false, ' +
        '"roi_custom_template": "MNI", "roi_custom_mask_pattern": ""',
      {
        mode: 'roi',
        regions: ['left'],
        uncropped: false,
        customTemplate: 'MNI',
        customMaskPattern: '',
      },
    ],
  ] as const)('has the keys of mode %s in their order', (mode, keys, options) => {
    const made = makeExtraction({ pipeline: 'custom', suffix: 'T1w.nii.gz' }, options, 'e.json');
    const text =
      `{"preprocessing": "custom", "mode": "${mode}", ${KEYS}, ` +
      `"extract_json": "e.json", ${keys}, ${TYPE}}`;
    expect(extractionJson(made)).toBe(text);
    expect(read(JSON.parse(text))).toEqual(made);
  });

  test('has tracer and region of PET before the name', () => {
    const pet = {
      pipeline: 'pet-linear',
      uncropped: true,
      tracer: '18FFDG',
      region: 'pons',
    } as const;
    const text = extractionJson(makeExtraction(pet, { mode: 'image' }, 'pet'));
    expect(text).toContain('"tracer": "18FFDG", "suvr_reference_region": "pons", "extract_json"');
    expect(read(JSON.parse(text)).preprocessing).toEqual(pet);
  });

  test.each<[Preprocessing, string]>([
    [
      { pipeline: 't2-linear', uncropped: true },
      '"use_uncropped_image": true, "prepare_dl": false, ',
    ],
    [{ pipeline: 't1-extensive' }, '"use_uncropped_image": false, "prepare_dl": false, '],
    [
      { pipeline: 'dwi-dti', space: 'normalized', measure: 'RD' },
      '"prepare_dl": false, "dti_space": "normalized", "dti_measure": "RD", ',
    ],
    [
      {
        ...{ pipeline: 'pet-linear', uncropped: false, tracer: '11CPIB', region: 'pons' },
        reconstruction: 'coregiso',
      },
      '"tracer": "11CPIB", "suvr_reference_region": "pons", "reconstruction": "coregiso", ',
    ],
    [{ pipeline: 'pet', tracer: '18FFDG' }, '"prepare_dl": false, "tracer": "18FFDG", '],
    [{ pipeline: 't1' }, '"preprocessing": "t1", '],
  ])('has the keys of %j and reads them back', (preprocessing, keys) => {
    const made = makeExtraction(preprocessing, { mode: 'image' }, 'x');
    const text = extractionJson(made);
    expect(text).toContain(`${keys}`);
    expect(read(JSON.parse(text))).toEqual(made);
  });

  test('calls volumes of a group custom, as 1.6.1 knows them, and knows them again', () => {
    const volume: Preprocessing = {
      pipeline: 't1-volume',
      ...{ tissue: 'graymatter', modulated: true, group: 'ADNIbl', fwhm: 8 },
    };
    const text = extractionJson(makeExtraction(volume, { mode: 'image' }, 'x'));
    const suffix =
      'group-ADNIbl/*_segm-graymatter_space-Ixi549Space_modulated-on_fwhm-8mm_probability.nii.gz';
    expect(JSON.parse(text)).toMatchObject({
      ...{ preprocessing: 'custom', use_uncropped_image: null, custom_suffix: suffix },
      file_type: { pattern: `*${suffix}`, description: 'Custom suffix' },
    });
    expect(read(JSON.parse(text)).preprocessing).toEqual(volume);
  });

  test('says when parts were written to files', () => {
    const custom = { pipeline: 'custom', suffix: 'T1w.nii.gz' } as const;
    const made = makeExtraction(custom, { mode: 'patch', patchSize: 3, strideSize: 3 }, 'x', true);
    expect(extractionJson(made)).toContain('"prepare_dl": true');
    expect(read(JSON.parse(extractionJson(made)))).toEqual(made);
  });

  test('gives keys back that it does not need', () => {
    const text =
      `{"preprocessing": "custom", "mode": "image", ${KEYS}, ` +
      `"extract_json": "e.json", ${TYPE}, "roi_background_value": 0, "masks_location": "x"}`;
    expect(extractionJson(read(JSON.parse(text)))).toBe(text);
  });
});

describe('reading', () => {
  test('completes a JSON of an earlier version', () => {
    const old = read({
      preprocessing: 't1-linear',
      mode: 'slice',
      slice_direction: 0,
      discarded_slices: 20,
    });
    expect(old).toMatchObject({
      preprocessing: { pipeline: 't1-linear', uncropped: false },
      savedFeatures: false,
      channels: 'rgb',
      fileType: { pattern: '*space-MNI152NLin2009cSym_desc-Crop_res-1x1x1_T1w.nii.gz' },
    });
    expect(discardedSlices(old.mode === 'slice' ? old.discarded : [])).toEqual([20, 20]);
  });

  test.each([
    ['preprocessing', { ...CUSTOM, preprocessing: 't1-freesurfer', mode: 'image' }],
    ['dti_space', { preprocessing: 'dwi-dti', mode: 'image', dti_measure: 'FA' }],
    [
      'dti_measure',
      { preprocessing: 'dwi-dti', mode: 'image', dti_space: 'native', dti_measure: 'X' },
    ],
    ['mode', { ...CUSTOM, mode: 'voxel' }],
    ['custom_suffix', { preprocessing: 'custom', mode: 'image' }],
    ['tracer', { preprocessing: 'pet-linear', mode: 'image', suvr_reference_region: 'pons' }],
    ['patch_size', { ...CUSTOM, mode: 'patch', patch_size: 0, stride_size: 2 }],
    ['stride_size', { ...CUSTOM, mode: 'patch', patch_size: 2 }],
    ['slice_direction', { ...CUSTOM, mode: 'slice', slice_direction: 3, discarded_slices: 0 }],
    [
      'discarded_slices',
      { ...CUSTOM, mode: 'slice', slice_direction: 0, discarded_slices: [1, 2, 3] },
    ],
    ['roi_list', { ...CUSTOM, mode: 'roi', roi_list: [] }],
    ['roi_list.0', { ...CUSTOM, mode: 'roi', roi_list: ['../x'] }],
    ['the file', 3],
  ])('names %s when it is wrong', (key, record) => {
    expect(() => read(record)).toThrow(new RegExp(`EXTRACTION_JSON.*x\\.json.*${key}`));
  });
});

test('a CAPS keeps its extractions by name, and never writes over one', async () => {
  const caps = new MemoryTree('caps', { 'tensor_extraction/old/x.json': '{}' });
  const made = makeExtraction({ pipeline: 'custom', suffix: 'T1w.nii.gz' }, { mode: 'image' }, 'a');
  await saveExtraction(caps, made);
  expect(await loadExtraction(caps, 'a')).toEqual(made);
  expect(await listExtractions(caps)).toEqual(['a.json']);
  await expect(saveExtraction(caps, made)).rejects.toMatchObject({ code: 'EXTRACTION_EXISTS' });
  await expect(loadExtraction(caps, 'b')).rejects.toThrow(/FILE_NOT_FOUND.*b\.json.*a\.json/);
});
