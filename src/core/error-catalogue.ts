/**
 * The catalogue behind `errors.ts`. A sentence says what happened, an action what to do; where and
 * what was expected or found come with each case. Codes never change once published.
 */
import { DATA_ERRORS } from './error-catalogue-data.ts';
import { QUALITY_ERRORS } from './error-catalogue-quality.ts';
import { WORK_ERRORS } from './error-catalogue-work.ts';
import { error, type Entry } from './error-entry.ts';

export const CATALOGUE = {
  INTERNAL: error(
    'Capsule failed in a way it did not foresee.',
    'Please report it with the diagnostics.',
  ),
  BUSY: error('A job is running already.', 'Wait for it, or cancel it.'),
  NO_COHORT: error('No folder is open.', 'Open a CAPS or BIDS folder, or try the sample brains.'),
  NO_MODEL: error('There is no model yet.', 'Train one, or open a MAPS.'),
  TEACHING_SAMPLE: error(
    'Deliberate mistakes are made on sample brains only.',
    'Start with the sample brains; your own data stay as they are.',
  ),
  EXPERIMENT_NAME: error('This name cannot be given to an experiment.', 'Type another one.'),
  CANCELLED: {
    severity: 'note',
    sentence: 'The job was cancelled.',
    action: 'Start it again; a training goes on with "capsule train resume".',
  },
  ...DATA_ERRORS,
  ...WORK_ERRORS,
  ...QUALITY_ERRORS,
} as const satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof CATALOGUE;
