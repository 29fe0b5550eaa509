/**
 * Which files of a MAPS tell of single people: tables of participants, what was predicted for each,
 * their images and maps. An export leaves them out unless they are asked for. Files are let through
 * by name: one that nobody here knows of, such as a note that someone put there, counts as personal.
 *
 * With the tables go what says that they are there: `groups/<name>/maps.json`, which defines a group,
 * and the `description.log` of a prediction. So the rest opens as a MAPS without groups and results.
 *
 * What is let through tells numbers of people. `leakage.json` has hashes of sets of ids beside them:
 * who knows the ids can check them. A map that is a mean over one person is that person's.
 */

/** What looks like the id of a participant, anywhere in a text. */
export const PARTICIPANT_ID = /sub-[A-Za-z0-9]+/g;

/** Of one person, wherever it stands: BIDS names begin with it. */
const PERSON = /(^|[/_])sub-[A-Za-z0-9]+/;

const SPLIT = '(?:split|fold)-\\d+';
const RESULTS = `(?:${SPLIT}|ensemble)/best-[^/]+/[^/]+`;

/** Files without people. */
const IMPERSONAL = [
  /^(maps\.json|environment\.txt|information\.log|leakage\.json|deliberate-mistake\.json)$/,
  // The folder of an ensemble has no model.
  new RegExp(`^${SPLIT}/best-[^/]+/(network-\\d+_)?model\\.(pth\\.tar|safetensors|onnx)$`),
  new RegExp(`^${SPLIT}/all_models/[^/]+\\.pth\\.tar$`),
  new RegExp(`^${SPLIT}/training_logs/(network-\\d+/)?training\\.tsv$`),
  new RegExp(`^${SPLIT}/training_logs/(network-\\d+/)?tensorboard/.*events\\.out\\.tfevents[^/]*$`),
  new RegExp(`^${RESULTS}/[^/]*_level_(metrics|scores|calibration)\\.tsv$`),
  new RegExp(`^${RESULTS}/interpret-[^/]+/mean_[^/]*_map\\.(pt|nii\\.gz)$`),
  /^profiler\//,
];

/**
 * @param path - of a file, relative to the root of the MAPS
 * @returns whether it holds, or may hold, something about single participants
 */
export function tellsOfParticipants(path: string): boolean {
  return PERSON.test(path) || !IMPERSONAL.some((pattern) => pattern.test(path));
}
