/**
 * The small record that is kept of each experiment beside its MAPS, so that a list of experiments opens
 * no file. The MAPS is the truth: a record that is missing, or that cannot be trusted, is made again
 * from it. No record names a participant; whatever looks like an id is taken out of it.
 */
import * as v from 'valibot';
import { TASKS } from '../../core/config/schema.ts';
import { PARTICIPANT_ID } from '../../core/maps/participant-paths.ts';
import type { ModelSummary } from '../session-api.ts';
import type { KeptFigure, KeptRecord } from './shelf-api.ts';

const TEXT = v.pipe(v.string(), v.maxLength(200));
const COUNT = v.pipe(v.number(), v.integer(), v.minValue(0));
const SHARE = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

const RECORD = v.object({
  id: TEXT,
  name: v.pipe(TEXT, v.minLength(1)),
  /** Milliseconds since 1970. */
  created: v.number(),
  state: v.picklist(['trained', 'interrupted', 'imported']),
  task: v.picklist(TASKS),
  ...{ architecture: TEXT, label: TEXT, cohort: TEXT, sample: v.boolean() },
  ...{ splits: COUNT, bytes: COUNT, files: COUNT },
  /** Group that the figures are of; '' where there are none. */
  figuresOf: TEXT,
  figures: v.array(
    v.object({
      name: TEXT,
      value: v.number(),
      low: v.optional(v.number()),
      high: v.optional(v.number()),
    }),
  ),
  shares: v.optional(v.object({ validation: SHARE, test: SHARE })),
});

/** @returns the record, or undefined where it is none */
export function parseRecord(value: unknown): KeptRecord | undefined {
  const found = v.safeParse(RECORD, value);
  return found.success ? (found.output as KeptRecord) : undefined;
}

/** @returns the record without ids, however they came into it */
export function withoutIds(record: KeptRecord): KeptRecord {
  const clean = (text: string): string => text.replace(PARTICIPANT_ID, 'sub-*').slice(0, 200);
  const { name, architecture, label, cohort, figuresOf } = record;
  return {
    ...record,
    ...{ name: clean(name) || record.id, cohort: clean(cohort), label: clean(label) },
    ...{ architecture: clean(architecture), figuresOf: clean(figuresOf) },
  };
}

/** The figures that a model is known by, per task; the first two that there are. */
const CHIEF = {
  classification: ['BA', 'accuracy', 'sensitivity', 'F1_score'],
  regression: ['MAE', 'R2_score', 'RMSE'],
  reconstruction: ['MAE', 'SSIM', 'PSNR', 'RMSE'],
} as const;

/** Results on people whom training has not seen come first. */
const RANK = ['test', 'validation', 'train'];

/** @returns what a model is known by: of the test group where there is one */
export function chiefFigures(model: ModelSummary): {
  readonly figuresOf: string;
  readonly figures: readonly KeptFigure[];
} {
  const [metric] = model.selectionMetrics;
  const rank = (group: string): number => {
    const at = RANK.indexOf(group);
    // Groups of other names were predicted later: people that are new.
    return at < 0 ? 0.5 : at;
  };
  const results = model.results
    .filter(({ selectionMetric }) => selectionMetric === metric)
    .toSorted((a, b) => rank(a.group) - rank(b.group));
  for (const { group, metrics } of results) {
    const figures = CHIEF[model.task].flatMap((name) => {
      const found = metrics[name];
      return found === undefined || !Number.isFinite(found.value) ? [] : [{ name, ...found }];
    });
    if (figures.length > 0) return { figuresOf: group, figures: figures.slice(0, 2) };
  }
  return { figuresOf: '', figures: [] };
}
