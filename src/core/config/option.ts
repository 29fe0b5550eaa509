/**
 * What one option of an experiment is: its values, its default, its words, its spelling on the
 * command line, and how much of it works today. The file, the command line and the form are three
 * views of these descriptions, so that no option is described twice.
 */
import * as v from 'valibot';

export type OptionKind =
  | 'flag'
  | 'integer'
  | 'number'
  | 'text'
  | 'choice'
  | 'texts'
  | 'integers'
  | 'names-or-false'
  | 'path-or-false'
  | 'codes';

/** Spelling on the command line; options without one are set in the file alone, as in ClinicaDL. */
export interface Spelling {
  readonly long: string;
  readonly short?: string;
  /** Name that sets a flag to false. */
  readonly negative?: string;
}

/** How an option is described by the files `options-*.ts`. */
export interface Words<T> {
  readonly help: string;
  readonly cli?: Spelling;
  /** `true` (the default), or why only the default value is accepted today. */
  readonly supported?: string;
  /** Values that work today when some do and some do not. */
  readonly works?: readonly T[];
}

export interface Option<T = unknown> {
  readonly kind: OptionKind;
  readonly schema: v.GenericSchema<unknown, T>;
  readonly fallback: T;
  /** What a value must be, in words that follow "to be". */
  readonly expected: string;
  readonly help: string;
  readonly supported: true | string;
  readonly works?: readonly T[];
  readonly choices?: readonly string[];
  readonly cli?: Spelling;
  /** Python prints the value with a point: 0.0, not 0. */
  readonly float?: boolean;
}

/** Values of a group of options, by key. */
export type ValuesOf<Group> = {
  [Key in keyof Group]: Group[Key] extends Option<infer T> ? T : never;
};

interface Range {
  readonly min?: number;
  readonly max?: number;
}

type Shape<T> = Pick<Option<T>, 'kind' | 'schema' | 'fallback' | 'expected'> &
  Partial<Pick<Option<T>, 'choices' | 'float'>>;

function option<T>(shape: Shape<T>, words: Words<T>): Option<T> {
  const { supported = true, ...rest } = words;
  return { ...shape, ...rest, supported };
}

export function flag(fallback: boolean, words: Words<boolean>): Option<boolean> {
  const schema = v.pipe(v.unknown(), v.boolean());
  return option({ kind: 'flag', schema, fallback, expected: 'true or false' }, words);
}

export function integer(fallback: number, range: Range, words: Words<number>): Option<number> {
  const schema = v.pipe(
    v.unknown(),
    v.number(),
    v.safeInteger(),
    v.check((value) => inside(value, range)),
  );
  const expected = `a whole number${inWords(range)}`;
  return option({ kind: 'integer', schema, fallback, expected }, words);
}

export function decimal(fallback: number, range: Range, words: Words<number>): Option<number> {
  return option({ ...numeric(fallback, range), float: true }, words);
}

/** A number that 1.6.1 writes as it was given, without a point when it is whole. */
export function quantity(fallback: number, range: Range, words: Words<number>): Option<number> {
  return option(numeric(fallback, range), words);
}

export function text(fallback: string, words: Words<string>): Option<string> {
  const schema = v.pipe(v.unknown(), v.string(), v.maxLength(4096));
  return option({ kind: 'text', schema, fallback, expected: 'a text' }, words);
}

export function choice(
  fallback: string,
  choices: readonly string[],
  words: Words<string>,
): Option<string> {
  const schema = v.pipe(v.unknown(), v.picklist(choices));
  const expected = `one of ${choices.map((name) => `"${name}"`).join(', ')}`;
  return option({ kind: 'choice', schema, fallback, expected, choices }, words);
}

export function texts(
  fallback: readonly string[],
  words: Words<readonly string[]>,
): Option<readonly string[]> {
  const schema = v.pipe(v.unknown(), v.array(v.string()), v.minLength(1), v.readonly());
  return option(
    { kind: 'texts', schema, fallback, expected: 'a list of one or more texts' },
    words,
  );
}

export function integers(words: Words<readonly number[]>): Option<readonly number[]> {
  const schema = v.pipe(
    v.unknown(),
    v.array(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
    v.readonly(),
  );
  const expected = 'a list of whole numbers of at least 0';
  return option({ kind: 'integers', schema, fallback: [], expected }, words);
}

/** A name, or a table of it and what it is given. */
export type NameOrTable = string | Readonly<Record<string, unknown>>;

export function namesOrFalse(
  choices: readonly string[],
  words: Words<readonly NameOrTable[] | false>,
): Option<readonly NameOrTable[] | false> {
  const entry = v.union([v.picklist(choices), v.record(v.string(), v.unknown())]);
  const schema = v.pipe(
    v.unknown(),
    v.union([v.literal(false), v.pipe(v.array(entry), v.readonly())]),
  );
  const expected = `false or a list out of ${choices.join(', ')}, or of tables with a "name"`;
  return option({ kind: 'names-or-false', schema, fallback: false, expected, choices }, words);
}

export function pathOrFalse(words: Words<string | false>): Option<string | false> {
  const schema = v.pipe(
    v.unknown(),
    v.union([v.literal(false), v.pipe(v.string(), v.maxLength(4096))]),
    v.transform((value) => (value === '' ? false : value)),
  );
  return option({ kind: 'path-or-false', schema, fallback: false, expected: 'a path' }, words);
}

export function codes(
  words: Words<Readonly<Record<string, number>>>,
): Option<Readonly<Record<string, number>>> {
  const schema = v.pipe(
    v.unknown(),
    v.custom<object>((value) => typeof value === 'object' && value !== null),
    v.transform((value) => Object.entries(value)),
    v.array(v.tuple([v.string(), v.pipe(v.number(), v.safeInteger(), v.minValue(0))])),
    v.transform((entries) => Object.fromEntries(entries) as Readonly<Record<string, number>>),
  );
  const expected = 'a table of labels and whole numbers, such as { AD = 0, CN = 1 }';
  return option({ kind: 'codes', schema, fallback: {}, expected }, words);
}

function numeric(fallback: number, range: Range): Shape<number> {
  const schema = v.pipe(
    v.unknown(),
    v.number(),
    v.finite(),
    v.check((value) => inside(value, range)),
  );
  return { kind: 'number', schema, fallback, expected: `a number${inWords(range)}` };
}

function inside(value: number, { min = -Infinity, max = Infinity }: Range): boolean {
  return value >= min && value <= max;
}

function inWords({ min, max }: Range): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  return min === undefined ? '' : ` of at least ${min}`;
}
