/**
 * A model card (Mitchell et al. 2019) in Markdown, made of what a MAPS says and of nothing else: who
 * it was trained on in numbers, how, how well it does with intervals, and what the audit found. A
 * fact that is not in the MAPS is said to be absent. It names nobody.
 */
import type { Config } from '../config/schema.ts';
import type { Step } from '../onnx/preprocessing.ts';
import type { CardFacts, ResultFacts, SetFacts } from './card-facts.ts';

export interface ModelCard extends CardFacts {
  readonly config: Config;
  /** Of the MAPS. */
  readonly name: string;
  readonly split: string;
  readonly metric: string;
  /** 0-based, at whose end the weights were kept. */
  readonly epoch: number;
  readonly parameterCount: number;
  readonly inputSize: readonly number[];
  /** Names by code; none where the label is no class. */
  readonly classes: readonly string[];
  /** Which volumes: `file_type` of the preprocessing, in its own words. */
  readonly volumes: string;
  readonly steps: readonly Step[];
  readonly validation: 'SingleSplit' | 'KFoldSplit';
  /** One a file of weights. */
  readonly weights: readonly { readonly file: string; readonly sha256: string }[];
  /** Undefined for a MAPS that was never audited. */
  readonly leakage: LeakageFacts | undefined;
  /** Of the card, such as `2026-11-23`. */
  readonly written: string;
  /** Program and version that write the card. */
  readonly writer: string;
}

export interface LeakageFacts {
  /** Data groups that share people with training: their results say nothing about new people. */
  readonly leakyGroups: readonly string[];
  readonly verdict: string;
  /** Someone went on in spite of what was found. */
  readonly overridden: boolean;
  readonly findings: readonly { readonly code: string; readonly sentence: string }[];
}

const ABSENT = 'not in the MAPS';

/** @returns the text of `model-card.md` */
export function modelCardText(card: ModelCard): string {
  const { config, sets, results, environment } = card;
  const title = `${config.architecture}, ${config.network_task}${aim(card)}`;
  return [
    `# Model card: ${title}`,
    `Written on ${card.written} by ${card.writer} from the MAPS "${card.name}". **Not a medical device:** for research only, never for decisions about a patient.`,
    ...mistake(card),
    '## Model',
    table([['', ''], ...modelRows(card)]),
    '## Intended use',
    intendedUse(card),
    '## Data',
    sets.length === 0 ? `Participants: ${ABSENT}.` : table(setRows(sets)),
    dataNotes(card),
    '## Leakage',
    leakage(card),
    '## Preprocessing',
    card.steps.map(({ description }, index) => `${index + 1}. ${description}`).join('\n'),
    '## Training',
    table([['option', 'value'], ...trainingRows(config)]),
    '## Results',
    results.length === 0
      ? `Metrics of the model chosen by ${card.metric}: ${ABSENT}.`
      : results.map(resultText).join('\n\n'),
    '## Limits',
    limits(card)
      .map((line) => `- ${line}`)
      .join('\n'),
    '## Made with',
    madeWith(environment),
    '',
  ].join('\n\n');
}

/** Of a lesson, before anything else. */
function mistake({ mistake: note }: ModelCard): string[] {
  if (note === undefined) return [];
  const made = note.isPutRight
    ? `This run repeats a lesson (\`${note.mistake}\`) after its mistake was put right.`
    : `This model was trained with a mistake made on purpose, to see what comes of it (\`${note.mistake}\`).`;
  return [`> **Deliberate mistake, sample brains.** ${made} Its numbers show nothing else.`];
}

const aim = ({ config: { label } }: ModelCard): string =>
  label === null || label === undefined || label === '' ? '' : ` of ${label}`;

function modelRows(card: ModelCard): string[][] {
  const { config, classes, weights } = card;
  const codes = classes.map((name, at) => `${name} (${at})`).join(', ');
  return [
    ['architecture', config.architecture],
    ['trained parameters', card.parameterCount.toLocaleString('en')],
    ['input, channels first', card.inputSize.join(' x ')],
    ...(classes.length > 0 ? [['classes (code)', codes]] : []),
    ['split, chosen by', `${card.split}, ${card.metric} on validation`],
    ['weights of epoch', `${card.epoch} (the first is 0)`],
    ['date of training', card.date ?? ABSENT],
    ...weights.map(({ file, sha256 }) => [`SHA-256 of ${file}`, `\`${sha256}\``]),
  ];
}

function intendedUse(card: ModelCard): string {
  const what = {
    classification: `tells ${listed(card.classes)} apart`,
    regression: `estimates ${card.config.label ?? 'a value'}`,
    reconstruction: 'makes volumes again from a short code',
  }[card.config.network_task];
  return `Research on methods: the model ${what} in volumes of: ${card.volumes}, preprocessed as below. Anything else (other preprocessing, scanners, ages or diseases than in the data below) has not been shown to work.`;
}

function setRows(sets: readonly SetFacts[]): string[][] {
  const names = [...new Set(sets.flatMap(({ labels }) => [...(labels?.keys() ?? [])]))];
  const hasValues = sets.some(({ values }) => values !== undefined);
  return [
    ['set', 'participants', 'sessions', ...names, ...(hasValues ? ['mean (SD)'] : []), 'cohorts'],
    ...sets.map((set) => [
      ...[set.name, String(set.participants), String(set.sessions)],
      ...names.map((name) => (set.labels === undefined ? '' : String(set.labels.get(name) ?? 0))),
      ...(hasValues ? [moments(set)] : []),
      set.cohorts.join(', '),
    ]),
  ];
}

