/** Which models can be set against each other, and on which sessions that is fair. */
import type { ModelSummary } from '../../jobs/session-api.ts';

/** Whether they predict the same thing: task, label and classes. */
export function comparableWith(first: ModelSummary, other: ModelSummary): boolean {
  const { task, label, classes } = first;
  return task === other.task && label === other.label && classes.join() === other.classes.join();
}

/**
 * @param wanted - group that is looked at
 * @returns it where all of them have it; else the first that all have, the test set before others
 */
export function sharedGroup(models: readonly ModelSummary[], wanted: string): string | undefined {
  const [first, ...others] = models.map(({ results }) => results.map(({ group }) => group));
  const shared = [...new Set(first ?? [])].filter((group) =>
    others.every((groups) => groups.includes(group)),
  );
  const order = [wanted, 'test', 'validation'];
  return order.find((group) => shared.includes(group)) ?? shared[0];
}

/** Whether a session of the group, which both have, was in the training set of one of them alone. */
export function trainedOn(first: ModelSummary, second: ModelSummary, group: string): boolean {
  const [seenByFirst, seenBySecond] = [first, second].map((model) => keysOf(model, 'train'));
  const [ofFirst, ofSecond] = [first, second].map((model) => keysOf(model, group));
  return [...(ofFirst ?? [])].some(
    (key) => ofSecond?.has(key) === true && seenByFirst?.has(key) !== seenBySecond?.has(key),
  );
}

function keysOf({ results }: ModelSummary, group: string): Set<string> {
  const rows = results.filter((one) => one.group === group).flatMap((one) => one.predictions);
  return new Set(rows.map(({ participant, session }) => `${participant}/${session}`));
}
