/** The part of the catalogue in `strings.ts` about experiments that are kept, and about what leaves. */
import type { FileKind } from '../jobs/session-api.ts';
import { bytes, count, figure } from './lib/format.ts';

const plural = (value: number, one: string, many: string): string =>
  `${count(value)} ${value === 1 ? one : many}`;

const dates = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

const KINDS: Readonly<Record<FileKind, { readonly name: string; readonly what: string }>> = {
  weights: { name: 'Weights', what: 'What the network has learnt, one file a model.' },
  settings: { name: 'Settings', what: 'Every option of the experiment: maps.json.' },
  audit: { name: 'Audit', what: 'What the audit for leakage found: leakage.json.' },
  sets: { name: 'Sets', what: 'Who trained, who validated, who was tested.' },
  log: { name: 'Training log', what: 'Losses and metrics by epoch.' },
  predictions: { name: 'Predictions', what: 'What the network says of each session.' },
  metrics: { name: 'Metrics', what: 'Figures of each group, with their intervals.' },
  maps: { name: 'Saliency maps', what: 'Where the network looks.' },
  volumes: { name: 'Volumes', what: 'Images that were kept with the predictions.' },
  records: { name: 'Records', what: 'Dates, versions and the device.' },
  checkpoints: { name: 'Checkpoints', what: 'Where an interrupted training goes on.' },
  other: { name: 'Other files', what: 'Files that are no part of a MAPS.' },
};

