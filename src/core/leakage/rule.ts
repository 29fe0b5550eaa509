/**
 * A rule of the audit: a plain function over an experiment. It says what it looked at, so that
 * "nothing found" means something, or why there was nothing to look at.
 */
import type { LeakCode, Severity } from './catalogue.ts';
import type { Experiment } from './experiment.ts';

/** One place where something was found. */
export interface Case {
  readonly severity: Severity;
  /** The sets, tables or columns, in words. */
  readonly where: string;
  /** All that are concerned, sorted. */
  readonly participants: readonly string[];
  /** An example, or what stands out. */
  readonly detail?: string;
}

export type Examined =
  | { readonly cases: readonly Case[]; readonly looked: string }
  /** Why nothing could be looked at. */
  | { readonly unchecked: string };

export interface Rule {
  readonly code: LeakCode;
  readonly examine: (experiment: Experiment) => Examined;
}

/** @returns `1 pair`, `2 pairs`. */
export const counted = (count: number, one: string): string =>
  `${count} ${count === 1 ? one : `${one}s`}`;
