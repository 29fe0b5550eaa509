/**
 * Teaching mode in words: why each step is there, deliberate mistakes, the arithmetic of a voxel and
 * the guided tour. A claim about research names its source; what is said of a run is what it showed.
 */
import type { Mistake } from '../jobs/session-api.ts';
import type { Seen } from './lib/teaching-lessons.ts';
import type { TourStop } from './lib/teaching-tour.ts';
import { count, percent, short } from './lib/format.ts';

interface Why {
  /** Three sentences; the term stands in `*asterisks*` where it is defined. */
  readonly text: string;
  readonly source: string;
}

interface Lesson {
  readonly title: string;
  readonly what: string;
  readonly expect: string;
  /** After it was made, before it was trained. */
  readonly made: string;
  readonly mend: string;
  readonly righted: string;
  readonly lesson: string;
}

/** By the id of the step; a step without one has none to tell. */
const why: Readonly<Record<string, Why>> = {
  data: {
    text: 'A network knows nothing but these scans and the labels beside them: what is wrong there, it learns. A *session* is one visit of a participant, and the scans of one participant are more alike than those of two. Whoever takes part is decided here, before any result is known, and the reason is noted.',
    source:
      'Samper-González et al. 2018, Reproducible evaluation of classification methods in Alzheimer’s disease, NeuroImage 183:504-521.',
  },
  quality: {
    text: 'Heads move, brains are cut off, and registrations fail. *Quality control* looks for this before training, since a fault that one group has more often can be learnt instead of the disease. Motion alone makes grey matter look thinner than it is.',
    source:
      'Reuter et al. 2015, Head motion during MRI acquisition reduces gray matter volume and thickness estimates, NeuroImage 107:107-115.',
  },
  split: {
    text: 'A network can remember its scans, so it is measured on people whom it has never seen. *Data leakage* is when something of the test set has been seen in training all the same: another visit, a copy, a choice that looked at it. More than half of the papers of one survey on Alzheimer’s disease may suffer from it.',
    source:
      'Wen et al. 2020, Convolutional neural networks for classification of Alzheimer’s disease: overview and reproducible evaluation, Medical Image Analysis 63:101694.',
  },
  network: {
    text: 'A *convolution* slides a small window of weights over the scan and adds up products, the same everywhere, so that a pattern is found wherever it lies. Layer after layer sees more of the brain in less detail, and the last ones make one score for each class of it. More weights can say more, and remember more.',
    source:
      'LeCun et al. 1998, Gradient-based learning applied to document recognition, Proceedings of the IEEE 86:2278-2324.',
  },
  train: {
    text: 'Each batch of scans is scored, the *loss* says how wrong the scores are, and every weight moves a little to make it smaller; once through all training scans is an epoch. The learning rate is the length of that step. Where the loss goes on falling in training and rises in validation, scans are learnt by heart, and the weights of the best epoch in validation are kept instead.',
    source: 'Goodfellow, Bengio and Courville 2016, Deep Learning, MIT Press, chapters 7 and 8.',
  },
  evaluate: {
    text: '*Balanced accuracy* is the mean of the shares that were found in each class, so that guessing gives 50 % of two classes however large they are. Another test set would give another figure: the interval comes from drawing the tested people again and again, the bootstrap. A probability is calibrated if four of five scans that get 80 % are right, and modern networks are often too sure.',
    source:
      'Efron and Tibshirani 1993, An Introduction to the Bootstrap. Guo et al. 2017, On calibration of modern neural networks, ICML.',
  },
  interpret: {
    text: 'A *saliency map* shows where a change of the scan would change the score most. It does not show what is diseased, and a network that learned nothing has maps, too. So make it again with randomised weights: a map that stays as it was says nothing about what was learnt.',
    source: 'Adebayo et al. 2018, Sanity checks for saliency maps, NeurIPS.',
  },
  export: {
    text: 'A result that nobody can repeat is no result. So a *MAPS* keeps weights, settings, sets, predictions and versions of a training together. Its model card says on whom the model was trained, how well it does and for what it is not meant.',
    source: 'Mitchell et al. 2019, Model cards for model reporting, FAT* 2019, 220-229.',
  },
};

