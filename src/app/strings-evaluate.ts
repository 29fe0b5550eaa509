/** The words of the step Evaluate beyond those of `strings-work.ts`. */
import { count, figure, percent, short } from './lib/format.ts';

const plural = (value: number, one: string, many: string): string =>
  `${count(value)} ${value === 1 ? one : many}`;
const chances = (p: number): string => (p < 0.001 ? 'fewer than 1 in 1,000' : percent(p, 1));
const list = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;

export const evaluateStrings = {
  evaluate: {
    working: 'Computing curves and intervals',
    verdict: 'What this result can carry',
    tone: { good: 'Good', plain: 'Note', warn: 'Caution', bad: 'Problem' },
    seen: 'The network learned from these very sessions: the figures say nothing about new ones.',
    chosenBy: 'Validation chose the epoch, so these figures flatter a little.',
    oneSided: (label: string): string => `It says ${label} for every session.`,
    guessOfClass: (label: string, guess: number, accuracy: number): string =>
      `Always guessing ${label}, the most frequent class in training, would be right in ${percent(guess)}; the network is right in ${percent(accuracy)}.`,
    guessOfValue: (value: number, guess: number, error: number): string =>
      `Always guessing ${short(value)}, the median in training, would be off by ${short(guess)} on average; the network is off by ${short(error)}.`,
    cannotTell: (sizes: readonly (readonly [string, number])[], least: number): string =>
      `Too few to tell from chance${sizes.length === 0 ? '' : `: with ${list(sizes.map(([label, size]) => `${count(size)} ${label}`))}`}, even a flawless network would be matched by ${percent(least, 1)} of random orders of the labels.`,
    noEvidence: (p: number): string =>
      `No evidence that it learned anything: ${chances(p)} of random orders of the labels do at least as well.`,
    beyondChance: (p: number): string =>
      `Better than chance: ${chances(p)} of random orders of the labels do as well.`,
    flat: (slope: number): string =>
      `It predicts towards the middle: with each unit of the truth the error changes by ${short(slope)}. High values come out too low, low ones too high.`,
    fewValues: (sessions: number): string =>
      `Only ${plural(sessions, 'session', 'sessions')}: the intervals are wide, and a few of them decide the figures.`,
    unlabelled: (unknown: number, all: number): string =>
      `${count(unknown)} of ${plural(all, 'session', 'sessions')} have no label that the network knows; they are left out of all figures.`,
    repeated: (sessions: number, participants: number): string =>
      `${count(sessions)} sessions of ${plural(participants, 'participant', 'participants')}: intervals take sessions as independent, so they are too narrow.`,
    overfitClasses: (seen: number, unseen: number): string =>
      `It does better on what it was trained on (balanced accuracy ${figure(seen)}) than on validation (${figure(unseen)}): it has learned some participants by heart. More participants, augmentation, dropout or fewer epochs help.`,
    overfitError: (seen: number, unseen: number): string =>
      `Its error on validation (${short(unseen)}) is ${short(unseen / seen)} times that on training (${short(seen)}): it has learned some participants by heart. More participants, augmentation, dropout or fewer epochs help.`,
    inWords: {
      regression: (error: number, sessions: number, group: string): string =>
        `Off by ${short(error)} on average, over ${plural(sessions, 'session', 'sessions')} in ${group}.`,
      reconstruction: (sessions: number, group: string): string =>
        `${plural(sessions, 'session', 'sessions')} made again in ${group}.`,
    },
    metricHelp: {
      BA: 'Mean of sensitivity and specificity; 0.5 is chance, however unequal the classes.',
      accuracy: 'Share of sessions that are right. Depends on how frequent the classes are.',
      sensitivity: 'Share of the positive class that is found.',
      specificity: 'Share of the others that are left alone.',
      F1_score: 'Harmonic mean of sensitivity and positive predictive value.',
      PPV: 'Of those called positive, the share that is. Holds for these shares of classes alone.',
      NPV: 'Of those called negative, the share that is. Holds for these shares of classes alone.',
      MCC: 'Correlation of truth and prediction; 0 is chance, 1 is perfect.',
      MK: 'PPV + NPV − 1: how far a prediction can be relied on; 0 is chance.',
      LR_plus: 'How many times more often the positive class is called positive than the others.',
      LR_minus: 'How many times more often the positive class is called negative than the others.',
      AUC: 'Chance that a positive session scores above another one; 0.5 is guessing.',
      ECE: 'Mean gap between how sure the network is and how often it is right; 0 is best.',
      MAE: 'Mean size of the error, in the unit of what is predicted.',
      RMSE: 'Like the mean error, but large errors weigh more.',
      R2_score: 'Share of the variance that is explained; 0 is always guessing the mean.',
      PSNR: 'Peak signal to noise, in decibels; higher is better.',
      SSIM: 'Likeness of structure, up to 1.',
      loss: 'What training made small: a sum over batches, so not comparable between sets.',
    } as Readonly<Record<string, string>>,
    moreNames: {
      ECE: 'Expected calibration error',
      MAE: 'Mean absolute error',
      RMSE: 'Root mean squared error',
      R2_score: 'R²',
      PSNR: 'Peak signal-to-noise ratio',
      SSIM: 'Structural similarity',
    } as Readonly<Record<string, string>>,
    ofClass: (name: string, label: string): string => `${name}, ${label}`,
    undefinedWhy: 'Not defined here: it would divide nothing by nothing.',
    intervalColumn: '95% interval',
    valueColumn: 'Value (95% interval)',
    metricColumn: 'Metric',
    moreMetrics: (rest: number): string => `Show ${count(rest)} more`,
    fewerMetrics: 'Show fewer',
    metricsIntervals:
      'Intervals by the bootstrap, from the seed of the experiment: the sessions are drawn again 3,000 times. Those of a MAPS stand as its tables have them.',
    planes: { axial: 'Axial', coronal: 'Coronal', sagittal: 'Sagittal' },
    saveTable: 'Table (TSV)',
    saveSvg: 'SVG',
    savePng: 'PNG',
    save: (title: string): string => `Save “${title}”`,
    saveAs: (kind: string, title: string): string => `Save “${title}” as ${kind}`,
    noPicture: 'The picture could not be made in this browser.',
    numbers: 'The same numbers as a table',
    confusionCell: (said: string, truth: string, value: number, share: number): string =>
      `${plural(value, 'session', 'sessions')} with ${truth} called ${said}, ${percent(share)} of ${truth}`,
    confusionAxis: { truth: 'True', said: 'Network says' },
    rowTotal: 'All',
    roc: {
      title: 'ROC curve',
      help: 'Each point is a threshold: further up finds more of the class, further right raises more false alarms. The diagonal is guessing. The band holds 95% of resampled curves at each point.',
      x: 'False positive rate (1 − specificity)',
      y: 'True positive rate (sensitivity)',
      curve: (label: string, area: string): string => `${label}, AUC ${area}`,
      area: (value: string, low: string | undefined, high: string | undefined): string =>
        low === undefined || high === undefined ? value : `${value} (95% ${low} to ${high})`,
      guessing: 'guessing',
      against: 'Class against the rest',
      threshold: 'Threshold',
      thresholdHelp: (label: string): string => `Called ${label} from this probability on`,
      at: (
        tpr: string,
        fpr: string,
        found: number,
        of: number,
        alarms: number,
        rest: number,
      ): string =>
        `Sensitivity ${tpr} (${count(found)} of ${count(of)}), specificity ${fpr} (${count(rest - alarms)} of ${count(rest)}).`,
      notFromTest:
        'To use a threshold other than that of the network, choose it on validation, not on the test set.',
      none: 'A curve needs sessions of the class and of others.',
      bandNone: 'No band: it needs two sessions of each kind.',
      describe: (label: string, area: string): string =>
        `ROC curve of ${label}, area ${area}. The table below has its points.`,
      columns: ['class', 'threshold', 'false_positive_rate', 'true_positive_rate'],
    },
    calibration: {
      title: 'Calibration',
      help: 'Of the sessions for which the network was so sure, how many it got right. On the diagonal it can be taken at its word; below, it is too sure of itself. Bars from each point are 95% intervals of that share.',
      x: 'Probability of the predicted class',
      y: 'Share that is right',
      perfect: 'as sure as right',
      points: 'bins, with their sessions',
      error: (value: string): string => `Expected calibration error ${value}`,
      none: 'No probabilities are known.',
      describe: (value: string, bins: number): string =>
        `Reliability curve with ${plural(bins, 'bin', 'bins')} that hold sessions, expected calibration error ${value}. The table below has its bins.`,
      columns: ['from', 'to', 'sessions', 'mean probability', 'share right'],
    },
    scores: {
      title: 'Scores by class',
      help: (label: string): string =>
        label === ''
          ? 'Probability of the true class. The further right, the surer the network was of what is true.'
          : `Probability of ${label}, by what is true. Classes that are told apart lie at opposite ends.`,
      x: (label: string): string =>
        label === '' ? 'Probability of the true class' : `Probability of ${label}`,
      y: 'Sessions',
      truth: (label: string): string => `true ${label}`,
      describe: (label: string): string =>
        `Histogram of the probability of ${label === '' ? 'the true class' : label}, by true class. The table below has its bars.`,
    },
    regression: {
      title: 'Predicted against true',
      help: 'Each point is a session. On the diagonal, the network is right.',
      x: (label: string): string => `True ${label}`,
      y: (label: string): string => `Predicted ${label}`,
      identity: 'predicted = true',
      session: 'sessions',
      residuals: 'Errors against the truth',
      residualsHelp: (bias: string, slope: string): string =>
        `Mean error ${bias}; with each unit of the truth it changes by ${slope}. A slope below zero means that predictions stay too near the middle.`,
      error: 'Predicted − true',
      trend: 'trend',
      none: 'no error',
      describe: (sessions: number): string =>
        `Scatter of ${plural(sessions, 'session', 'sessions')}. All of them stand in the table of sessions below.`,
    },
    reconstruction: {
      title: (name: string): string => `${name} of each session`,
      y: 'Sessions',
      figure: 'Figure',
      see: 'See a reconstruction',
      seeHelp: 'What the network saw, what it made of it, and where the two differ.',
      button: 'Reconstruct',
      working: 'Reconstructing',
      noScans: 'A MAPS holds no scans. Open the CAPS folder it was trained on to see them.',
      keys: 'Arrow keys move left, right, front and back; Page Up and Page Down up and down; in all three pictures at once.',
      input: 'Input',
      output: 'Reconstruction',
      error: 'Reconstruction − input',
      showError: 'Show the error over the input',
      part: (part: number, parts: number): string => `Part ${count(part)} of ${count(parts)}`,
      partLabel: 'Part of the image',
      brighter: 'too bright',
      darker: 'too dark',
      bar: (peak: string): string => `Colours from minus ${peak}, too dark, to ${peak}, too bright`,
      of: (participant: string, session: string): string => `${participant} ${session}`,
      stale: 'The picture is of an earlier choice.',
      none: 'Choose a session in the table, then press “Reconstruct”.',
      failed: 'The viewer needs WebGL 2, which this browser does not offer.',
      describe: (name: string, sessions: number): string =>
        `Histogram of ${name} over ${plural(sessions, 'session', 'sessions')}.`,
    },
    table: {
      title: 'Every session',
      help: 'Worst first. A heading sorts; arrow keys move; Enter explains.',
      search: 'Search',
      searchHelp: 'Participant, session, label or set',
      scope: 'Sessions of',
      thisSet: 'this set',
      allSets: 'all sets',
      group: 'Set',
      error: 'Error',
      worstFirst: 'Worst first',
      chosen: (participant: string, session: string): string => `${participant} ${session}`,
      nobody: 'No session is chosen.',
      none: 'No session has these words.',
      noRows:
        'This MAPS came without its tables of participants: there are figures, but no sessions.',
      scan: 'Look at the scan',
      explain: 'Explain it',
      reconstruct: 'See its reconstruction',
      noScan: 'Open the folder of scans first.',
      notThere: 'The open folder does not have this scan.',
      shown: (some: number, all: number): string =>
        some === all
          ? plural(all, 'session', 'sessions')
          : `${count(some)} of ${count(all)} sessions`,
      save: 'Download (TSV)',
    },
    spread: {
      title: 'Spread over the folds',
      help: 'Each fold trained a network of its own on other participants. How far they lie apart shows how much hangs on who was in the training set.',
      fold: (split: number): string => `split-${split}`,
      mean: 'Mean',
      sd: 'Spread (SD)',
      ensemble: 'All folds together',
      together: 'all',
      ensembleHelp:
        'The mean of what all networks say of each session, with its interval. It is one model more, not the mean of the figures.',
      metric: 'Metric',
      notIndependent:
        'Training sets of folds share participants, so the spread is no standard error.',
      describe: (metric: string): string => `${metric} of each fold, with its interval.`,
    },
    compare: {
      title: 'Compare with other models',
      help: 'What differs in their configuration, their curves over one another, and the difference on the sessions that both tested.',
      open: 'Open another MAPS to compare (.zip)',
      kept: 'Kept experiments',
      none: 'There is no other model yet.',
      reading: 'Reading',
      self: 'this model',
      remove: (name: string): string => `Remove ${name} from the comparison`,
      differences: 'What differs',
      same: 'Their configurations are the same.',
      unknown: 'absent',
      key: 'Option',
      curves: 'Validation loss by epoch',
      epoch: 'Epoch',
      loss: 'Mean validation loss',
      metrics: 'Metrics in the test set',
      metricsOf: (group: string): string => `Metrics in ${group}`,
      paired: (first: string, second: string): string => `${second} against ${first}`,
      pairedHelp: (sessions: number): string =>
        `On the ${plural(sessions, 'session', 'sessions')} that both have in this set. Intervals draw sessions again with what both models said of them; one that does not hold 0 is a difference that these sessions support.`,
      noShared: 'They have no session of this set in common, so there is nothing to pair.',
      seenByOne:
        'Some of these sessions were in the training set of one of the two models: the comparison favours it.',
      disagreeing: (sessions: number): string =>
        `${plural(sessions, 'session has', 'sessions have')} another label in the two: left out.`,
      otherTask: 'They were made for different tasks or classes: their figures cannot be compared.',
      difference: 'Difference',
      supported: 'supported',
      unsupported: 'within chance',
      columns: ['metric', 'first', 'second', 'difference', 'lower', 'upper'],
    },
  },
} as const;
