import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileGlob } from './glob.ts';
import {
  parseSpmSuffix,
  recogniseSpm,
  spmId,
  spmSuffix,
  TISSUES,
  type SpmVolume,
} from './spm-volumes.ts';

const word = fc.stringMatching(/^[A-Za-z0-9]{1,8}$/);
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const fwhm = maybe(fc.integer({ min: 1, max: 20 }));

const t1 = fc
  .record({
    tissue: fc.constantFrom(...TISSUES),
    ...{ modulated: fc.boolean(), group: maybe(word), fwhm },
  })
  .map(({ group, fwhm, ...rest }) => ({
    ...{ pipeline: 't1-volume' as const, ...rest },
    ...(group === undefined ? {} : { group, ...(fwhm === undefined ? {} : { fwhm }) }),
  }));
const pet = fc
  .record({
    ...{ group: word, region: word, tracer: maybe(word) },
    ...{ pvc: fc.boolean(), masked: fc.boolean(), fwhm },
  })
  .map(({ tracer, fwhm, ...rest }) => ({
    ...{ pipeline: 'pet-volume' as const, ...rest },
    ...(tracer === undefined ? {} : { tracer }),
    ...(fwhm === undefined ? {} : { fwhm }),
  }));
const volume: fc.Arbitrary<SpmVolume> = fc.oneof(t1, pet);

/** As Clinica names the file. */
function clinicaPath(of: SpmVolume): string {
  const smoothed = of.fwhm === undefined ? '' : `_fwhm-${of.fwhm}mm`;
  if (of.pipeline === 't1-volume') {
    const folder =
      of.group === undefined ? 'segmentation/normalized_space' : `dartel/group-${of.group}`;
    const words = `segm-${of.tissue}_space-Ixi549Space_modulated-${of.modulated ? 'on' : 'off'}`;
    return `t1/spm/${folder}/sub-1_ses-1_T1w_${words}${smoothed}_probability.nii.gz`;
  }
  const tracer = of.tracer === undefined ? '' : `_trc-${of.tracer}_pet`;
  const words = `${of.pvc ? '_pvc-rbv' : ''}_suvr-${of.region}${of.masked ? '_mask-brain' : ''}`;
  return `pet/preprocessing/group-${of.group}/sub-1_ses-1${tracer}_space-Ixi549Space${words}${smoothed}_pet.nii.gz`;
}

test('the suffix of a volume finds its file and says what it is', () => {
  fc.assert(
    fc.property(volume, (of) => {
      expect(parseSpmSuffix(spmSuffix(of))).toEqual(of);
      expect(compileGlob(`*${spmSuffix(of)}`)(clinicaPath(of))).toBe(true);
    }),
  );
});

test('a file says what it is by its path', () => {
  fc.assert(
    fc.property(volume, (of) => {
      expect(recogniseSpm(clinicaPath(of))).toEqual(of);
    }),
  );
});

test('two volumes have the same words only when they are the same', () => {
  fc.assert(
    fc.property(volume, volume, (one, other) => {
      expect(spmId(one) === spmId(other)).toBe(spmSuffix(one) === spmSuffix(other));
    }),
  );
});

test.each(['T1w.nii.gz', 'group-A/*_T1w.nii.gz', 'group-A/*_segm-skull_probability.nii.gz', ''])(
  'the suffix "%s" is an ordinary one',
  (suffix) => expect(parseSpmSuffix(suffix)).toBeUndefined(),
);