const mistakes: Readonly<Record<Mistake, Lesson>> = {
  leak: {
    title: 'Leak the test set',
    what: 'Sample brains in which each scan stands twice, under two names, and in which labels are drawn by lot. The sets are drawn by participant, so copies of training scans come into the test set.',
    expect:
      'The audit turns red and training is refused. Trained on all the same, the network does much better than guessing in the test, though there is nothing to learn.',
    made: 'The cohort is open. Its scans were compared, and the audit has spoken.',
    mend: 'Leave out the second names',
    righted: 'The second names are left out: the audit finds no copy in two sets any more.',
    lesson:
      'An accuracy that is too good is a reason to look for copies. Names do not show them; the voxels do.',
  },
  scaling: {
    title: 'Skip normalisation',
    what: 'The same brains in odd units: each scan is multiplied by a factor between 1/1000 and 1000, and intensities are used as they are instead of being brought to the range from 0 to 1.',
    expect:
      'The brightest scans drown the others: in the test it is little better than guessing, or the loss jumps.',
    made: 'The cohort is open, and normalisation is off.',
    mend: 'Switch normalisation on',
    righted: 'Normalisation is on again: each scan runs from 0 to 1, whatever its units.',
    lesson: 'Units of MRI mean nothing by themselves; every scan has to be brought to one scale.',
  },
  labels: {
    title: 'Labels by lot',
    what: 'The same brains, with labels that were exchanged between people by lot.',
    expect:
      'The training loss falls all the same, towards 0: scans are learnt by heart. Validation and test stay near 50 %, which is guessing.',
    made: 'The cohort is open. Nothing shows that its labels mean nothing.',
    mend: 'Take the true labels',
    righted: 'The sample with its true labels is open again.',
    lesson:
      'A low training loss proves nothing. Only people who were never seen tell whether something was learnt.',
  },
  'learning-rate': {
    title: 'Steps a hundred times too long',
    what: 'The learning rate times 100: each step goes far beyond the place where the loss is smallest.',
    expect:
      'The loss jumps instead of falling, or stays where guessing is, at 0.69. If it stops being a number, training stops and names the scans of the batch.',
    made: 'The learning rate is a hundred times what it was.',
    mend: 'Set the learning rate back',
    righted: 'The learning rate is what it was.',
    lesson: 'Where the loss jumps or does not move, try another learning rate first.',
  },
};

const stops: Readonly<Record<TourStop, { readonly title: string; readonly text: string }>> = {
  start: {
    title: 'Begin here',
    text: 'Sample brains are made on the spot, and nobody’s. Or open a folder of your own: nothing of it leaves this computer.',
  },
  rail: {
    title: 'The way',
    text: 'From scans to a result, step by step. A tick is done, an exclamation mark has something to look at. Every step can be opened again.',
  },
  data: {
    title: 'Who is there',
    text: 'Participants, visits, labels, and what is wrong with a scan. Leave out whom you must, with a reason.',
  },
  split: {
    title: 'Who learns, who tests',
    text: 'The sets are drawn by participant. The leakage panel is green only with reasons, and training is refused while it is red.',
  },
  network: {
    title: 'What learns',
    text: 'The network, drawn to scale, and whether it fits this device. With explanations on, you can look at the sum of a single voxel here.',
  },
  train: {
    title: 'Learning',
    text: 'Curves of training and validation, live. Deliberate mistakes are at the end of this step: each shows what it does to them.',
  },
  evaluate: {
    title: 'How well',
    text: 'On people who were never seen, with intervals. A figure without one is half a figure.',
  },
  interpret: {
    title: 'Where it looks',
    text: 'A map on the brain, and the check that it says something at all.',
  },
  teaching: {
    title: 'That is all',
    text: 'Explanations can be switched off and on here at any time. The tour waits on the first step.',
  },
};