const moments = ({ values }: SetFacts): string =>
  values === undefined ? '' : `${values.mean.toFixed(1)} (${values.deviation.toFixed(1)})`;

function dataNotes({ config, validation }: ModelCard): string {
  const folds = validation === 'KFoldSplit' ? `${config.n_splits} folds` : 'one split';
  const visits = config.baseline ? 'baseline sessions' : 'all sessions of the tables';
  const unknown = ['sex', 'age'].filter((column) => config.label !== column);
  return `Validation by ${folds}, trained on ${visits}. ${capitalised(unknown.join(' and '))} of the participants, and how the sets were drawn: ${ABSENT}.`;
}

function leakage({ leakage: found }: ModelCard): string {
  if (found === undefined) return `An audit for leakage between the sets: ${ABSENT}.`;
  const insisted = found.overridden ? ' Training went on in spite of it.' : '';
  const findings = found.findings.map(({ code: name, sentence }) => `- ${name}: ${sentence}`);
  const groups = found.leakyGroups.map(
    (name) =>
      `- **The group "${name}" has people of the training in it: its results do not hold for new people.**`,
  );
  const said = `The audit of the training said: **${found.verdict}**.${insisted}`;
  return [said, [...findings, ...groups].join('\n')].filter((part) => part !== '').join('\n\n');
}

/** What decides over the weights, in the order of maps.json. */
const TRAINING = [
  ...['loss', 'optimizer', 'learning_rate', 'weight_decay', 'batch_size', 'accumulation_steps'],
  ...['epochs', 'patience', 'tolerance', 'dropout', 'sampler', 'data_augmentation', 'amp'],
  ...['adaptive_learning_rate', 'transfer_path', 'nb_unfrozen_layer', 'multi_network', 'seed'],
];

function trainingRows(config: Config): string[][] {
  const values = config as unknown as Readonly<Record<string, unknown>>;
  return TRAINING.filter((key) => values[key] !== undefined).map((key) => [
    key,
    key === 'transfer_path' ? lastName(values[key]) : printed(values[key]),
  ]);
}

function printed(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(', ');
  return value === null || value === '' ? 'none' : String(value);
}

/** A path may tell more than a name: of a user, of a machine. */
function lastName(path: unknown): string {
  return typeof path === 'string' && path !== ''
    ? (path
        .replace(/[\\/]+$/, '')
        .split(/[\\/]/)
        .at(-1) ?? path)
    : 'none';
}

function resultText({ group, metrics, sessions }: ResultFacts): string {
  const rows = metrics.map(({ name, value, interval, isUndefined }) => {
    if (isUndefined) return [name, '-', ''];
    const range =
      interval === undefined ? '' : `${figure(interval.lower)} to ${figure(interval.upper)}`;
    return [name, figure(Number(value)), range];
  });
  const dash = metrics.some(({ isUndefined }) => isUndefined)
    ? '\n\nA dash: not defined for this group, since nobody is, or nobody was predicted, of one class (the tables of the MAPS have 0).'
    : '';
  const count = sessions === undefined ? '' : `, ${sessions} sessions`;
  return `**${group}**${count}\n\n${table([['metric', 'value', '95 % interval'], ...rows])}${dash}`;
}

function limits({ sets, results, leakage: found }: ModelCard): string[] {
  const tests = results.filter(({ group }) => group !== 'train' && group !== 'validation');
  const smallest = Math.min(...tests.map(({ sessions }) => sessions ?? Infinity));
  const cohorts = new Set(sets.flatMap((set) => set.cohorts));
  return [
    'Intervals come from resampling the sessions of a group: they say nothing about other scanners, sites or populations.',
    'Results on validation flatter the model, since it was chosen by them; those on train are no measure of it.',
    ...(tests.length === 0
      ? ['No result on a group that training has not seen is in the MAPS.']
      : []),
    ...(Number.isFinite(smallest) ? [`The smallest test group has ${smallest} sessions.`] : []),
    ...(cohorts.size === 1 ? ['All data come from one cohort.'] : []),
    ...(found === undefined || found.verdict === 'not checked'
      ? ['Whether people or scans are shared between the sets was not checked.']
      : []),
  ];
}

function madeWith(environment: CardFacts['environment']): string {
  if (environment === undefined) return `Versions and device: ${ABSENT}.`;
  const hasDevice = environment.some((line) => line.startsWith('# adapter:'));
  const text = code(shortened(environment));
  return hasDevice ? text : `${text}\n\nDevice: ${ABSENT}.`;
}

const LINES = 20;
/** Of a long list of packages, those on which numbers depend. */
const MATTERS = /^(capsule|clinicadl|torch|numpy|nibabel|tensorflow-js|node|python)==|^#/;

function shortened(lines: readonly string[]): string[] {
  if (lines.length <= LINES) return [...lines];
  const kept = lines.filter((line) => MATTERS.test(line));
  return [...kept, `(and ${lines.length - kept.length} more)`];
}

/** Four digits; counts and zeros as they are. */
function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

const code = (lines: readonly string[]): string => ['```', ...lines, '```'].join('\n');

const listed = (names: readonly string[]): string =>
  names.join(', ').replace(/, ([^,]*)$/, ' and $1');

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
