/** Which set each session stands in, in the fold that is shown. */
import type { Plan, SetName } from '../../jobs/session-api.ts';

/** @returns the sets of a fold, the test set with them. */
export function foldSets(plan: Plan, fold: number): Readonly<Record<SetName, readonly string[]>> {
  const { train = [], validation = [] } = plan.folds[fold] ?? {};
  return { train, validation, test: plan.sets.test };
}

/** By `participant/session`; of two sets that a session stands in, the later one of the three. */
export function setsOfFold(plan: Plan | undefined, fold: number): ReadonlyMap<string, SetName> {
  if (plan === undefined) return new Map();
  const names: readonly SetName[] = ['train', 'validation', 'test'];
  const sets = foldSets(plan, fold);
  return new Map(names.flatMap((name) => sets[name].map((key) => [key, name] as const)));
}
