/**
 * The command line as a view of the schema: which options there are, how they are spelt, and how
 * the text behind them becomes a value. Two short names of 1.6.1 were bound twice by mistake; here
 * `-d` is `--diagnoses`, as documented, and `-s` is `--split`, as it works there.
 */
import { checkValue, valueError } from './parse.ts';
import type { Option, Spelling } from './option.ts';
import { optionsOf, type PartialConfig, type PlacedOption, type Task } from './schema.ts';

export interface Argument extends PlacedOption {
  readonly cli: Spelling;
  /** Takes no text: its presence is the value. */
  readonly isFlag: boolean;
  /** May be repeated, once a value. */
  readonly isList: boolean;
}

const LISTS = new Set(['texts', 'integers', 'names-or-false']);

/** @returns the options of a task that the command line has, in the order of the schema. */
export function argumentsOf(task: Task): Argument[] {
  return optionsOf(task).flatMap((placed) => {
    const { cli, kind } = placed.option;
    if (cli === undefined) return [];
    return [{ ...placed, cli, isFlag: kind === 'flag', isList: LISTS.has(kind) }];
  });
}

/**
 * @param given - what was typed, by key: text, texts of a repeated option, or true/false for a flag;
 *   undefined for what was not typed
 * @returns values as the schema has them
 * @throws CONFIG_VALUE naming the option
 */
export function parseArguments(
  given: Readonly<Record<string, string | readonly string[] | boolean | undefined>>,
  task: Task,
): PartialConfig {
  const values = argumentsOf(task).flatMap((argument) => {
    const typed = Object.hasOwn(given, argument.key) ? given[argument.key] : undefined;
    return typed === undefined ? [] : [[argument.key, readArgument(argument, typed)] as const];
  });
  return Object.fromEntries(values) as PartialConfig;
}

function readArgument(argument: Argument, typed: string | readonly string[] | boolean): unknown {
  const { key, option } = argument;
  const texts = typeof typed === 'object' ? typed : [String(typed)];
  const values = texts.map((text) => readText(key, option, text));
  return checkValue(argument, argument.isList ? values : values[values.length - 1]);
}

function readText(key: string, option: Option, text: string): unknown {
  switch (option.kind) {
    case 'flag':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'integer':
    case 'integers':
    case 'number': {
      const value = text.trim() === '' ? NaN : Number(text);
      if (Number.isNaN(value)) throw valueError(key, option, text, {});
      return value;
    }
    case 'names-or-false':
      return text.trimStart().startsWith('{') ? tableOf(key, option, text) : text;
    default:
      return text;
  }
}

/** A name with what it is given, as JSON: `{"name": "Motion", "degrees": [1, 2]}`. */
function tableOf(key: string, option: Option, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    const found = thrown instanceof Error ? thrown.message : text;
    throw valueError(key, option, `${text}: ${found}`, {});
  }
}
