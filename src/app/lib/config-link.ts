/**
 * The configuration in the part of the address after `#`: readable `key=value` pairs under ClinicaDL's
 * own keys, beside `mode` and the shares of the sets. With `task` the rest starts from ClinicaDL's
 * defaults, so that a link means the same everywhere; without it, from what the page proposes. No
 * link names a participant, a session or a path.
 */
import { changedOptions, valueOf } from '../../core/config/changes.ts';
import { didYouMean } from '../../core/config/nearest.ts';
import { texts } from '../../core/config/option.ts';
import { optionText, optionValue } from '../../core/config/option-text.ts';
import { optionsOf, TASKS, type PartialConfig, type Task } from '../../core/config/schema.ts';
import { describe, toProblem, type Problem } from '../../core/errors.ts';
import type { ExperimentChoice, ModeOptions } from '../../jobs/session-api.ts';
import { isAllowed, limits } from './choice.ts';
import { placeOf, PATHS } from './config-places.ts';
import { MODE_EXPECTED, modeText, readMode } from './mode-text.ts';

/** What a link asks for. */
export interface LinkedChoice {
  /** Absent where the link leaves it to the page. */
  readonly task?: Task;
  readonly given: PartialConfig;
  readonly mode?: ModeOptions;
  readonly classes?: readonly string[];
  readonly validationShare?: number;
  readonly testShare?: number;
}

const CLASSES = { key: 'classes', option: texts([''], { help: '' }) };
const SHARES = { validation: 'validationShare', test: 'testShare' } as const;
const OWN_KEYS = ['task', 'mode', 'classes', ...Object.keys(SHARES)];
/** Kept by the split rather than by the configuration. */
const OF_SETS: ReadonlySet<string> = new Set(['diagnoses', 'n_splits', 'split']);

/**
 * @param pairs - decoded texts by key, without those of `parseHash` itself
 * @returns undefined where there is none; faults go to `problems`, and what is right is used
 */
export function readLink(
  pairs: ReadonlyMap<string, string>,
  problems: Problem[],
): LinkedChoice | undefined {
  if (pairs.size === 0) return undefined;
  const task = TASKS.find((name) => name === pairs.get('task'));
  const options = new Map(optionsOf(task ?? 'classification').map((one) => [one.key, one]));
  const values: [string, unknown][] = [];
  const linked: { -readonly [Key in keyof LinkedChoice]: LinkedChoice[Key] } = { given: {} };
  const refuse = (expected: string, found: string): void => {
    problems.push(describe('CONFIG_VALUE', { expected, found }));
  };
  for (const [key, text] of pairs) {
    const placed = options.get(key);
    if (key === 'task') {
      if (task === undefined) refuse(`task: ${TASKS.join(', ')}`, text);
      else linked.task = task;
    } else if (key === 'mode') {
      const mode = readMode(text);
      if (mode === undefined) refuse(MODE_EXPECTED, text);
      else linked.mode = mode;
    } else if (key === 'classes') {
      const read = attempt(() => optionValue(CLASSES, text), problems);
      if (read !== undefined) linked.classes = read as string[];
    } else if (key === 'validation' || key === 'test') {
      const share = /^0?\.\d{1,17}$|^0$/.test(text) ? Number(text) : NaN;
      const { min, max } = limits[SHARES[key]];
      if (isAllowed(SHARES[key], share)) linked[SHARES[key]] = share;
      else refuse(`${key}: a number from ${min} to ${max}`, text);
    } else if (placed === undefined || key === 'diagnoses') {
      const known = [...options.keys(), ...OWN_KEYS, 'sample', 'step', 'batch', 'teach'];
      problems.push(describe('CONFIG_UNKNOWN_KEY', { found: key, ...didYouMean(key, known) }));
    } else if (PATHS.has(key) || placeOf(key) === 'command-line') {
      refuse(`no "${key}" in a link: it is an option of the command line`, text);
    } else {
      const value = attempt(() => optionValue(placed, text), problems);
      if (value !== undefined) values.push([key, value]);
    }
  }
  return { ...linked, given: Object.fromEntries(values) as PartialConfig };
}

/** @param proposed - classes that the page would take for the label anyway */
export function linkPairs(choice: ExperimentChoice, proposed: readonly string[]): string[] {
  const { config, mode, classes, folds, trainedFolds = [] } = choice;
  const isOfClasses =
    config.network_task === 'classification' && classes.join('\0') !== proposed.join('\0');
  const changed = changedOptions(config)
    .filter(({ key }) => !OF_SETS.has(key) && placeOf(key) !== 'command-line')
    .map(({ key, option }) => [key, optionText(option, valueOf(config, key), ',')] as const);
  const pairs: (readonly [string, string])[] = [
    ['task', config.network_task],
    ...(isOfClasses ? [['classes', optionText(CLASSES.option, classes, ',')] as const] : []),
    ...changed,
    ...(mode.mode === 'image' ? [] : [['mode', modeText(mode)] as const]),
    ...(folds === undefined ? [] : [['n_splits', String(folds)] as const]),
    ...(trainedFolds.length === 0 ? [] : [['split', trainedFolds.join(',')] as const]),
    ...(choice.validationShare === DEFAULT_SHARE
      ? []
      : [['validation', String(choice.validationShare)] as const]),
    ...(choice.testShare === DEFAULT_SHARE ? [] : [['test', String(choice.testShare)] as const]),
  ];
  return pairs.map(([key, text]) => `${key}=${escaped(text)}`);
}

/** Of the page's proposal. */
export const DEFAULT_SHARE = 0.2;

/** Only what an address, or the reading of it, needs escaped, so that people can read it. */
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/%2C/g, ',').replace(/%3A/g, ':');

function attempt<Result>(read: () => Result, problems: Problem[]): Result | undefined {
  try {
    return read();
  } catch (thrown) {
    problems.push(toProblem(thrown));
    return undefined;
  }
}
