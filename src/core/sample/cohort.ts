/**
 * The sample cohort: a CAPS with labels and the true answer, made on the spot from one base brain.
 *
 *     caps/                         dataset_description.json, subjects/, masks/, tensor_extraction/
 *     labels.tsv                    participant_id, session_id, age, sex, diagnosis
 *     truth/atrophy_mask.nii.gz     where atrophy can have changed a voxel
 *     README.txt                    what it is, and the notices that go with it
 */
import { CapsuleError } from '../errors.ts';
import type { WritableTree } from '../files/file-tree.ts';
import { gzipBytes } from '../nifti/gunzip.ts';
import { niftiBytes } from '../nifti/write.ts';
import { writeTable } from '../tsv/table.ts';
import type { Volume } from '../volume.ts';
import { prepareBase } from './base.ts';
import type { SampleParticipant } from './demographics.ts';
import { boxMask } from './masks.ts';
import { MISTAKE_FILE, mistakenParticipant, mistakeText } from './mistakes.ts';
import type { SampleOptions } from './options.ts';
import { fromPrepared } from './participant.ts';
import { sampleReadme } from './readme.ts';
import { SIDES } from './regions.ts';

export interface SampleProgress {
  /** Participants written. */
  readonly done: number;
  readonly total: number;
}

export interface SampleRequest {
  /** The brain of `public/sample`. */
  readonly base: Volume;
  readonly options: SampleOptions;
  readonly tree: WritableTree;
}

const SPACE = 'MNI152NLin2009cSym';
const MOST_PARTICIPANTS = 999;
/** NIfTI's code of MNI152 space. */
const MNI152 = 4;

/**
 * Writes the cohort, participant by participant; returning early leaves what was written.
 * @throws CONFIG_VALUE for a number of participants or a voxel size that cannot be made.
 */
export async function* makeSampleCohort(request: SampleRequest): AsyncGenerator<SampleProgress> {
  const { base, options, tree } = request;
  const { participants: total, millimetres, seed, mistake } = options;
  if (!Number.isInteger(total) || total < 2 || total > MOST_PARTICIPANTS)
    throw new CapsuleError('CONFIG_VALUE', {
      expected: `2 to ${MOST_PARTICIPANTS} participants`,
      found: String(total),
    });
  const brain = prepareBase(base, millimetres);
  const people: SampleParticipant[] = [];
  let truth: Volume | undefined;
  for (let index = 0; index < total; index++) {
    const { person, source, atrophied, factor } = mistakenParticipant(seed, index, total, mistake);
    const made = fromPrepared(brain, { seed, index: source, atrophied, millimetres });
    const data = factor === 1 ? made.volume.data : made.volume.data.map((n) => n * factor);
    await tree.write(samplePath(person, millimetres), await packed({ ...made.volume, data }));
    truth ??= { ...made.volume, data: new Float32Array(made.volume.data.length) };
    markInside(truth, made.changeable);
    people.push(person);
    yield { done: people.length, total };
  }
  if (truth === undefined) return;
  await tree.write('truth/atrophy_mask.nii.gz', await packed(truth));
  await writeRest(tree, options, people);
}

/** @returns where a participant's volume stands. */
export function samplePath(
  { participant, session }: SampleParticipant,
  millimetres: number,
): string {
  const name = `${participant}_${session}_space-${SPACE}_${sampleSuffix(millimetres)}`;
  return `caps/subjects/${participant}/${session}/custom/${name}`;
}

/** @returns the custom suffix by which ClinicaDL finds the volumes. */
export function sampleSuffix(millimetres: number): string {
  return `desc-Crop_${resolution(millimetres)}_T1w.nii.gz`;
}

function resolution(millimetres: number): string {
  return `res-${millimetres}x${millimetres}x${millimetres}`;
}

/** @returns a complete .nii.gz file. */
async function packed(volume: Volume): Promise<Uint8Array<ArrayBuffer>> {
  return gzipBytes(niftiBytes(volume, { formCode: MNI152 }));
}

function markInside({ data }: Volume, inside: Uint8Array): void {
  for (let n = 0; n < data.length; n++) if (inside[n] === 1) data[n] = 1;
}

async function writeRest(
  tree: WritableTree,
  { participants, millimetres, seed, mistake }: SampleOptions,
  people: readonly SampleParticipant[],
): Promise<void> {
  for (const side of SIDES) {
    const name = `tpl-${SPACE}_desc-Crop_${resolution(millimetres)}_roi-${side}HippocampusBox_mask`;
    await tree.write(
      `caps/masks/tpl-${SPACE}/${name}.nii.gz`,
      await packed(boxMask(side, millimetres)),
    );
  }
  const suffix = sampleSuffix(millimetres);
  await tree.write(
    'caps/tensor_extraction/image.json',
    JSON.stringify({
      preprocessing: 'custom',
      mode: 'image',
      use_uncropped_image: null,
      prepare_dl: false,
      custom_suffix: suffix,
      extract_json: 'image.json',
      file_type: { pattern: `*${suffix}`, description: 'Custom suffix' },
    }),
  );
  await tree.write(
    'caps/dataset_description.json',
    JSON.stringify({
      Name: 'Capsule sample brains, simulated from Colin27',
      BIDSVersion: '1.7.0',
      CAPSVersion: '1.0.0',
      DatasetType: 'derivative',
      Processing: [{ Name: 'custom' }],
    }),
  );
  await tree.write('README.txt', sampleReadme(participants, seed, mistake));
  if (mistake !== undefined) {
    await tree.write(MISTAKE_FILE, mistakeText({ mistake, isPutRight: false }));
  }
  // Last: a tree with labels is whole.
  const rows = people.map((person) => [
    person.participant,
    person.session,
    person.age.toFixed(1),
    person.sex,
    person.diagnosis,
  ]);
  const columns = ['participant_id', 'session_id', 'age', 'sex', 'diagnosis'];
  await tree.write('labels.tsv', writeTable({ columns, rows }));
}
