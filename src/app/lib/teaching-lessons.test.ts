import { describe, expect, it } from 'vitest';
import { mergeConfig } from '../../core/config/parse.ts';
import { mistakenParticipant } from '../../core/sample/mistakes.ts';
import type { ExperimentChoice, ModelSummary, Plan } from '../../jobs/session-api.ts';
import { teachingStrings } from '../strings-teaching.ts';
import { stepNames } from '../state/steps.ts';
import {
  hindranceOf,
  lessonRun,
  MISTAKES,
  sampleFor,
  secondNames,
  symptomOf,
  wrongOptions,
  type LessonRun,
} from './teaching-lessons.ts';

const choice: ExperimentChoice = {
  ...{ preprocessing: '', mode: { mode: 'image' }, classes: ['AD', 'CN'], excluded: [] },
  ...{ validationShare: 0.2, testShare: 0.2 },
  config: mergeConfig('classification', { label: 'diagnosis', learning_rate: 1e-3 }),
};

function run(changes: Partial<LessonRun>): LessonRun {
  return { verdict: 'clean', findings: [], ...changes };
}

describe('a lesson', () => {
  it('changes the configuration by what it is about, and by nothing else', () => {
    expect(wrongOptions('learning-rate', choice)).toEqual({ learning_rate: 0.1 });
    expect(wrongOptions('scaling', choice)).toEqual({ normalize: false });
    expect(wrongOptions('leak', choice)).toEqual({});
    expect(wrongOptions('labels', choice)).toEqual({});
  });

  it('asks for twice as many people where each brain stands twice, as far as scans are compared at once', () => {
    const sample = { participants: 10, millimetres: 6, seed: 3 };
    expect(sampleFor('leak', sample)).toEqual({ ...sample, participants: 20, mistake: 'leak' });
    expect(sampleFor('leak', { ...sample, participants: 100 }).participants).toBe(48);
    expect(sampleFor('labels', sample)).toEqual({ ...sample, mistake: 'labels' });
  });

  it.each([4, 7, 48])(
    'finds the second names among %i people: one of each brain is left',
    (total) => {
      const people = Array.from({ length: total }, (_, index) =>
        mistakenParticipant(2, index, total, 'leak'),
      );
      const rows = people.map(({ person: { participant, session } }) => ({
        ...{ participant, session, path: 'x', damaged: false, cells: {} },
      }));
      const out = new Set(secondNames({ rows }));
      const left = people.filter(
        ({ person }) => !out.has(`${person.participant}/${person.session}`),
      );
      expect(new Set(left.map(({ source }) => source)).size).toBe(left.length);
      expect(left).toHaveLength(Math.ceil(total / 2));
    },
  );

  it('is hindered by own data before anything else, by the lack of a device, and by a job', () => {
    expect(hindranceOf(false, undefined, 'gpu')).toBeUndefined();
    expect(hindranceOf(false, { sample: true }, 'software')).toBeUndefined();
    expect(hindranceOf(true, { sample: false }, 'none')).toBe('own-data');
    expect(hindranceOf(true, { sample: true }, 'none')).toBe('no-gpu');
    expect(hindranceOf(true, { sample: true }, 'gpu')).toBe('busy');
  });
});

describe('what is seen of a run', () => {
  const plan = {
    audit: {
      verdict: 'leaky',
      findings: [
        { code: 'LEAKAGE_SCAN', severity: 'error', count: 6 },
        { code: 'LEAKAGE_CLASSES', severity: 'warning', count: 0 },
      ],
    },
  } as unknown as Plan;
  const result = (group: string, metric: string, value: number) => ({
    ...{ group, selectionMetric: metric, confusion: [], metrics: { BA: { value } } },
    predictions: [{}, {}, {}],
  });
  const model = {
    selectionMetrics: ['loss', 'BA'],
    results: [
      result('test', 'BA', 0.1),
      result('test', 'loss', 0.8),
      result('train', 'loss', 1),
      result('validation', 'loss', 0.75),
    ],
    history: [
      { epoch: 0, iteration: 3, train: 0.7, validation: 0.7 },
      { epoch: 0, iteration: 6, train: 0.6, validation: 0.7 },
      { epoch: 1, iteration: 6, train: 0.2, validation: 0.9 },
    ],
  } as unknown as ModelSummary;

  it('is read off the model that the first metric chose, the log, and the audit', () => {
    expect(lessonRun(plan, model, [0.7, 3, NaN, 0.5], undefined)).toMatchObject({
      ...{ verdict: 'leaky', findings: [{ code: 'LEAKAGE_SCAN', count: 6 }] },
      ...{ firstLoss: 0.6, lastLoss: 0.2, worstBatch: 3, tested: 3 },
      ...{ train: { value: 1 }, validation: { value: 0.75 }, test: { value: 0.8 } },
    });
  });

  it('of one that broke off is its stop', () => {
    const stopped = { code: 'LOSS_NOT_FINITE' } as unknown as LessonRun['stopped'];
    const seen = lessonRun(undefined, undefined, [0.7, 900], stopped);
    expect(seen).toMatchObject({ stopped, worstBatch: 900, findings: [], verdict: undefined });
    expect(seen.test).toBeUndefined();
    expect(symptomOf('learning-rate', seen)).toBe('stopped');
  });

  it('is called as expected only where the numbers say so', () => {
    expect(symptomOf('leak', undefined)).toBeUndefined();
    // Of runs on the sample of 6 mm.
    expect(symptomOf('leak', run({ test: { value: 0.8 } }))).toBe('as-expected');
    expect(symptomOf('leak', run({ test: { value: 0.5 } }))).toBe('not-this-time');
    expect(symptomOf('labels', run({ test: { value: 0.5 } }))).toBe('as-expected');
    expect(symptomOf('labels', run({ test: { value: 1 } }))).toBe('not-this-time');
    expect(symptomOf('scaling', run({ test: { value: 0.25 } }))).toBe('as-expected');
    const learnt = { test: { value: 1 }, lastLoss: 0.37, worstBatch: 1.2 };
    expect(symptomOf('scaling', run(learnt))).toBe('not-this-time');
    expect(symptomOf('learning-rate', run({ ...learnt, lastLoss: 0.6932 }))).toBe('as-expected');
    expect(symptomOf('learning-rate', run({ ...learnt, worstBatch: 40 }))).toBe('as-expected');
    expect(symptomOf('learning-rate', run(learnt))).toBe('not-this-time');
  });
});

describe('the words', () => {
  const { whys, mistakes } = teachingStrings.teaching;

  it('say why of every step in three sentences, define one term, and name a source with its year', () => {
    for (const step of stepNames.filter((name) => name !== 'start')) {
      const why = whys[step];
      expect(why, step).toBeDefined();
      expect(why?.text.match(/[.](?= [A-Z*]|$)/g), step).toHaveLength(3);
      expect(why?.text.split('*'), step).toHaveLength(3);
      expect(why?.source, step).toMatch(/\b(19|20)\d\d\b/);
    }
  });

  it('say of every mistake what it is, what to expect and how it is mended', () => {
    for (const mistake of MISTAKES) {
      const words = Object.values(mistakes[mistake]);
      expect(words).toHaveLength(7);
      expect(words.every((text) => text.length > 3)).toBe(true);
    }
  });
});
