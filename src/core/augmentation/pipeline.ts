/**
 * What `data_augmentation` asks for, read into steps: names as ClinicaDL has them, tables with
 * parameters, and TorchIO's Compose and OneOf with their probabilities. In TOML:
 *
 *   data_augmentation = ["Noise", { name = "Motion", degrees = [1, 2], probability = 0.5 },
 *     { one_of = ["Ghosting", "Spike"], weights = [2, 1] }]
 */
import { CapsuleError } from '../errors.ts';
import { didYouMean } from '../config/nearest.ts';
import {
  transformNamed,
  TRANSFORMS,
  type ParameterSpec,
  type ParameterValue,
  type TransformName,
} from './catalogue.ts';

export type Values = Readonly<Record<string, ParameterValue>>;

export interface TransformStep {
  readonly kind: 'transform';
  readonly name: TransformName;
  readonly probability: number;
  /** All of its parameters. */
  readonly parameters: Values;
}

export type Step =
  | TransformStep
  | { readonly kind: 'compose'; readonly probability: number; readonly steps: readonly Step[] }
  | {
      readonly kind: 'one-of';
      readonly probability: number;
      readonly steps: readonly Step[];
      /** How often each is taken, by their sum. */
      readonly weights: readonly number[];
    };

export type Entry = string | Readonly<Record<string, unknown>>;

/** ClinicaDL's name of no transform, which makes 1.6.1 crash; here it is left out. */
const NONE = 'None';
const DEPTH = 8;

/**
 * @param given - the value of `data_augmentation`
 * @returns steps in the order in which they are applied; none for false
 * @throws CapsuleError CONFIG_VALUE naming the step and the parameter
 */
export function readPipeline(given: readonly Entry[] | false): Step[] {
  if (given === false) return [];
  return given.filter((entry) => entry !== NONE).map((entry) => readStep(entry, 1));
}

/** @returns the transforms of steps, those within others too, in their order */
export function transformsOf(steps: readonly Step[]): TransformStep[] {
  return steps.flatMap((step) => (step.kind === 'transform' ? [step] : transformsOf(step.steps)));
}

function readStep(entry: unknown, depth: number): Step {
  if (typeof entry === 'string') return readTransform(entry, {});
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry) || depth > DEPTH) {
    throw bad('names and tables', entry);
  }
  const { name, one_of, compose, probability, weights, ...rest } = entry as Record<string, unknown>;
  if (typeof name === 'string') {
    const others = { ...(one_of === undefined ? {} : { one_of }) };
    return readTransform(
      name,
      { ...rest, ...others, ...without({ compose, weights }) },
      probability,
    );
  }
  const inner = one_of ?? compose;
  if (!Array.isArray(inner) || inner.length === 0) {
    throw bad('each table to have a "name", or a list "one_of" or "compose"', entry);
  }
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw bad(`no "${unknown}" beside a list`, entry);
  const steps = inner.map((one: unknown) => readStep(one, depth + 1));
  const often = probabilityOf(probability, 1);
  if (one_of === undefined) return { kind: 'compose', probability: often, steps };
  const shares = weights ?? steps.map(() => 1);
  const isGood =
    Array.isArray(shares) &&
    shares.length === steps.length &&
    shares.every((share) => Number.isFinite(share) && share >= 0) &&
    shares.some((share) => share > 0);
  if (!isGood) throw bad(`"weights" to be ${steps.length} numbers of at least 0`, weights);
  return { kind: 'one-of', probability: often, steps, weights: shares as number[] };
}

function readTransform(
  name: string,
  given: Readonly<Record<string, unknown>>,
  probability?: unknown,
): TransformStep {
  const spec = transformNamed(name);
  if (spec === undefined) {
    const names = TRANSFORMS.map((one) => one.name);
    throw bad(`names out of ${names.join(', ')}`, name, didYouMean(name, names));
  }
  const known = Object.keys(spec.parameters);
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw bad(
      `parameters of ${name} out of ${[...known, 'probability'].join(', ')}`,
      unknown,
      didYouMean(unknown, known),
    );
  }
  const parameters = Object.entries(spec.parameters).map(([key, parameter]) => {
    const value = given[key];
    const read = value === undefined ? parameter.fallback : readValue(parameter, value);
    if (read === undefined) throw bad(`${name}.${key} to be ${inWords(parameter)}`, value);
    return [key, read] as const;
  });
  return {
    kind: 'transform',
    name: spec.name,
    probability: probabilityOf(probability, spec.probability),
    parameters: Object.fromEntries(parameters),
  };
}

/** @returns undefined for a value that may not be */
function readValue(spec: ParameterSpec, value: unknown): ParameterValue | undefined {
  const isWhole = spec.kind.startsWith('integer');
  const fits = (one: unknown): one is number =>
    Number.isFinite(one) &&
    (one as number) >= spec.min &&
    (one as number) <= spec.max &&
    (!isWhole || Number.isInteger(one));
  switch (spec.kind) {
    case 'flag':
      return typeof value === 'boolean' ? value : undefined;
    case 'number':
    case 'integer':
      return fits(value) ? value : undefined;
    case 'numbers':
      return Array.isArray(value) && value.every(fits) ? [...(value as number[])] : undefined;
    default: {
      const [from, to, more] = (Array.isArray(value) ? value : [value, value]) as unknown[];
      const isGood = fits(from) && fits(to) && from <= to && more === undefined;
      return isGood ? [from, to] : undefined;
    }
  }
}

function inWords({ kind, min, max }: ParameterSpec): string {
  const limits = `from ${min} to ${max}`;
  if (kind === 'flag') return 'true or false';
  if (kind === 'number') return `a number ${limits}`;
  if (kind === 'integer') return `a whole number ${limits}`;
  if (kind === 'numbers') return `a list of numbers ${limits}`;
  return `[from, to], both ${kind === 'range' ? 'numbers' : 'whole numbers'} ${limits}`;
}

function probabilityOf(value: unknown, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw bad('"probability" to be a number from 0 to 1', value);
}

function without(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function bad(expected: string, found: unknown, rest: { action?: string } = {}): CapsuleError {
  return new CapsuleError('CONFIG_VALUE', {
    ...rest,
    expected: `in "data_augmentation" ${expected}`,
    found: (JSON.stringify(found) ?? String(found)).slice(0, 200),
  });
}
