/**
 * Rules about what a model has seen before its test, in other ways than by its own training set: in
 * the networks that training started from, in the other folds that vote with it, and in the choice
 * of its epoch.
 */
import { overlapOf, pairsOf, type Experiment } from './experiment.ts';
import { overlap } from './people.ts';
import { counted, type Case, type Examined, type Rule } from './rule.ts';

export const MODEL_RULES: readonly Rule[] = [
  { code: 'LEAKAGE_PRETRAINING', examine: seenBefore },
  { code: 'LEAKAGE_FOLDS', examine: otherFolds },
  { code: 'LEAKAGE_SELECTION', examine: chosenOnTest },
];

/**
 * Test sets against everyone an earlier network has seen; validation sets against those only whom
 * the same split's weights were fitted to, because folds share everyone by design.
 */
function seenBefore({ sets, ancestors = [] }: Experiment): Examined {
  if (ancestors.length === 0) return { unchecked: 'training starts from no other network' };
  const known = ancestors.filter(({ kind }) => kind !== 'unknown');
  const unknown = ancestors.filter(({ kind }) => kind === 'unknown').map(({ name }) => name);
  if (known.length === 0) return { unchecked: `nothing tells whom ${unknown.join(', ')} has seen` };
  const cases = known.flatMap(({ name, kind, seen, trained }) =>
    sets.flatMap((set): Case[] => {
      const fitted = set.split === undefined ? undefined : trained?.get(set.split);
      const earlier = { train: [], validation: fitted ?? [], test: seen }[set.role];
      const { same } = overlapOf(earlier, set.rows);
      const isGrave = set.role === 'test' && kind === 'transfer';
      const where = `${set.name} and ${name}`;
      if (same.length === 0) return [];
      return [{ severity: isGrave ? 'error' : 'warning', where, participants: same }];
    }),
  );
  const tests = sets.filter(({ role }) => role === 'test');
  const seen = new Set(known.flatMap((one) => one.seen.map(({ participant }) => participant)));
  const looked = `${counted(tests.length, 'test set')} against ${counted(seen.size, 'participant')} of ${known.map(({ name }) => name).join(', ')}`;
  const rest = unknown.length === 0 ? '' : `; nothing tells whom ${unknown.join(', ')} has seen`;
  return { looked: looked + rest, cases };
}

function otherFolds({ sets, pooled = false }: Experiment): Examined {
  if (!pooled) return { unchecked: 'each model is tested by itself' };
  const learnt = sets.filter(({ role }) => role !== 'test');
  const folds = new Set(learnt.map(({ split }) => split));
  const tests = sets.filter(({ role }) => role === 'test');
  if (folds.size < 2 || tests.length === 0) return { unchecked: 'no test set of several folds' };
  const cases = tests.flatMap((test) =>
    learnt
      .filter(({ split }) => split !== test.split)
      .flatMap((set): Case[] => {
        const { same } = overlap({ first: set, second: test });
        const where = `${test.name} and ${set.name}`;
        return same.length === 0 ? [] : [{ severity: 'error', where, participants: same }];
      }),
  );
  const looked = `${counted(tests.length, 'test set')} against the sets of ${counted(folds.size, 'fold')}`;
  return { looked, cases };
}

/** A test set without anybody who is not in the validation set is that set, or a part of it. */
function chosenOnTest({ sets }: Experiment): Examined {
  const pairs = pairsOf(sets).filter(({ first }) => first.role === 'validation');
  if (pairs.length === 0) return { unchecked: 'no validation set beside a test set' };
  const cases = pairs.flatMap((pair): Case[] => {
    const { same } = overlap(pair);
    const everyone = new Set(pair.second.rows.map(({ participant }) => participant));
    if (same.length === 0 || same.length < everyone.size) return [];
    return [{ severity: 'error', where: pair.where, participants: same }];
  });
  return { looked: `${counted(pairs.length, 'pair')} of validation and test`, cases };
}
