import { describe, expect, it } from 'vitest';
import type { GroupEvaluation } from '../../jobs/session-api.ts';
import { remarksOn } from './judgement.ts';

type Classes = NonNullable<GroupEvaluation['classification']>;
const classes: Classes = {
  ...{ roc: [], calibration: [], calibrationError: { value: NaN }, scores: [], scored: 'AD' },
  ...{ sizes: { AD: 20, CN: 30 }, accuracy: 0.8, balancedAccuracy: 0.8, said: ['AD', 'CN'] },
  ...{ guess: { label: 'CN', accuracy: 0.6 }, chance: { p: 0.0005, least: 1e-9 } },
};
const of = (changes: Partial<Classes>, heads: Partial<GroupEvaluation> = {}): GroupEvaluation => ({
  ...{ sessions: 50, participants: 50, labelled: 50, ...heads },
  classification: { ...classes, ...changes },
});
const onTest = { task: 'classification', group: 'test' } as const;
const say = (
  evaluation: GroupEvaluation,
  others = {},
  what: Parameters<typeof remarksOn>[1] = onTest,
) =>
  remarksOn(evaluation, what, others)
    .map(({ tone, text }) => `${tone}: ${text}`)
    .join('\n');

describe('chance', () => {
  it('beaten is said with how rarely it does as well, and what a guess would reach', () => {
    const said = say(of({}));
    expect(said).toContain('good: Better than chance: fewer than 1 in 1,000 of random orders');
    expect(said).toContain(
      'plain: Always guessing CN, the most frequent class in training, would be right in 60%',
    );
  });

  it('not beaten is called no evidence that anything was learned', () => {
    const said = say(of({ chance: { p: 0.38, least: 1e-9 }, accuracy: 0.6 }));
    expect(said).toContain('bad: No evidence that it learned anything: 38% of random orders');
    expect(said).toContain('warn: Always guessing CN');
  });

  it('with too few sessions cannot be beaten, even by a flawless network', () => {
    const few = of(
      { sizes: { AD: 2, CN: 2 }, chance: { p: 1 / 6, least: 1 / 6 }, said: ['CN'] },
      { sessions: 4, participants: 4, labelled: 4 },
    );
    const said = say(few);
    expect(said).toContain('warn: Too few to tell from chance: with 2 AD and 2 CN');
    expect(said).toContain('bad: It says CN for every session.');
    expect(said).toContain('Only 4 sessions: one more right or wrong moves the accuracy by 25%');
    expect(said).not.toContain('No evidence');
  });
});

it('a gap between training and validation is called learning by heart', () => {
  const gap = { train: { BA: { value: 0.98 } }, validation: { BA: { value: 0.6 } } };
  expect(say(of({}), gap)).toContain('balanced accuracy 0.980) than on validation (0.600)');
  const none = { train: { BA: { value: 0.7 } }, validation: { BA: { value: 0.6 } } };
  expect(say(of({}), none)).not.toContain('by heart');
  // Of several classes: the mean over them.
  const many = {
    train: { 'BA-0': { value: 1 }, 'BA-1': { value: 0.9 }, 'BA-2': { value: 0.8 } },
    validation: { 'BA-0': { value: 0.5 }, 'BA-1': { value: 0.6 }, 'BA-2': { value: 0.7 } },
  };
  expect(say(of({}), many)).toContain('(balanced accuracy 0.900) than on validation (0.600)');
});

it('figures of the training set are said to say nothing about new people', () => {
  const said = say(of({}), {}, { task: 'classification', group: 'train' });
  expect(said).toContain('The network learned from these very sessions');
});

it('several sessions of a participant, and sessions without a label, are counted', () => {
  const said = say(of({}, { sessions: 60, participants: 25 }));
  expect(said).toContain('60 sessions of 25 participants: intervals take sessions as independent');
  expect(said).toContain('10 of 60 sessions have no label');
});

describe('a regression', () => {
  const regression: NonNullable<GroupEvaluation['regression']> = {
    ...{ points: [], bias: { value: 0 }, slope: { value: -0.4, low: -0.5, high: -0.3 } },
    ...{ intercept: 28, meanError: 4, guess: { value: 71, meanError: 6.3 } },
    chance: { p: 0.001, least: 1e-9 },
  };
  const heads = { sessions: 40, participants: 40, labelled: 40 };
  const what = { task: 'regression', group: 'test' } as const;

  it('is held against always guessing the median, and its pull to the middle is named', () => {
    const said = say({ ...heads, regression }, {}, what);
    expect(said).toContain(
      'plain: Always guessing 71, the median in training, would be off by 6.3',
    );
    expect(said).toContain('warn: It predicts towards the middle');
  });

  it('worse than the median is a problem; errors on validation are set against training', () => {
    const poor = { ...regression, meanError: 7, slope: { value: -0.1, low: -0.3, high: 0.1 } };
    const others = { train: { MAE: { value: 1 } }, validation: { MAE: { value: 5 } } };
    const said = say({ ...heads, regression: poor }, others, what);
    expect(said).toContain('bad: Always guessing 71');
    expect(said).not.toContain('towards the middle');
    expect(said).toContain('is 5 times that on training (1)');
  });
});

it('a reconstruction of few sessions has wide intervals', () => {
  const said = say(
    { sessions: 6, participants: 6, labelled: 6 },
    {},
    {
      ...{ task: 'reconstruction', group: 'test' },
    },
  );
  expect(said).toContain('Only 6 sessions: the intervals are wide');
});
