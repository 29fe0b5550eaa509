/** The part of the catalogue in `strings.ts` about using a model that is trained, and about computing without WebGPU. */
import type { Aspect, CheckedAspect, CheckedScan, SeenIn } from '../jobs/session-api.ts';
import { count, decimal, duration, percent } from './lib/format.ts';

const plural = (value: number, one: string, many: string): string =>
  `${count(value)} ${value === 1 ? one : many}`;

const ASPECTS: Readonly<Record<Aspect, string>> = {
  preprocessing: 'Preprocessing',
  shape: 'Size of the image',
  spacing: 'Voxel size',
  labels: 'Labels',
  people: 'Seen in training',
};

const VERDICTS: Readonly<Record<CheckedAspect['verdict'], string>> = {
  fits: 'Fits',
  differs: 'Differs',
  unknown: 'Not told',
  absent: 'None',
};

const FAULTS: Readonly<Record<Required<CheckedScan>['fault'] & string, string>> = {
  missing: 'No such image',
  shape: 'Another size',
  unreadable: 'Cannot be read',
};

const SEEN: Readonly<Record<SeenIn, string>> = {
  train: 'in training',
  validation: 'in validation',
};

export const useStrings = {
  use: {
    leave: 'Back to training',
    notMedical: 'Not a medical device: for research only, never for decisions about a patient.',
    start: {
      title: 'Use a model',
      what: 'Somebody trained one? Open its MAPS and your scans, and see what it says of them.',
      zip: 'Use a model (.zip)',
      folder: 'Use a model (folder)',
      open: (name: string): string => `Use the open model: ${name}`,
    },
    model: {
      lead: 'What the model is, as its MAPS tells. Read this before you believe a prediction.',
      task: {
        classification: (label: string, classes: readonly string[]): string =>
          `It tells ${classes.join(' from ')} (${label}).`,
        regression: (label: string): string => `It estimates ${label}.`,
        reconstruction: 'It makes each image again, from a short code: no class, no value.',
      },
      is: 'The model',
      network: 'Network',
      parameters: (value: number): string => plural(value, 'parameter', 'parameters'),
      made: 'Made for',
      steps: 'What is done to an image before the network sees it',
      learnt: 'What it has learnt from',
      noSets: 'The MAPS does not tell.',
      set: 'Set',
      participants: 'Participants',
      sessions: 'Sessions',
      labels: 'Labels',
      moments: (mean: number, deviation: number): string =>
        `mean ${decimal(mean)}, standard deviation ${decimal(deviation)}`,
      trained: 'Trained',
      with: 'with',
      splits: 'Splits',
      manySplits: (splits: number): string =>
        `${count(splits)}: as many networks, each trained on other participants`,
      audit: 'Leakage audit of the training',
      noAudit: 'none in the MAPS',
      overridden: 'training went on in spite of it',
      figures: 'How good it was',
      figuresOf: (group: string, metric: string): string =>
        `On the group “${group}”, the weights chosen by ${metric}.`,
      figuresWhy: {
        test: 'Of participants whom training has not seen. On scans of other scanners, sites or ages it may do worse.',
        validation:
          'There is no result on people whom nothing of the training has seen: the epoch was chosen by this set, so it flatters the model.',
        train: 'These are the participants it was trained on: they say nothing about new people.',
        other: 'A group that somebody predicted.',
      },
      noFigures: 'There are no metrics in the MAPS: nothing tells how good it is.',
      card: 'The model card, whole',
      next: 'Open the scans',
      another: 'Open another MAPS',
    },
    scans: {
      lead: 'Open the folder of your scans (a CAPS), and see whether they fit what the model expects.',
      open: 'Open a folder of scans',
      sample: 'Try it on sample brains',
      another: 'Open another folder',
      table: 'Choose a labels table',
      tableWhy:
        'A .tsv with participant_id and session_id. Labels are not needed to predict; with them there are metrics.',
      checking: 'Checking the scans',
      again: 'Check again',
      verdict: (fitting: number, all: number): string =>
        fitting === all
          ? `All ${count(all)} sessions can be predicted.`
          : `${count(fitting)} of ${plural(all, 'session', 'sessions')} can be predicted.`,
      none: 'No session can be predicted: the table below says what each one lacks.',
      aspect: 'What',
      state: 'Result',
      expected: 'The model expects',
      found: 'The folder has',
      aspects: ASPECTS,
      verdicts: VERDICTS,
      help: {
        preprocessing: 'Scans that were prepared in another way look different to the network.',
        shape: 'A network takes images of one size alone.',
        spacing:
          'A difference does not stop the prediction: the network then sees brains of another size than in training.',
        labels: 'Not needed to predict. Without them there are no metrics.',
        people: 'Of people whom it has seen, a model knows the answer: that is memory, not skill.',
      },
      peopleUnknown:
        'The MAPS names nobody, as it was exported without participants: whether it has seen some of these people cannot be checked.',
      noLabels: 'none needed',
      lacking: (sessions: number): string =>
        `${plural(sessions, 'session', 'sessions')} cannot be predicted`,
      participant: 'Participant',
      session: 'Session',
      why: 'Why',
      there: 'What there is',
      nothing: 'nothing near',
      faults: FAULTS,
      save: 'Save this list (TSV)',
      next: 'Predict',
    },
    predict: {
      lead: 'The network goes once through each scan. Nothing is learnt, nothing leaves this computer.',
      group: 'Name of the new data group',
      groupHelp: 'The predictions stand under this name in the MAPS.',
      groupWrong: 'Letters, digits, - and _; not a name that the MAPS has.',
      weights: 'Weights chosen by',
      splits: 'Network',
      all: (splits: number): string => `All ${count(splits)} splits together`,
      allHelp:
        'Each split’s network is asked; the answer is the mean of their probabilities, and the spread says how far they disagree. Usually better than any of them.',
      one: (split: number): string => `Split ${split} alone`,
      oneHelp: 'One network’s answer.',
      withSeen: (participants: number): string =>
        `Also predict the ${plural(participants, 'participant', 'participants')} whom the model has seen`,
      withSeenHelp:
        'They are marked. What the model says of them is no test of it, and metrics that count them are too good.',
      allSeen: 'The model has seen all of them in training.',
      button: (sessions: number): string => `Predict ${plural(sessions, 'scan', 'scans')}`,
      working: 'Predicting',
      processor: (seconds: number): string =>
        `There is no WebGPU here: the processor computes, about ${duration(Math.max(1, seconds))} in all. Cancelling waits for the scan in hand.`,
      softwareDevice:
        'The graphics card is emulated on the processor here: right, but many times slower.',
      done: (sessions: number, seconds: number): string =>
        `${plural(sessions, 'scan', 'scans')} predicted in ${duration(Math.max(1, seconds))}.`,
      counts: (counts: readonly (readonly [string, number])[]): string =>
        counts.map(([name, sessions]) => `${count(sessions)} × ${name}`).join(', '),
      seenNote: (sessions: number): string =>
        `${plural(sessions, 'scan is', 'scans are')} of people whom the model has seen in training: marked in the table, no test of the model, and the metrics that count them are too good.`,
      leftOut: (sessions: number): string =>
        `${plural(sessions, 'scan was', 'scans were')} left out`,
      metrics: 'Metrics',
      noMetrics: 'No labels, so no metrics: nothing here tells how often the model is right.',
      table: 'Every scan',
      search: 'Search',
      searchHelp: 'Participant, session or class',
      shown: (rows: number, all: number): string =>
        rows === all ? plural(all, 'scan', 'scans') : `${count(rows)} of ${count(all)}`,
      says: 'Says',
      probability: 'Probability',
      inWords: (share: number): string =>
        share >= 0.95
          ? 'very sure'
          : share >= 0.8
            ? 'rather sure'
            : share >= 0.6
              ? 'not very sure'
              : 'a toss-up',
      wordsHelp:
        'Probabilities of a network are seldom calibrated: “sure” is what it says, not how often it is right.',
      share: (share: number): string => percent(share, 1),
      spread: 'Spread',
      spreadHelp: (task: string): string =>
        task === 'classification'
          ? 'Spread: standard deviation of that probability over the splits. 0 where all agree.'
          : 'Spread: standard deviation of the value over the splits. 0 where all agree.',
      bySplit: (said: readonly string[]): string => `Of the splits: ${said.join(', ')}.`,
      truth: 'Label',
      seenColumn: 'Seen',
      seen: SEEN,
      save: 'Save this table (TSV)',
      look: 'Look at the scan',
      nobody: 'Choose a row to look at its scan.',
      again: 'Predict again',
      saveTables: 'Save the prediction tables (.zip)',
      tables:
        'The tables that ClinicaDL writes, by its names and columns, for other programs. They name participants.',
      mapsNote:
        'The MAPS below holds the new group. Predictions name participants: choose “with participants” to take them along.',
    },
    look: {
      title: 'Look',
      lead: 'The scan, what the model says of it, and where its score changes.',
      explain: 'Show where the score changes',
      working: 'Computing the map',
      noGpu:
        'A map needs gradients, which take hours on the processor: it is made on a computer with WebGPU only. The scan and the prediction are here.',
      volumes: 'A network that makes images has no score, and so no map.',
      more: 'Another method, class or group',
      stale: 'The map below is of another scan.',
    },
  },
  adapter: {
    noneTitle: 'This browser offers no WebGPU: the processor does what it can',
    works: 'What works here, and is right',
    worksList: [
      'Opening folders and MAPS, looking at scans, tables and finished results.',
      'Splits, the leakage audit, balance, comparing scans and models.',
      'Predicting with a trained model: on the processor, some seconds to a minute a scan.',
    ],
    not: 'What does not',
    notList: [
      'Training a network: it would take days.',
      'Maps of where a score changes: they need gradients.',
    ],
    how: 'To get WebGPU',
    here: (browser: string): string => `In ${browser}, which this is`,
    others: 'In other browsers',
    browsers: {
      chrome: {
        name: 'Chrome or Edge',
        what: 'Version 113 or later. In the settings under System, switch on “Use graphics acceleration when available” and start the browser again. chrome://gpu then says “WebGPU: Hardware accelerated”.',
      },
      chromeLinux: {
        name: 'Chrome or Edge on Linux',
        what: 'Open chrome://flags, enable “Unsafe WebGPU Support” and “Vulkan”, and start the browser again. It needs a Vulkan driver of the graphics card.',
      },
      firefox: {
        name: 'Firefox',
        what: 'Version 141 or later on Windows, 145 or later on a Mac with an Apple chip. Elsewhere: about:config, set dom.webgpu.enabled to true, and start it again.',
      },
      safari: {
        name: 'Safari',
        what: 'Version 26 or later, on macOS 26, iOS 26 or iPadOS 26.',
      },
    },
    any: 'Anywhere: update the driver of the graphics card. On a remote desktop, try the computer itself.',
    software: 'No graphics card: the processor emulates one',
    softwareWhat:
      'This is a software adapter. Everything works and the numbers are right, some ten to a hundred times slower than on a graphics card: fine for sample brains and for predicting some scans, too slow to train on real ones. Switch on graphics acceleration in the browser’s settings, or use a computer with a graphics card.',
  },
} as const;
