/**
 * What can honestly be said of a group's figures, in the order of its weight: whether chance does as
 * well, what a guess without a network would reach, how little few sessions can tell, and whether the
 * network knows its training sessions better than others.
 */
import type { GroupEvaluation, ModelSummary } from '../../jobs/session-api.ts';
import { t } from '../strings.ts';

export interface Remark {
  readonly tone: 'good' | 'plain' | 'warn' | 'bad';
  readonly text: string;
}

/** Above it a difference from chance is not believed. */
const LEVEL = 0.05;
/** Fewer sessions than this, and a single one moves the accuracy by 5 % or more. */
const FEW = 20;
/** Balanced accuracy of training minus that of validation. */
const GAP = 0.15;
/** Error on validation over that on training. */
const RATIO = 1.5;

/**
 * @param rows - figures of training and validation under the same selection metric
 */
export function remarksOn(
  evaluation: GroupEvaluation,
  { task, group }: { readonly task: ModelSummary['task']; readonly group: string },
  others: Readonly<Record<string, ModelSummary['results'][number]['metrics'] | undefined>>,
): Remark[] {
  const { classification, regression } = evaluation;
  return [
    ...(classification === undefined ? [] : onClasses(classification)),
    ...(regression === undefined ? [] : onValues(regression)),
    ...(group === 'train' ? [{ tone: 'warn', text: t.evaluate.seen } as const] : []),
    ...(group === 'validation' ? [{ tone: 'plain', text: t.evaluate.chosenBy } as const] : []),
    ...overfitting(task, others),
    ...onNumbers(evaluation, task),
  ];
}

type Classes = NonNullable<GroupEvaluation['classification']>;

function onClasses({ chance, said, sizes, accuracy, guess }: Classes): Remark[] {
  const [only] = said;
  return [
    ...onChance(chance, Object.entries(sizes)),
    ...(said.length === 1 && only !== undefined && Object.keys(sizes).length > 1
      ? [{ tone: 'bad', text: t.evaluate.oneSided(only) } as const]
      : []),
    {
      tone: accuracy > guess.accuracy + 1e-9 ? 'plain' : 'warn',
      text: t.evaluate.guessOfClass(guess.label, guess.accuracy, accuracy),
    },
  ];
}

function onChance(
  { p, least }: Classes['chance'],
  sizes: readonly (readonly [string, number])[],
): Remark[] {
  if (least > LEVEL) return [{ tone: 'warn', text: t.evaluate.cannotTell(sizes, least) }];
  if (p > LEVEL) return [{ tone: 'bad', text: t.evaluate.noEvidence(p) }];
  return [{ tone: 'good', text: t.evaluate.beyondChance(p) }];
}

function onValues({
  chance,
  meanError,
  guess,
  slope,
}: NonNullable<GroupEvaluation['regression']>): Remark[] {
  const isFlat = slope.high !== undefined && slope.high < -0.25;
  return [
    ...(chance.least > LEVEL
      ? [{ tone: 'warn', text: t.evaluate.cannotTell([], chance.least) } as const]
      : onChance(chance, [])),
    {
      tone: meanError < guess.meanError ? 'plain' : 'bad',
      text: t.evaluate.guessOfValue(guess.value, guess.meanError, meanError),
    },
    ...(isFlat ? [{ tone: 'warn', text: t.evaluate.flat(slope.value) } as const] : []),
  ];
}

function onNumbers(
  { sessions, participants, labelled }: GroupEvaluation,
  task: ModelSummary['task'],
): Remark[] {
  const few = labelled > 0 && labelled < FEW;
  return [
    ...(few && task === 'classification'
      ? [{ tone: 'warn', text: t.results.few(labelled) } as const]
      : []),
    ...(few && task !== 'classification'
      ? [{ tone: 'warn', text: t.evaluate.fewValues(labelled) } as const]
      : []),
    ...(labelled < sessions
      ? [{ tone: 'plain', text: t.evaluate.unlabelled(sessions - labelled, sessions) } as const]
      : []),
    ...(participants < sessions
      ? [{ tone: 'plain', text: t.evaluate.repeated(sessions, participants) } as const]
      : []),
  ];
}

/** Only where training and validation were both measured. */
function overfitting(
  task: ModelSummary['task'],
  { train = {}, validation = {} }: Parameters<typeof remarksOn>[2],
): Remark[] {
  if (task === 'classification') {
    const [seen, unseen] = [meanOf(train, 'BA'), meanOf(validation, 'BA')];
    if (!(seen - unseen > GAP)) return [];
    return [{ tone: 'warn', text: t.evaluate.overfitClasses(seen, unseen) }];
  }
  const [seen, unseen] = [train['MAE']?.value ?? NaN, validation['MAE']?.value ?? NaN];
  if (!(unseen > RATIO * seen)) return [];
  return [{ tone: 'warn', text: t.evaluate.overfitError(seen, unseen) }];
}

/** Of a metric, or of its classes' where there are more than two. */
function meanOf(
  metrics: Readonly<Record<string, { readonly value: number }>>,
  name: string,
): number {
  const values = Object.entries(metrics).flatMap(([key, { value }]) =>
    key === name || key.startsWith(`${name}-`) ? [value] : [],
  );
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
