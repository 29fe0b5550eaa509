/**
 * Every sentence of the page, in English. A function where a number or a name stands inside.
 * Sentences about errors live with their codes in `src/core/error-catalogue.ts`.
 */
import { count, duration, percent, short } from './lib/format.ts';
import { failureStrings } from './strings-failures.ts';
import { interpretStrings } from './strings-interpret.ts';
import { configureStrings } from './strings-configure.ts';
import { evaluateStrings } from './strings-evaluate.ts';
import { qualityStrings } from './strings-quality.ts';
import { shelfStrings } from './strings-shelf.ts';
import { splitStrings } from './strings-split.ts';
import { trainStrings } from './strings-train.ts';
import { teachingStrings } from './strings-teaching.ts';
import { useStrings } from './strings-use.ts';
import { workStrings } from './strings-work.ts';

const plural = (value: number, one: string, many: string): string =>
  `${count(value)} ${value === 1 ? one : many}`;

export const t = {
  ...workStrings,
  ...failureStrings,
  ...shelfStrings,
  ...splitStrings,
  ...trainStrings,
  ...evaluateStrings,
  ...configureStrings,
  ...interpretStrings,
  ...qualityStrings,
  ...teachingStrings,
  ...useStrings,
  name: 'Capsule',
  tagline: 'Deep learning on brain images, in your browser.',
  skip: 'Skip to the content',
  benchmark: 'Measure this device',
  steps: {
    label: 'Steps',
    skipTo: (step: string): string => `Skip to “${step}”`,
    start: 'Start',
    data: 'Data',
    quality: 'Quality',
    notChecked: 'not checked',
    split: 'Split',
    network: 'Network',
    train: 'Train',
    evaluate: 'Evaluate',
    interpret: 'Interpret',
    export: 'Export',
    model: 'Model',
    scans: 'Scans',
    predict: 'Predict',
    states: {
      closed: 'not open yet',
      ready: 'ready',
      running: 'running',
      done: 'done',
      problem: 'has a problem',
    },
    closed: {
      start: '',
      data: 'Opens with a folder or the sample.',
      quality: 'Opens with a folder or the sample.',
      split: 'Opens when there are scans with a label to learn.',
      network: 'Opens when there are scans with a label to learn.',
      train: 'Opens when the experiment is complete.',
      evaluate: 'Opens when a network has been trained, or with a MAPS.',
      interpret: 'Opens when there are a trained network and scans.',
      export: 'Opens when there is a trained network to keep.',
      model: 'Opens with a MAPS.',
      scans: 'Opens with a MAPS.',
      predict: 'Opens when there are scans that fit the model.',
    },
  },
  newVersion: {
    ready: 'A new version of Capsule is ready.',
    reload: 'Reload',
    atWork: 'Reload when your work is done and kept.',
    otherTabs: (tabs: number): string =>
      tabs === 1
        ? 'Close the other tab of Capsule first.'
        : `Close the ${count(tabs)} other tabs of Capsule first.`,
  },
  theme: { toDark: 'Switch to dark', toLight: 'Switch to light' },
  start: {
    lead: 'Open a folder of prepared scans, train a 3D network on it, see how well it does and where it looks. There is nothing to install.',
    sample: 'Try with sample brains',
    sampleHelp: (participants: number, millimetres: number): string =>
      `${count(participants)} made-up participants at ${short(millimetres)} mm, half of them with a shrunken hippocampus. Made on the spot, in seconds.`,
    openCaps: 'Open a CAPS or BIDS folder',
    openMaps: 'Open a MAPS',
    openMapsFolder: 'Open a MAPS folder',
    mapsHelp: 'A MAPS is a trained model with its results, as a zip or a folder.',
    drop: 'or drop a folder or a MAPS .zip anywhere',
    dropHere: 'Drop it to open it',
    dropNothing: 'Nothing in this drop can be opened.',
    dropBusy: 'Something is running. Cancel it first.',
    private: 'Nothing leaves this computer',
    privateProof: 'See the proof',
    privateWhy:
      'The page may contact no other address: its own security policy forbids it, for the page and for its workers. Scans are read from your disk into memory and go to your graphics card, and nowhere outside this computer. Open a folder, switch the network off, and everything still works.',
    privateKept:
      'In the browser’s own storage on this computer stand the sample brains and your experiments, until you delete them. While a folder is open whose scans do not all fit into memory, the others are kept there as well, decoded: numbers without names. They go when another folder is opened; those of a closed tab go when Capsule is opened the next time.',
    privateEmpty: 'Remove decoded scans now',
    privateEmptied: 'Removed. Training keeps them again where memory is too small.',
    privateLimits:
      'The policy cannot speak for browser extensions, for screenshots or for files that you download and pass on. The weights of a network may remember something of the scans it has seen.',
    hashProblems: 'The address asks for something that is not allowed',
  },
  device: {
    label: 'This device',
    asking: 'Asking the browser for its GPU',
    gpu: 'GPU',
    none: 'No WebGPU',
    memory: 'Largest buffer',
    half: 'fp16',
    storage: 'Storage free',
    halfNative: 'yes',
    halfPacked: 'packed: storage only',
    unknown: 'not told',
  },
  progress: {
    of: (done: number, total: number, unit: string): string =>
      `${count(done)} of ${count(total)} ${unit}`,
    rate: (rate: number, unit: string): string => `${short(rate)} ${unit}/s`,
    left: (seconds: number): string => `${duration(seconds)} left`,
    cancel: 'Cancel',
    cancelling: 'Cancelling',
    starting: 'Starting',
    title: (share: number, steps: string): string =>
      [percent(share), steps].filter((part) => part !== '').join(' · '),
  },
  /** For screen readers, when a job has ended well. */
  ended: {
    sample: 'The sample brains are ready.',
    open: 'The folder is open.',
    maps: 'The MAPS is open.',
    probe: 'The steps were tried.',
    train: 'Training is done.',
    voxel: 'The numbers of the voxel are ready.',
    check: 'The scans are checked.',
    predict: 'The predictions are ready.',
    look: 'The map is ready.',
    reconstruct: 'The reconstruction is ready.',
    keep: 'The file is ready.',
    shelf: 'The experiments are packed.',
  },
  problem: {
    expected: 'Expected',
    found: 'Found',
    where: 'Where',
    action: 'What to do',
    copy: 'Copy diagnostics',
    copied: 'Copied',
    copyHelp: 'The copied text names no participant and no file.',
    dismiss: 'Dismiss',
    heading: (errors: number, rest: number): string => {
      const parts = [plural(errors, 'error', 'errors'), plural(rest, 'remark', 'remarks')];
      if (errors === 0) return parts[1] ?? '';
      return rest === 0 ? (parts[0] ?? '') : parts.join(', ');
    },
    noneFound: 'No problems found.',
    more: (rest: number): string => `and ${count(rest)} more`,
    severity: { error: 'Error', warning: 'Warning', note: 'Note' },
    row: (row: number): string => `row ${count(row)}`,
  },
  data: {
    lead: 'What was found in the folder.',
    folder: 'Folder',
    sample: 'Sample, made here',
    participants: 'Participants',
    sessions: 'Sessions',
    grid: 'Grid',
    voxel: 'Voxel size',
    preprocessing: 'Preprocessing',
    preprocessingOption: (id: string, sessions: number): string =>
      `${id} (${plural(sessions, 'session', 'sessions')})`,
    table: 'Labels table',
    noTable: 'none found',
    anotherTable: 'Choose another table',
    tableHelp: 'A .tsv file with the columns participant_id, session_id and your labels.',
    rows: 'Participants and sessions',
    rowsHelp: 'Arrow keys move, Space leaves a session out of training.',
    participant: 'Participant',
    session: 'Session',
    use: 'Use',
    useSession: (participant: string, session: string): string => `Use ${participant} ${session}`,
    missing: 'no volume',
    damaged: 'unusable',
    set: 'Set',
    noSet: '–',
    tableNeeded:
      'No labels table was found, so there is nothing to learn yet. Choose a .tsv file with the columns participant_id, session_id and your labels.',
    leftOut: (sessions: number): string => `${plural(sessions, 'session', 'sessions')} left out`,
    fromMaps: 'A MAPS holds no scans. Open the CAPS folder it was trained on to see them.',
    opening: 'Reading the folder',
    making: 'Making sample brains',
  },
} as const;
