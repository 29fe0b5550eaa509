/**
 * From what someone wrote to a `Config`. Nothing written is trusted: unknown names are refused, all of
 * them with the nearest known one, values are checked against the schema, and results are fresh objects.
 */
import * as v from 'valibot';
import { CapsuleError } from '../errors.ts';
import { didYouMean, nearest } from './nearest.ts';
import type { Option } from './option.ts';
import {
  defaultConfig,
  experimentSchema,
  ignoredSections,
  optionsOf,
  sectionsOf,
  type Config,
  type PartialConfig,
  type PlacedOption,
  type Task,
} from './schema.ts';

/** Where a configuration came from, for messages. */
export interface ConfigSource {
  readonly file?: string;
}

/**
 * @param record - sections by name, as a TOML file has them; those of other tasks and
 *   `Random_Search` are left out
 * @returns the options that it gives
 * @throws CONFIG_UNKNOWN_KEY, CONFIG_VALUE
 */
export function parseConfig(record: unknown, task: Task, source: ConfigSource = {}): PartialConfig {
  const sections = entriesOf(record, 'the configuration', source);
  const ignored = new Set(ignoredSections(task));
  const kept = sections.filter(([name]) => !ignored.has(name));
  refuseUnknown(
    kept.flatMap(([name, section]) => unknownIn(name, section, task, source)),
    source,
  );
  const result = v.safeParse(experimentSchema(task), Object.fromEntries(kept));
  if (!result.success) throw badValue(result.issues[0], task, source);
  const given = Object.values(result.output).flatMap((section) => Object.entries(section ?? {}));
  return Object.fromEntries(given) as PartialConfig;
}

/**
 * @param record - options by key, as a maps.json has them
 * @throws CONFIG_UNKNOWN_KEY, CONFIG_VALUE
 */
export function parseFlat(record: unknown, task: Task, source: ConfigSource = {}): PartialConfig {
  const options = new Map(optionsOf(task).map((placed) => [placed.key, placed]));
  const entries = entriesOf(record, 'the configuration', source);
  const unknown = entries.filter(([key]) => !options.has(key));
  refuseUnknown(
    unknown.map(([found]) => ({ found, near: nearest(found, [...options.keys()]) })),
    source,
  );
  const values = entries.flatMap(([key, value]) => {
    const placed = options.get(key);
    return placed === undefined ? [] : [[key, checkValue(placed, value, source)] as const];
  });
  return Object.fromEntries(values) as PartialConfig;
}

/**
 * @param layers - what was given, the strongest first: command line, then file
 * @returns the complete experiment; what no layer gives has its default
 */
export function mergeConfig(task: Task, ...layers: readonly PartialConfig[]): Config {
  const weakestFirst = [...layers].reverse();
  return Object.assign({}, defaultConfig(task), ...weakestFirst) as Config;
}

/** @returns the value as the schema reads it, or throws CONFIG_VALUE. */
export function checkValue(
  { key, option }: Pick<PlacedOption, 'key' | 'option'>,
  value: unknown,
  source: ConfigSource = {},
): unknown {
  const result = v.safeParse(option.schema, value);
  if (result.success) return result.output;
  throw valueError(key, option, value, source);
}

export function valueError(
  key: string,
  option: Option,
  value: unknown,
  source: ConfigSource,
): CapsuleError {
  const typed = typeof value === 'string' ? value : '';
  return new CapsuleError('CONFIG_VALUE', {
    ...source,
    expected: `"${key}" to be ${option.expected}`,
    found: inWords(value),
    ...didYouMean(typed, option.choices ?? []),
  });
}

/** A section or a key that nobody knows. */
export interface UnknownName {
  readonly found: string;
  /** The known one that may be meant. */
  readonly near?: string | undefined;
  /** Where the key belongs. */
  readonly section?: string;
}

/** @throws CONFIG_UNKNOWN_KEY naming all of them, so that a file is put right at once */
function refuseUnknown(names: readonly UnknownName[], source: ConfigSource): void {
  if (names.length === 0) return;
  const [only] = names.length === 1 ? names : [];
  const actions = names.map((name) => adviceOn(name, only === undefined)).filter(Boolean);
  throw new CapsuleError('CONFIG_UNKNOWN_KEY', {
    ...source,
    found: names.map(({ found }) => `"${found}"`).join(', '),
    ...(actions.length === 0 ? {} : { action: actions.join(' ') }),
  });
}

/**
 * What to do about an unknown name; '' where nothing is to be said.
 * @param isNamed - whether it says of which name
 */
export function adviceOn({ found, near, section }: UnknownName, isNamed: boolean): string {
  if (section !== undefined) {
    return `${isNamed ? `"${found}"` : 'It'} belongs to section "${section}".`;
  }
  if (near === undefined) return isNamed ? `Remove "${found}".` : '';
  return isNamed ? `For "${found}", did you mean "${near}"?` : `Did you mean "${near}"?`;
}

/** @returns the section itself where it is unknown, else its unknown keys as `Section.key`. */
export function unknownIn(
  name: string,
  section: unknown,
  task: Task,
  source: ConfigSource,
): UnknownName[] {
  const sections = sectionsOf(task);
  const all = optionsOf(task);
  const sectionOf = (key: string) => all.find((placed) => placed.key === key)?.section;
  const known = sections.find((candidate) => candidate.name === name);
  if (known === undefined) {
    const belongs = sectionOf(name);
    if (belongs !== undefined) return [{ found: name, section: belongs }];
    const names = sections.map((candidate) => candidate.name);
    return [{ found: name, near: nearest(name, names) }];
  }
  const own = Object.keys(known.options).map((option) => `${name}.${option}`);
  const others = all.map((placed) => `${placed.section}.${placed.key}`);
  return entriesOf(section, `section "${name}"`, source).flatMap(([key]): UnknownName[] => {
    if (Object.hasOwn(known.options, key)) return [];
    const found = `${name}.${key}`;
    const belongs = sectionOf(key);
    if (belongs !== undefined) return [{ found, section: belongs }];
    return [{ found, near: nearest(found, [...own, ...others]) }];
  });
}

function badValue(issue: v.BaseIssue<unknown>, task: Task, source: ConfigSource): CapsuleError {
  const key = String(issue.path?.[1]?.key);
  const placed = optionsOf(task).find((option) => option.key === key);
  const given = issue.path?.[1]?.value;
  return placed === undefined
    ? new CapsuleError('CONFIG_VALUE', { ...source, found: issue.message })
    : valueError(key, placed.option, given, source);
}

function entriesOf(record: unknown, what: string, source: ConfigSource): [string, unknown][] {
  if (typeof record === 'object' && record !== null && !Array.isArray(record)) {
    return Object.entries(record);
  }
  throw new CapsuleError('CONFIG_VALUE', {
    ...source,
    expected: `${what} to be a table of options`,
    found: inWords(record),
  });
}

function inWords(value: unknown): string {
  // JSON has no words for NaN and infinity.
  if (typeof value === 'number') return String(value);
  return (JSON.stringify(value) ?? String(value)).slice(0, 200);
}
