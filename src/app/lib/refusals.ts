/** What stands in fields of the form and cannot be used, by the key of its option. */
import type { Problem } from '../../core/errors.ts';

export interface Refused {
  /** As it was typed. */
  readonly text: string;
  readonly problem: Problem;
}

export type Refusals = ReadonlyMap<string, Refused>;

export const noRefusals: Refusals = new Map();

/** @param refused - undefined when what stands there can be used */
export function withRefusal(
  refusals: Refusals,
  key: string,
  refused: Refused | undefined,
): Refusals {
  const others = [...refusals].filter(([name]) => name !== key);
  return new Map(refused === undefined ? others : [...others, [key, refused]]);
}
