/** The part of the catalogue in `strings.ts` about the Quality step. */
import { count, short } from './lib/format.ts';

const plural = (value: number, one: string, many: string): string =>
  `${count(value)} ${value === 1 ? one : many}`;
const scans = (value: number): string => plural(value, 'scan', 'scans');
const score = (value: number): string => value.toFixed(2);

/** Findings in two or three words. */
const titles: Readonly<Record<string, string>> = {
  QUALITY_NOT_NUMBERS: 'Voxels without a number',
  QUALITY_CONSTANT: 'Empty scan',
  QUALITY_UNLIKE: 'Unlike the template',
  QUALITY_ORIENTATION: 'Wrong orientation',
  QUALITY_FIELD_OF_VIEW: 'Field of view too small',
  QUALITY_OFF_CENTRE: 'Off centre',
  QUALITY_OVERLAP: 'Other outline',
  QUALITY_NOISE: 'Noisy',
  QUALITY_EMPTY_SLICES: 'Empty slices',
  QUALITY_CLIPPED: 'Clipped intensities',
  QUALITY_SHAPE: 'Other number of voxels',
  QUALITY_SPACING: 'Other voxel size',
  QUALITY_BRAIN_SIZE: 'Odd size of the brain',
  QUALITY_DUPLICATE: 'Duplicate',
};

export const qualityStrings = {
  quality: {
    lead: 'Look at the worst scans first, and leave out what should not be learnt from. You may skip this step.',
    check: 'Check the scans',
    checkAgain: 'Check the rest',
    checkHelp:
      'Reads every scan once, in the background: you can go on. Nothing is changed, and nobody is left out unless you say so.',
    checking: 'Checking the scans',
    stopped: 'The check was stopped. What was read is not read again.',
    what: 'What is looked at',
    whatScan:
      'In each scan: missing voxels, empty slices, clipped intensities, noise, orientation, field of view.',
    whatCohort: 'Between scans: another size or spacing than the others, duplicates.',
    method: {
      linear:
        'The score, 0 to 1, says how much a scan looks like a T1-weighted brain in its place: similarity with a template (Colin27) × overlap of the outlines × closeness of the centres × freedom from noise. It is no probability. Scans that are not in MNI space score low.',
      pet: 'The score, 0 to 1, says how little uptake lies in a rim around the brain, as ClinicaDL’s check of pet-linear does; the rim is made from a template (Colin27).',
      raw: 'There is no score for scans of this kind: they are sorted by what was found.',
    },
    leftRight:
      'A scan with left and right swapped cannot be told from the picture: only its header and its source can say.',
    found: 'What was found',
    foundNone: 'Nothing was found.',
    all: (many: number): string => `All (${count(many)})`,
    titleOf: (code: string): string => titles[code] ?? code,
    chip: (title: string, many: number): string => `${title} (${count(many)})`,
    threshold: 'Passes above',
    thresholdHelp: 'Scans at or below it are marked.',
    summary: (all: number, failing: number, accepted: number, out: number): string =>
      `${scans(all)}: ${count(failing)} below the threshold and not judged, ${count(accepted)} accepted, ${count(out)} left out`,
    summaryRaw: (all: number, accepted: number, out: number): string =>
      `${scans(all)}: ${count(accepted)} accepted, ${count(out)} left out`,
    grid: 'Scans, the worst first',
    gridHelp: 'Arrow keys move, A accepts, R leaves out, Enter shows it large.',
    score: (value: number): string => `score ${score(value)}`,
    scoreShort: score,
    noScore: 'no score',
    judgement: { open: 'not judged', accepted: 'accepted', out: 'left out' },
    below: 'below the threshold',
    findings: (many: number): string => plural(many, 'finding', 'findings'),
    noFindings: 'No findings',
    tile: (name: string, parts: readonly string[]): string => [name, ...parts].join(', '),
    accept: 'Accept',
    reject: 'Leave out',
    enlarge: 'Show large',
    close: 'Close',
    rejectFailing: (many: number): string => `Leave out the ${count(many)} below the threshold`,
    reason: 'Reason noted with what you leave out next',
    reasonPlaceholder: 'what was found',
    reasonBelow: (threshold: number): string => `quality: score not above ${short(threshold)}`,
    reasonFinding: (title: string): string => `quality: ${title.toLowerCase()}`,
    reasonScore: (value: number): string => `quality: score ${score(value)}`,
    reasonLooked: 'quality: looked at',
    toldAccepted: (name: string): string => `${name} accepted`,
    toldRejected: (name: string): string => `${name} left out`,
    parts: 'What the score is made of',
    part: {
      similarity: 'Similarity',
      overlap: 'Overlap (Dice)',
      distance: 'Distance of the centres',
      noise: 'Noise',
      inside: 'Brain in the field of view',
    },
    mm: (value: number): string => `${short(Math.round(value * 10) / 10)} mm`,
    download: 'Scores as TSV',
    downloadFindings: 'Findings as TSV',
    nothing: 'No scan can be checked.',
    shortcuts: 'Quality: the list of scans',
    shortcutKeys: [
      [['←', '→', '↑', '↓'], 'another scan'],
      [['A'], 'accept, and go to the next'],
      [['R'], 'leave out, and go to the next'],
      [['Enter'], 'show it large'],
      [['Esc'], 'close the large view'],
    ],
  },
} as const;
