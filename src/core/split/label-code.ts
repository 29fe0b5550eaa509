/** Classes as numbers: label strings of the training set in alphabetical order, from 0 upwards. */
import { CapsuleError } from '../errors.ts';

/** Class number by label. */
export type LabelCode = Readonly<Record<string, number>>;

/**
 * @param labels - of the training rows of the first split, with repetitions
 * @throws LABEL_ONE_CLASS for fewer than two different labels
 */
export function makeLabelCode(labels: readonly string[]): LabelCode {
  const distinct = [...new Set(labels)].sort();
  if (distinct.length < 2) {
    throw new CapsuleError('LABEL_ONE_CLASS', {
      expected: 'two labels or more in the training set',
      found: distinct.length === 0 ? 'none' : `only "${distinct[0]}"`,
    });
  }
  return Object.fromEntries(distinct.map((label, code) => [label, code]));
}

/**
 * Checks a label code that someone gave; several labels may share a class.
 * @returns it, when its numbers are 0, 1, ... without a gap and it has every label
 * @throws CONFIG_VALUE
 */
export function checkLabelCode(code: LabelCode, labels: readonly string[]): LabelCode {
  const missing = [...new Set(labels)].filter((label) => !Object.hasOwn(code, label)).sort();
  if (missing.length > 0) {
    throw new CapsuleError('CONFIG_VALUE', {
      expected: `"label_code" to name every label`,
      found: `no number for ${missing.map((label) => `"${label}"`).join(', ')}`,
    });
  }
  const numbers = [...new Set(Object.values(code))].sort((a, b) => a - b);
  if (numbers.length < 2 || numbers.some((number, position) => number !== position)) {
    throw new CapsuleError('CONFIG_VALUE', {
      expected: '"label_code" to number two classes or more from 0 without a gap',
      found: numbers.join(', '),
    });
  }
  return code;
}

/** @returns names of the classes by number; labels that share one are joined by `|`. */
export function classNames(code: LabelCode): string[] {
  const names: string[][] = [];
  for (const [label, number] of Object.entries(code)) (names[number] ??= []).push(label);
  return Array.from(names, (labels) => (labels ?? []).join('|'));
}
