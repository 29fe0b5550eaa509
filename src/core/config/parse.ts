/**
 * From what someone wrote to a `Config`. Nothing written is trusted: unknown names are refused with
 * the nearest known one, values are checked against the schema, and results are fresh objects.
 */
import * as v from 'valibot';
import { CapsuleError } from '../errors.ts';
import { nearest } from './nearest.ts';
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
  for (const [name, section] of kept) refuseUnknown(name, section, task, source);
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
  const options = optionsOf(task);
  const values = entriesOf(record, 'the configuration', source).map(([key, value]) => {
    const placed = options.find((option) => option.key === key);
    if (placed === undefined) throw unknownKey(key, options.map(keyOf), source);
    return [key, checkValue(placed, value, source)] as const;
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
  const near = typeof value === 'string' ? nearest(value, option.choices ?? []) : undefined;
  return new CapsuleError('CONFIG_VALUE', {
    ...source,
    expected: `"${key}" to be ${option.expected}`,
    found: inWords(value),
    ...(near === undefined ? {} : { action: `Did you mean "${near}"?` }),
  });
}

export function unknownKey(
  found: string,
  known: readonly string[],
  source: ConfigSource,
): CapsuleError {
  const near = nearest(found, known);
  return new CapsuleError('CONFIG_UNKNOWN_KEY', {
    ...source,
    found: `"${found}"`,
    ...(near === undefined ? {} : { action: `Did you mean "${near}"?` }),
  });
}

function refuseUnknown(name: string, section: unknown, task: Task, source: ConfigSource): void {
  const sections = sectionsOf(task);
  const known = sections.find((candidate) => candidate.name === name);
  if (known === undefined) {
    const names = sections.map((candidate) => candidate.name);
    throw unknownKey(name, names, source);
  }
  for (const [key] of entriesOf(section, `section "${name}"`, source)) {
    if (Object.hasOwn(known.options, key)) continue;
    const elsewhere = optionsOf(task).find((placed) => placed.key === key);
    const own = Object.keys(known.options).map((option) => `${name}.${option}`);
    const all = optionsOf(task).map((placed) => `${placed.section}.${placed.key}`);
    const found = `${name}.${key}`;
    if (elsewhere !== undefined) {
      throw new CapsuleError('CONFIG_UNKNOWN_KEY', {
        ...source,
        found: `"${found}"`,
        action: `It belongs to section "${elsewhere.section}".`,
      });
    }
    throw unknownKey(found, [...own, ...all], source);
  }
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

const keyOf = ({ key }: PlacedOption): string => key;

function inWords(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 200);
}
