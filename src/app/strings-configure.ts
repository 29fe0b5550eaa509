/** The part of the catalogue in `strings.ts` about the configuration: task, network, form, TOML, link. */
import { count, decimal, short } from './lib/format.ts';
import { networkWords, optionEffects, optionNames, sectionTitles } from './strings-options.ts';

const plural = (value: number, one: string, many: string): string =>
  `${count(value)} ${value === 1 ? one : many}`;

export const configureStrings = {
  configure: {
    tasks: {
      classification: {
        name: 'Tell groups apart',
        term: 'classification',
        help: 'The network learns which group a scan belongs to, such as AD or CN.',
      },
      regression: {
        name: 'Predict a number',
        term: 'regression',
        help: 'The network learns a number that belongs to a scan, such as the age.',
      },
      reconstruction: {
        name: 'Rebuild the image',
        term: 'reconstruction',
        help: 'The network learns to sum a scan up and to rebuild it. It needs no label; what it rebuilds badly is unusual among the scans it learnt from.',
      },
    },
    task: 'What to learn',
    number: 'Number to predict',
    numberHelp: 'A column of numbers. Sessions without one are left out.',
    noNumber:
      'No column of the labels table holds numbers only, so there is no number to predict. Choose another table, or another thing to learn.',
    noLabel: 'No label is needed: the scan itself is what is learnt.',
    numbers: (name: string, known: number): string =>
      `${plural(known, 'session has', 'sessions have')} a number for ${name}.`,
    numberOf: (mean: number, sd: number, low: number, high: number): string =>
      `mean ${decimal(mean)} ± ${decimal(sd)}, ${short(low)} to ${short(high)}`,
    numberRow: (name: string): string => `${name}, mean ± sd (range)`,
    numberCell: (mean: number, sd: number, low: number, high: number): string =>
      `${decimal(mean)} ± ${decimal(sd)} (${short(low)} to ${short(high)})`,
    setsHelp: {
      regression:
        'Drawn by participant, so that nobody stands in two sets, and with small and large values in each.',
      reconstruction: 'Drawn by participant, so that nobody stands in two sets.',
    },

    networks: 'Networks',
    networkLead:
      'Networks that can do this with these scans. Begin with the first that fits; larger ones want more scans.',
    size: (parameters: number): string => plural(parameters, 'parameter', 'parameters'),
    moreNetworks: (many: number): string => plural(many, 'more network', 'more networks'),
    unfit: (many: number): string =>
      `${plural(many, 'network does', 'networks do')} not take these parts`,
    unfitWhy: (dimension: string): string => `takes parts in ${dimension}`,
    networkTerm: { '2D': '2D', '3D': '3D', '2D or 3D': '2D or 3D' },
    multi: 'One network for each part',
    multiHelp:
      'Trains as many networks as there are parts; each knows one place of the brain, and all of them vote.',
    chosen: 'Chosen network',

    elements: 'What the network sees at a time',
    modes: {
      image: {
        name: 'Whole scan',
        help: 'One element a scan. The most memory, the whole picture.',
      },
      patch: {
        name: 'Patches',
        help: 'Cubes cut from the scan. Little memory and many elements; a scan’s result is the vote of its cubes.',
      },
      slice: {
        name: 'Slices',
        help: 'Planes of the scan, for networks in 2D. Neighbours look alike, so the sets are drawn by participant.',
      },
      roi: {
        name: 'Regions',
        help: 'Parts that masks of the CAPS cut out, such as the hippocampus.',
      },
    },
    noRegions: 'Regions need masks in the CAPS, at masks/tpl-…; this one has none that fit.',
    patchSize: 'Size of a cube',
    patchSizeHelp: 'Voxels along each edge.',
    strideSize: 'Stride',
    strideHelp: 'Voxels from one cube to the next; less than the size and cubes overlap.',
    direction: 'Direction',
    directions: ['Sagittal (from the side)', 'Coronal (from the front)', 'Axial (from above)'],
    channels: 'Channels',
    channelNames: { rgb: 'Three, all the same (rgb)', single: 'One (single)' },
    discarded: 'Slices left out at each end',
    discardedHelp: 'The outermost hold little but background.',
    regions: 'Regions',
    uncropped: 'Keep the size of the scan',
    uncroppedHelp: 'Zeros around the region, instead of its box alone.',
    parts: (elements: number): string => `${plural(elements, 'element', 'elements')} of each scan.`,
    wholeNumber: (min: number, max: number): string =>
      `A whole number from ${count(min)} to ${count(max)}.`,

    remedies: 'What would help',
    remedy: {
      batch: (size: number): string => `Batches of ${count(size)}`,
      half: 'Half precision',
      reduce: 'Every second voxel',
      patch: (size: number): string => `Patches of ${count(size)}`,
      slice: 'Slices',
      image: 'Whole scans',
      network: (name: string): string => `Use ${name}`,
      single: 'One network for all parts',
    },

    title: 'All options',
    lead: 'Every option of ClinicaDL, with its own name and default. The form, the TOML and the link are the same thing: what you change in one stands in the others.',
    views: { form: 'Form', toml: 'TOML', link: 'Link' },
    search: 'Search the options',
    searchHelp: 'Words, or a key such as weight_decay',
    changedOnly: 'Changed only',
    changed: 'changed',
    shown: (shown: number, all: number): string =>
      shown === all ? plural(all, 'option', 'options') : `${count(shown)} of ${count(all)} options`,
    none: 'No option has all of this.',
    reset: 'Reset',
    resetOf: (name: string, value: string): string => `Reset ${name} to ${value}`,
    resetAll: 'Reset all to ClinicaDL’s defaults',
    fallback: (value: string): string => `Default: ${value}`,
    noValue: 'none',
    on: 'on',
    off: 'off',
    takes: (expected: string): string => `Takes ${expected}.`,
    effect: 'What changes',
    wrong: (found: string, expected: string): string =>
      `Found ${found === '""' ? 'nothing' : found}, expected ${expected}. The last allowed value stays in use.`,
    places: {
      split: 'Set in “Split”: it says what is learnt and who is in which set.',
      network: 'Chosen above.',
      'command-line':
        'For the command line: it needs a second folder or a file that this page does not open.',
      inert: 'Without effect in a browser; kept so that files of ClinicaDL can be read.',
    },
    elsewhere: 'Decided elsewhere, or without effect here',
    elsewhereHelp: 'These stand in the TOML too. Each says why it cannot be changed here.',
    choices: (name: string): string => `${name}, one or more`,

    tomlLabel: 'The configuration as TOML',
    tomlFile: 'train_config.toml',
    tomlHelp:
      'A train_config.toml for `capsule train` and `clinicadl train`. Edit it and apply, or open or drop a .toml file. What the network sees of a scan stands in the preprocessing JSON, not here.',
    apply: 'Apply',
    drop: 'Discard the changes',
    copy: 'Copy',
    copied: 'Copied',
    download: 'Download train_config.toml',
    openToml: 'Open a .toml',
    edited: 'Edited, not applied yet',
    faults: (many: number): string =>
      `Not applied: ${plural(many, 'fault', 'faults')}. Nothing has changed.`,
    line: (row: number): string => `Line ${count(row)}`,
    used: (name: string): string => `${name} is in use.`,
    waiting: (name: string): string => `${name} will be used once a folder is open.`,
    fromFile: (name: string): string => `options of ${name}`,
    fromLink: 'options of the address',

    linkLabel: 'This page with these options',
    linkHelp:
      'It holds the step and what differs from ClinicaDL’s defaults: no participant, no session, no path. Who opens it still chooses a folder; nothing starts by itself.',
    copyLink: 'Copy link',
    linkFaults: 'The link asks for something that this cohort does not have',
    linkLong: (length: number, most: number): string =>
      `This link has ${count(length)} characters; the page reads ${count(most)} at most. Use the TOML instead.`,

    half: 'Feature maps take half the memory; weights and sums stay in single precision.',
    needsOption: (name: string): string => `“${name}” in “Network” is not allowed as it stands.`,
    needsNumber: 'Choose a column of numbers in “Split”.',
    sections: sectionTitles,
    names: optionNames,
    effects: optionEffects,
    words: networkWords,
  },
} as const;
