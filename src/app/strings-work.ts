/** The second half of the catalogue in `strings.ts`: from the experiment to its results. */
import { bytes, count, percent, short } from './lib/format.ts';

const plural = (value: number, one: string, many: string): string =>
  `${count(value)} ${value === 1 ? one : many}`;

export const workStrings = {
  sets: { train: 'Training', validation: 'Validation', test: 'Test' },
  experiment: {
    lead: 'Which network learns, how, and whether it fits this device.',
    none: 'No column of the labels table can be learned: a label needs 2 to 20 values, each in two sessions or more. Choose another table above.',
    label: 'Label to learn',
    labelHelp: 'A column of the labels table. The network learns to tell its values apart.',
    classes: 'Classes',
    classesHelp: 'Values that take part; two at least. Sessions with other values are left out.',
    share: { validationShare: 'Validation share', testShare: 'Test share' },
    shareHelp: {
      validationShare: 'Chooses the best epoch.',
      testShare: 'Never seen until the end.',
    },
    setSize: (participants: number, sessions: number): string =>
      participants === sessions
        ? plural(participants, 'participant', 'participants')
        : `${plural(participants, 'participant', 'participants')}, ${plural(sessions, 'session', 'sessions')}`,
    setCount: (sessions: number): string => plural(sessions, 'session', 'sessions'),
    empty: 'nobody',
    network: 'Network',
    drawing: (name: string): string => `${name}: the size of the data after each layer`,
    parameters: (parameters: number): string => plural(parameters, 'parameter', 'parameters'),
    layers: 'All layers',
    layerHead: { name: 'Layer', output: 'Output', parameters: 'Parameters' },
    input: 'input',
    training: 'Training',
    settings: {
      validationShare: 'Validation share',
      testShare: 'Test share',
      seed: 'Seed',
    },
    help: {
      validationShare: 'Share of the participants.',
      testShare: 'Share of the participants.',
      epochs: 'How often every training scan is seen.',
      batch_size: 'Scans per step. More need more memory.',
      learning_rate: 'Size of a step. Too large and the loss jumps, too small and nothing moves.',
      weight_decay: 'Pulls the weights towards zero, against overfitting.',
      optimizer: 'How weights follow their gradients. The learning rate suits Adam.',
      dropout: 'Share of the connections switched off at each step, 0 to 1.',
      patience: 'Stops after so many epochs without a better validation loss; 0 never stops early.',
      seed: 'The same seed gives the same split, the same start and the same order.',
    },
    half: 'Half precision',
    halfHelp: 'Feature maps take half the memory; weights and sums stay in single precision.',
    halfHelpPacked:
      'Feature maps take half the memory: two packed into one word, since this device has no fp16. Weights and sums stay in single precision.',
    wrong: (min: number, max: number, whole: boolean): string =>
      `${whole ? 'A whole number' : 'A number'} from ${short(min)} to ${short(max)}.`,
    advanced: 'Advanced',
    memory: 'Memory',
    memoryParts: {
      parameters: 'Parameters',
      gradients: 'Gradients',
      optimizer: 'Optimizer',
      activations: 'Activations',
      workspace: 'Workspace',
      input: 'Scans',
    },
    fits: (total: number): string => `Fits: about ${bytes(total)}`,
    fitsNot: (total: number): string => `Does not fit: about ${bytes(total)}`,
    because: (reasons: readonly string[]): string => reasons.join(' '),
    inParts: (part: number, batch: number): string =>
      `To fit, batches of ${batch} go through the network in parts of ${part}. The gradient is the mean over the batch; batch normalisation sees each part alone.`,
    planning: 'Drawing the sets',
  },
  train: {
    lead: 'The network sees every training scan once an epoch, then both sets are measured.',
    button: 'Train',
    again: 'Training again starts anew and replaces the result on this page.',
    summary: (architecture: string, label: string, epochs: number): string =>
      `${architecture} on ${label}, ${plural(epochs, 'epoch', 'epochs')}`,
    needsGpu: 'Training needs WebGPU; see “Start” for what to do.',
    needsClasses: 'Choose two classes at least.',
    needsSets: 'A set is empty: change the shares or bring back sessions.',
    needsAudit:
      'The audit found leakage: mend it in “Split”, or say there that you know and go on.',
    needsFold: 'Tick a fold to train in “Split”.',
    needsSetting: (setting: string): string => `“${setting}” above is out of range.`,
    needsSetsThat: (sentence: string): string => `The sets cannot be drawn: ${sentence}`,
    needsNetworkThat: (sentence: string): string =>
      `This network cannot be trained here: ${sentence}`,
    phase: 'Training',
    batchChart: 'Loss of each batch',
    batchAxis: 'Batch',
    trend: 'running mean',
    batch: 'batch loss',
    epochChart: (figure: string): string => `${figure} by epoch`,
    epochAxis: 'Epoch',
    figure: 'Figure',
    loss: 'Mean loss',
    table: 'The same numbers as a table',
    epoch: 'Epoch',
    trainColumn: (figure: string): string => `${figure}, training`,
    validationColumn: (figure: string): string => `${figure}, validation`,
    waiting: 'The first point comes after the first batch.',
    noEpoch: 'The first point comes after the first epoch.',
    best: 'Best epoch so far',
    bestBy: (epoch: number, metric: string): string => `${count(epoch)} (${metric})`,
    now: 'Now',
    epochNow: (epoch: number, epochs: number): string =>
      `Epoch ${count(epoch)} of ${count(epochs)}`,
    foldNow: (split: number, at: number, all: number): string =>
      `split-${split} (${count(at)} of ${count(all)})`,
    fold: 'Fold',
    shownFold: 'Fold that is shown',
    inFolds: (folds: readonly number[]): string => folds.map((fold) => `split-${fold}`).join(', '),
    titleFold: (at: number, all: number): string => `fold ${count(at)}/${count(all)}`,
    titleEpoch: (epoch: number, epochs: number): string => `epoch ${count(epoch)}/${count(epochs)}`,
    remarks: 'Remarks of this run',
    unfinished: 'This training was cancelled or broke off; what was kept is shown.',
    stopped: 'Cancelled. It can go on from where it was saved; its curves stay until the next run.',
    interrupted: 'A training was interrupted',
    /** @param cohort - name of its folder; undefined for the sample brains */
    interruptedWhat: (architecture: string, label: string, cohort: string | undefined): string =>
      `${architecture} on ${label}, of ${cohort === undefined ? 'sample brains' : `the folder “${cohort}”`}. It ends as if nothing had happened: the same figures, the same weights.`,
    resumeAt: (split: number, epoch: number, epochs: number, batch: number): string =>
      `Resume split ${split} at epoch ${count(epoch)} of ${count(epochs)}, batch ${count(batch)}`,
    resumeTest: 'Resume at the test set',
    resumeNeeds: (cohort: string): string =>
      `A training on “${cohort}” was interrupted. Open that folder again to go on with it.`,
    resumeNeedsSample: 'A training on sample brains was interrupted. Open them again to go on.',
    drop: 'Discard it',
    fromMaps: (name: string): string => `Stored in ${name}`,
  },
  results: {
    lead: 'How well the network does. The test set is the one that counts: it was never used before.',
    leadWithoutTest:
      'How well the network does. There is no test set: validation chose the model, so its figures flatter.',
    groups: 'Set',
    fold: 'Fold',
    foldHelp: 'Each fold has a network of its own. The figures below are those of the chosen one.',
    selection: 'Best epoch by',
    selectionOption: (metric: string, epoch: number | undefined): string =>
      epoch === undefined ? metric : `${metric} (epoch ${count(epoch + 1)})`,
    inWords: (right: number, all: number, group: string): string =>
      `${count(right)} of ${plural(all, 'session', 'sessions')} right in ${group}.`,
    confusion: 'Confusion',
    confusionHelp: 'Rows: what is true. Columns: what the network says.',
    truth: 'True',
    says: 'Network says',
    metrics: 'Metrics',
    metricsHelp: 'With 95% intervals where there are enough sessions for one.',
    positive: (first: string, second: string): string =>
      `Positive is ${first}: sensitivity is the share of ${first} that is found, specificity that of ${second}.`,
    few: (sessions: number): string =>
      `Only ${plural(sessions, 'session', 'sessions')}: one more right or wrong moves the accuracy by ${percent(1 / sessions)}.`,
    interval: (low: string, high: string): string => `${low} to ${high}`,
    predictions: 'Predictions',
    predictionsHelp: 'Wrong ones first. Enter shows where the network looked.',
    participant: 'Participant',
    session: 'Session',
    predicted: 'Network says',
    verdict: 'Verdict',
    probability: (label: string): string => `p(${label})`,
    right: 'right',
    wrong: 'wrong',
    none: 'This MAPS holds no results.',
    metricNames: {
      BA: 'Balanced accuracy',
      accuracy: 'Accuracy',
      sensitivity: 'Sensitivity',
      specificity: 'Specificity',
      F1_score: 'F1 score',
      PPV: 'Positive predictive value',
      NPV: 'Negative predictive value',
      MCC: 'Matthews correlation',
      MK: 'Markedness',
      LR_plus: 'Likelihood ratio +',
      LR_minus: 'Likelihood ratio −',
      AUC: 'Area under the ROC curve',
      loss: 'Loss',
    } as Readonly<Record<string, string>>,
  },
  keep: {
    lead: 'A MAPS holds the weights, the settings, the sets and all results, in the layout of ClinicaDL 1.6.',
    button: 'Download MAPS',
    packing: 'Packing the MAPS',
    summary: (architecture: string, label: string, classes: readonly string[]): string => {
      if (label === '') return `${architecture}, trained to make images again`;
      const values = classes.length === 0 ? '' : `: ${classes.join(', ')}`;
      return `${architecture} trained on ${label}${values}`;
    },
    warning: 'For research and teaching. Not a medical device.',
  },
} as const;