export const teachingStrings = {
  teaching: {
    on: 'Explanations',
    turnOn: 'Turn on explanations',
    turnOff: 'Turn off explanations',
    offer: 'New to this?',
    offerText: 'Each step says why it is there, and mistakes can be tried without harm.',
    isOn: 'Explanations are on.',
    takeTour: 'Take the tour',
    goOnTour: (stop: number): string => `Go on with the tour at stop ${count(stop)}`,
    why: 'Why this step',
    source: 'Source',
    whys: why,

    deliberate: 'Deliberate mistake',
    putRightMark: 'Mistake put right',
    markOf: { ...mapped((lesson) => lesson.title) },
    modelMark: (title: string): string =>
      `This model was trained on a deliberate mistake, “${title}”, on sample brains. Its figures show what the mistake does, and nothing else.`,
    modelRighted: (title: string): string =>
      `This model was trained on sample brains of the lesson “${title}”, after its mistake was put right.`,
    cohortMark: (title: string): string =>
      `A deliberate mistake is in force: “${title}”. Whatever is trained now is marked with it.`,
    cohortRighted: (title: string): string => `The mistake “${title}” was put right.`,

    lessons: 'Deliberate mistakes',
    lessonsLead:
      'Make a mistake on sample brains and see what it looks like. Each one really trains; your own data are never touched, and no rule is switched off.',
    mistakes,
    head: { what: 'The mistake', expect: 'What to expect', seen: 'What was seen' },
    tryIt: 'Try it',
    tryAgain: 'Try it again',
    working: 'Setting up',
    trainLeak: 'Train all the same, in this sandbox',
    caught: (codes: string): string => `Caught by the audit: ${codes}. Training is refused.`,
    caughtGo: 'See what the audit says',
    trainRight: 'Train without the mistake',
    leave: 'Leave the lesson',
    left: 'The lesson is over: the sample and the configuration are what they were.',
    undone: 'lesson undone',
    secondName: 'second name of a scan',
    trained: 'Trained. What was seen stands below.',
    own: 'Your own data are open. Mistakes are made on sample brains only: open them on the first step.',
    noGpu: 'Mistakes have to be trained, and this browser offers no WebGPU.',
    other: 'Another lesson is in force: trying this one leaves it.',
    compare: 'Compare both runs in Evaluate',
    rows: {
      audit: 'Audit',
      loss: 'Training loss, first to last epoch',
      worst: 'Largest loss of a batch',
      train: 'Balanced accuracy, training',
      validation: 'Balanced accuracy, validation',
      test: 'Balanced accuracy, test',
      end: 'How it ended',
    },
    columns: { row: 'Figure', wrong: 'With the mistake', right: 'Put right' },
    verdict: { clean: 'no leakage found', warnings: 'remarks only', leaky: 'leaky' },
    finding: (code: string, people: number): string => `${code}: ${count(people)} participants`,
    fromTo: (first: number, last: number): string => `${short(first)} to ${short(last)}`,
    tested: (sessions: number): string =>
      `${count(sessions)} ${sessions === 1 ? 'session' : 'sessions'}`,
    interval: (low: number, high: number): string => `${percent(low)} to ${percent(high)}`,
    ended: 'came to its end',
    notYet: 'not trained yet',
    none: '–',
    seen: {
      'as-expected': 'As expected.',
      'not-this-time':
        'Not as expected this time: few people are tested, and luck plays along. Another seed may show it.',
      stopped: 'Training stopped by itself, as it should.',
    } satisfies Record<Seen, string>,

    voxel: {
      title: 'The sum of one voxel',
      lead: 'The first layer makes each number of its output out of 27 neighbouring voxels. Choose a voxel: the products are added up here, beside what the network’s own layer gives.',
      show: 'Show the arithmetic',
      again: 'Show it for the present choice',
      old: 'The choice has changed: these are the numbers of the one before.',
      scan: 'Scan',
      weights: 'Weights',
      start: 'before training',
      trained: 'trained',
      slice: 'Slice (z)',
      column: 'Column (x)',
      row: 'Row (y)',
      kernel: (number: number): string => `Kernel ${count(number)}`,
      kernels: 'Kernel',
      seen: (slice: number): string =>
        `Slice ${count(slice)} of the scan, as the network sees it. Arrow keys move the voxel.`,
      seenShort: 'What the layer sees',
      made: (kernel: number): string => `What kernel ${count(kernel)} and ReLU make of this slice`,
      madeShort: (kernel: number): string => `After kernel ${count(kernel)} and ReLU`,
      at: (x: number, y: number, z: number): string =>
        `Voxel ${count(x)}, ${count(y)}, ${count(z)} (x, y, z, counted from 0)`,
      said: (x: number, y: number, result: string): string =>
        `Voxel ${count(x)}, ${count(y)}: sum ${result}.`,
      slab: (step: number, z: number): string =>
        `${step < 0 ? 'Slice below' : step > 0 ? 'Slice above' : 'Same slice'}, z = ${String(z)}`,
      cell: 'intensity × weight = product',
      outside: 'outside: 0',
      products: 'Sum of the 27 products',
      bias: 'Bias of the kernel',
      sum: 'Convolution',
      norm: 'Batch normalisation',
      normHow: (mean: string, variance: string, weight: string, bias: string): string =>
        `(convolution − ${mean}) ÷ √(${variance} + 0.00001) × ${weight} + ${bias}`,
      normHelp: 'Mean and variance are those that training has kept for this kernel.',
      relu: 'ReLU',
      reluHow: 'what is below 0 becomes 0',
      ours: 'Added up here',
      layer: 'The network’s layer',
      agree: 'Same to 1 in 10,000',
      agrees: 'yes',
      differs: 'no',
      steps: 'The sum, and what the next layers make of it',
      step: 'Step',
      unit: 'No units: intensities run from 0 to 1 after normalisation.',
    },

    tour: {
      label: (at: number, of: number): string => `Tour, ${count(at)} of ${count(of)}`,
      next: 'Next',
      back: 'Back',
      leave: 'Leave',
      done: 'Done',
      keys: 'Esc leaves.',
      stops,
    },
  },
} as const;

function mapped(pick: (lesson: Lesson) => string): Readonly<Record<Mistake, string>> {
  const { leak, scaling, labels } = mistakes;
  return {
    ...{ leak: pick(leak), scaling: pick(scaling), labels: pick(labels) },
    'learning-rate': pick(mistakes['learning-rate']),
  };
}