export const shelfStrings = {
  shelf: {
    title: 'Your experiments',
    lead: 'Kept in this browser, on this computer, until you delete them. They open without training again and without their scans.',
    state: { trained: 'Trained', imported: 'Imported', interrupted: 'Interrupted' },
    openNow: 'Open now',
    of: (task: string, label: string): string => (label === '' ? task : `${task} of ${label}`),
    task: {
      classification: 'classification',
      regression: 'regression',
      reconstruction: 'reconstruction',
    },
    onSample: 'sample brains',
    on: (cohort: string): string => cohort,
    when: (milliseconds: number): string => dates.format(milliseconds),
    splits: (splits: number): string => `${count(splits)} splits`,
    figure: (name: string, value: number, low?: number, high?: number): string =>
      low === undefined || high === undefined
        ? `${name} ${figure(value)}`
        : `${name} ${figure(value)} (${figure(low)} to ${figure(high)})`,
    onGroup: (group: string): string => `on ${group}`,
    noFigures: 'no results inside',
    size: (size: number): string => bytes(size),
    open: 'Open',
    openNamed: (name: string): string => `Open ${name}`,
    rename: 'Rename',
    duplicate: 'Duplicate',
    export: 'Export',
    remove: 'Delete',
    actionsOf: (name: string): string => `What to do with ${name}`,
    goOn: 'Go on',
    goOnAt: (split: number, epoch: number, epochs: number): string =>
      `It stopped in split ${count(split)}, epoch ${count(epoch)} of ${count(epochs)}.`,
    goOnTest: 'All is trained but the test set is not predicted yet.',
    needsFolder: (cohort: string): string => `Open the folder “${cohort}” to go on.`,
    needsSample: 'Make the sample brains again to go on.',
    newName: 'New name',
    save: 'Save',
    cancel: 'Cancel',
    renamed: (name: string): string => `It is called ${name} now.`,
    removeSure: (name: string): string => `Delete “${name}” for good?`,
    removeWhat: (size: number): string =>
      `Its weights, settings and results go, ${bytes(size)} in all. This cannot be undone; export it first to keep a copy.`,
    removeYes: 'Delete it',
    removeNo: 'Keep it',
    removed: (name: string): string => `${name} was deleted.`,
    duplicateHelp: 'Its settings, for a new training on the folder that is open. Not its weights.',
    duplicateNeeds: 'Open a folder first: settings are for a training on it.',
    duplicated: (name: string): string => `The settings of ${name}`,
    choose: (name: string): string => `Compare ${name}`,
    chooseShort: 'Compare',
    compare: (chosen: number): string =>
      chosen < 2 ? 'Compare' : `Compare ${count(chosen)} experiments`,
    compareHelp: 'Tick two or more to see them side by side.',
    import: 'Import',
    importHelp:
      'A MAPS of Capsule or ClinicaDL as a .zip, or a file of all experiments that was saved here.',
    importFolder: 'Import a folder',
    refused: (refused: number): string =>
      `${plural(refused, 'MAPS', 'MAPS')} of the file could not be taken in:`,
    more: (rest: number): string => `Show ${count(rest)} more`,
    fewer: 'Show fewer',
    current: 'Experiment',
    none: 'None open',
    all: 'All experiments',
    packing: 'Packing experiments',
  },
  storage: {
    title: 'Storage',
    used: (used: number, quota: number): string => `${bytes(used)} used of ${bytes(quota)}`,
    unknown: 'The browser does not tell how much it gives.',
    bar: 'Share of the storage that is used',
    experiments: (experiments: number, size: number): string =>
      `${plural(experiments, 'experiment', 'experiments')}: ${bytes(size)}`,
    rest: (size: number): string =>
      `Sample brains, decoded scans and the page itself: ${bytes(size)}`,
    kept: 'The browser has promised to keep this, even when the disk gets full.',
    notKept: 'The browser may delete this when the disk gets full. It has not promised to keep it.',
    keep: 'Ask the browser to keep it',
    refused:
      'The browser did not promise it. Browsers say yes more often to pages that are bookmarked, installed or used often. Export what matters.',
    cannotAsk: 'This browser cannot be asked to keep it. Export what matters.',
    clearing: 'Deleting the browser’s site data deletes all experiments too.',
    saveAll: 'Export all',
    saveAllWhat: (experiments: number): string =>
      `One .zip with ${plural(experiments, 'finished experiment', 'finished experiments')}, each a MAPS zip that opens alone. Import takes it back. Interrupted trainings stay here.`,
    savedAll: (name: string, size: number): string => `Saved ${name}, ${bytes(size)}.`,
  },
  people: {
    legend: 'What may the file say about people?',
    without: 'Nobody’s data',
    withoutWhat:
      'Weights, settings, logs and figures of whole groups. No ids, no predictions of single people, no maps of single brains.',
    withoutBut: 'It opens again as a model, without results by participant.',
    with: 'Everything, with participants',
    withWhat: 'Also the ids of everyone in each set, their labels, predictions and maps.',
    withBut: 'Pass it on only where these data may go.',
    sample: 'These are sample brains: nobody’s data are inside.',
    limits: 'Weights may remember something of the scans they have seen, in either case.',
    of: {
      none: 'Names nobody',
      people: 'Names participants',
      counts: 'Counts of people, no names',
      choice: 'As chosen above',
    },
  },
  exports: {
    mapsTitle: 'The whole MAPS',
    mapsWhat: 'Everything of this experiment in the layout of ClinicaDL 1.6, as one .zip.',
    inside: 'What is inside',
    kinds: KINDS,
    kindHead: { kind: 'Kind', files: 'Files', size: 'Size', people: 'About people' },
    aboutPeople: (some: number, all: number): string => {
      if (some === 0) return 'nothing';
      return some === all ? 'yes' : `${count(some)} of ${count(all)} files`;
    },
    leaves: 'goes out',
    stays: 'stays here',
    partly: 'in part',
    total: (size: number): string => `About ${bytes(size)} before compression`,
    groups: 'Groups',
    group: (name: string, participants?: number, sessions?: number): string =>
      participants === undefined || sessions === undefined
        ? name
        : `${name}: ${plural(participants, 'participant', 'participants')}, ${plural(sessions, 'session', 'sessions')}`,
    interpretations: 'Maps kept inside',
    interpretation: (name: string, group: string, split: string, metric: string): string =>
      `${name}, ${group}, ${split}, best-${metric}`,
    mapsCount: (maps: number): string => plural(maps, 'map', 'maps'),
    tensorsOnly: 'as tensors only',
    saveMap: 'Save',
    saveMapOf: (of: string): string => `Save the map of ${of} (NIfTI)`,
    partsTitle: 'Parts of it',
    partsWhat: 'Single files for other programs. All are made on this computer.',
    metric: 'Model chosen by',
    head: { what: 'File', people: 'About people', get: 'Get it' },
    files: {
      weights: {
        name: 'Weights for PyTorch',
        what: 'model.pth.tar, as ClinicaDL reads it',
        people: 'none',
      },
      safetensors: {
        name: 'Weights as safetensors',
        what: 'The same numbers under PyTorch’s keys, with preprocessing.json',
        people: 'none',
      },
      onnx: {
        name: 'ONNX',
        what: 'The network for other programs, with preprocessing.json and a test vector',
        people: 'none',
      },
      toml: {
        name: 'Settings as TOML',
        what: 'Every option; trains the same experiment with ClinicaDL or Capsule',
        people: 'none',
      },
      tables: {
        name: 'Tables (TSV)',
        what: 'Training log and metrics; with participants also sets and predictions',
        people: 'choice',
      },
      card: {
        name: 'Model card',
        what: 'What a reader must know of the model, in Markdown',
        people: 'counts',
      },
    },
    get: (name: string): string => `Download: ${name}`,
    download: 'Download',
    forSpreadsheets: 'Tables for spreadsheets',
    forSpreadsheetsWhat:
      'Cells that a spreadsheet would run as a formula are made text. Leave it off for ClinicaDL.',
    saved: (name: string, size: number): string => `Saved ${name}, ${bytes(size)}.`,
    cardTitle: 'Model card',
    cardLead: 'Made from the files of the MAPS and from nothing else.',
    local: 'All of this is made and saved on this computer; nothing is sent anywhere.',
  },
} as const;
