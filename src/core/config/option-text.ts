/**
 * One option as text and back: what stands in a field of a form and in a link. Lists are separated by
 * commas, tables are `AD=0, CN=1`; a name with a comma, an equals sign or a space at its ends stands in
 * double quotes, as a JSON string.
 */
import { checkValue, valueError } from './parse.ts';
import type { Option } from './option.ts';
import type { PlacedOption } from './schema.ts';

/**
 * @param separator - of lists, with or without a space
 * @returns the text of a value that the schema accepts; `optionValue` reads it back
 */
export function optionText(
  { kind }: Pick<Option, 'kind'>,
  value: unknown,
  separator: ', ' | ',' = ', ',
): string {
  switch (kind) {
    case 'texts':
    case 'integers':
    case 'names-or-false':
      return Array.isArray(value)
        ? value.map((item) => nameText(asText(item))).join(separator)
        : String(value);
    case 'codes':
      return Object.entries(value ?? {})
        .map(([name, code]) => `${nameText(name)}=${String(code)}`)
        .join(separator);
    default:
      return String(value);
  }
}

/**
 * @param text - as someone typed it, or as `optionText` wrote it
 * @throws CONFIG_VALUE naming the option, what it takes, and what was found
 */
export function optionValue(
  { key, option }: Pick<PlacedOption, 'key' | 'option'>,
  text: string,
): unknown {
  const typed = text.trim();
  const refuse = () => valueError(key, option, text, {});
  const check = (value: unknown) => {
    try {
      return checkValue({ key, option }, value);
    } catch {
      throw refuse();
    }
  };
  switch (option.kind) {
    case 'flag':
      return check(typed === 'true' ? true : typed === 'false' ? false : typed);
    case 'integer':
    case 'number':
      return check(numberOf(typed));
    case 'path-or-false':
      return check(typed === 'false' ? false : text);
    case 'choice':
      return check(typed);
    case 'text':
      return check(text);
    case 'texts':
      return check(typed === '' ? [] : namesOf(typed, refuse));
    case 'integers':
      return check(typed === '' ? [] : namesOf(typed, refuse).map(numberOf));
    case 'names-or-false':
      if (typed === 'false') return false;
      return check(typed === '' ? [] : namesOf(typed, refuse).map((name) => entryOf(name, refuse)));
    case 'codes':
      return check(codesOf(typed, refuse));
  }
}

/** Numbers as people and JavaScript write them; an empty text, or hexadecimal digits, are none. */
const numberOf = (text: string): number =>
  /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;

const nameText = (name: string): string =>
  name === '' || name !== name.trim() || /[,="\\]/.test(name) ? JSON.stringify(name) : name;

/** A name in quotes, or everything up to the next separator. */
const NAME = /\s*("(?:[^"\\]|\\.)*"|[^,="]*)\s*/y;

function namesOf(text: string, refuse: () => Error): string[] {
  return partsOf(text, false, refuse).map(({ name }) => name);
}

function codesOf(text: string, refuse: () => Error): Record<string, number> {
  const parts = text === '' ? [] : partsOf(text, true, refuse);
  return Object.fromEntries(parts.map(({ name, value }) => [name, numberOf(value)]));
}

function partsOf(text: string, hasValues: boolean, refuse: () => Error) {
  const parts: { name: string; value: string }[] = [];
  let at = 0;
  for (;;) {
    NAME.lastIndex = at;
    const [all = '', name = ''] = NAME.exec(text) ?? [];
    at += all.length;
    let value = '';
    if (hasValues) {
      const [found] = /^=[^,]*/.exec(text.slice(at)) ?? [];
      if (found === undefined) throw refuse();
      at += found.length;
      value = found.slice(1).trim();
    }
    parts.push({ name: unquoted(name, refuse), value });
    if (at >= text.length) return parts;
    if (text[at] !== ',') throw refuse();
    at += 1;
  }
}

function unquoted(name: string, refuse: () => Error): string {
  if (!name.startsWith('"')) {
    if (name.trim() === '') throw refuse();
    return name.trim();
  }
  try {
    return String(JSON.parse(name));
  } catch {
    throw refuse();
  }
}

function entryOf(name: string, refuse: () => Error): unknown {
  if (!name.startsWith('{')) return name;
  try {
    return JSON.parse(name);
  } catch {
    throw refuse();
  }
}

/** A table among names, such as a transform with its parameters, is written as JSON. */
const asText = (item: unknown): string =>
  typeof item === 'object' && item !== null ? JSON.stringify(item) : String(item);
