/**
 * `generate shepplogan`: phantoms as slices of a custom modality. 1.6.1 writes a tensor a participant
 * and a text file in the place of the volume; here a volume of one plane stands there, so that every
 * viewer and every loader finds the same pixels.
 */
import { extractionPath } from '../../core/caps/extraction-file.ts';
import { extractionRecord, makeExtraction } from '../../core/caps/extraction.ts';
import { IDENTITY, tensorBytes } from '../../core/caps/tensor-files.ts';
import { tensorPath } from '../../core/caps/tensor-names.ts';
import { pythonJson } from '../../core/config/python-json.ts';
import { CapsuleError } from '../../core/errors.ts';
import { SESSION, volumeStem } from '../../core/generate/names.ts';
import { LEAST_SIZE, sheppLogan, SUBTYPES, type Subtype } from '../../core/generate/shepp-logan.ts';
import { stream } from '../../core/random/philox.ts';
import type { SessionKey } from '../../core/tsv/sessions.ts';
import type { GenerationPlan } from './plan.ts';
import { SUBJECTS } from './sources.ts';

export interface SheppLoganSet {
  readonly kind: 'shepplogan';
  /** Of each class. */
  readonly subjects?: number | undefined;
  /** Name of the preprocessing JSON. */
  readonly extractJson: string;
  /** Pixels along both axes. */
  readonly size: number;
  /** Shares of subtypes 0, 1 and 2 among AD and among CN; each sums to 1. */
  readonly subtypes: { readonly AD: readonly number[]; readonly CN: readonly number[] };
  readonly smoothing: boolean;
}

/** By label code. */
const LABELS = ['AD', 'CN'] as const;
const FOLDER = 'shepplogan';
const REST = 'space-SheppLogan_phantom';

interface Phantom extends SessionKey {
  readonly diagnosis: string;
  readonly subtype: Subtype;
}

/** @throws CONFIG_VALUE for a size that is too small, shares that are none */
export function planSheppLogan(set: SheppLoganSet, seed: number): GenerationPlan {
  const { size, smoothing, subjects = SUBJECTS } = set;
  if (size < LEAST_SIZE) {
    throw new CapsuleError('CONFIG_VALUE', {
      expected: `"image_size" to be ${LEAST_SIZE} or more`,
      found: String(size),
    });
  }
  const people = LABELS.flatMap((diagnosis, code) =>
    subtypesOf(set.subtypes[diagnosis], subjects, diagnosis).map((subtype, at): Phantom => {
      const participant = `sub-CLNC${code}${String(at).padStart(4, '0')}`;
      return { participant, session: SESSION, diagnosis, subtype };
    }),
  );
  const extraction = makeExtraction(
    { pipeline: 'custom', suffix: `${REST}.nii.gz` },
    { mode: 'slice', direction: 2, channels: 'single', discarded: [0] },
    ...([set.extractJson, true] as const),
  );
  const record = {
    ...extractionRecord(extraction),
    use_uncropped_image: false,
    discarded_slices: 0,
    num_slices: 1,
  };
  return {
    ...{ count: people.length, sessions: people },
    table: {
      columns: ['participant_id', 'session_id', 'diagnosis', 'subtype'],
      rows: people.map(({ participant, session, diagnosis, subtype }) => [
        ...[participant, session, diagnosis, String(subtype)],
      ]),
    },
    others: new Map([[extractionPath(extraction.name), pythonJson(record)]]),
    make(at) {
      const { participant, session, subtype } = people[at] as Phantom;
      const random = stream(seed, 'generate shepplogan', at);
      const { image, mask, change } = sheppLogan({ size, subtype, smoothing }, random);
      const stem = volumeStem({ participant, session }, FOLDER, REST);
      const path = tensorPath(`${stem}.nii.gz`, extraction, 0);
      const name = path.slice(path.lastIndexOf('/') + 1, -'.pt'.length);
      const bytes = tensorBytes({ data: image, shape: [1, size, size] }, name);
      return Promise.resolve({
        ...{ participant, session, stem, rest: REST, mask, change, tensor: { path, bytes } },
        volume: { data: image, shape: [size, size, 1], affine: IDENTITY },
      });
    },
  };
}

/** As many of each subtype as its share says, the largest remainders rounded up; in their order. */
function subtypesOf(shares: readonly number[], count: number, of: string): Subtype[] {
  const sum = shares.reduce((total, share) => total + share, 0);
  const isShares = shares.length === SUBTYPES.length && shares.every((share) => share >= 0);
  if (!isShares || Math.abs(sum - 1) > 1e-6) {
    throw new CapsuleError('CONFIG_VALUE', {
      expected: `"${of.toLowerCase()}_subtypes_distribution" to be three shares that sum to 1`,
      found: shares.join(', '),
    });
  }
  const exact = shares.map((share) => share * count);
  const counts = exact.map(Math.floor);
  const left = count - counts.reduce((total, whole) => total + whole, 0);
  const byRemainder = [...SUBTYPES].sort((a, b) => remainder(exact[b]) - remainder(exact[a]));
  for (const subtype of byRemainder.slice(0, left)) counts[subtype] = (counts[subtype] ?? 0) + 1;
  return SUBTYPES.flatMap((subtype) => Array<Subtype>(counts[subtype] ?? 0).fill(subtype));
}

const remainder = (value = 0): number => value - Math.floor(value);
