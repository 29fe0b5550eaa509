/**
 * The leakage audit of the page's sets: the rules of `capsule audit` on all folds and the test set,
 * with the visits of the labels table, and with the content of the scans once they were compared.
 */
import { labelColumn } from '../../core/config/label-column.ts';
import { CapsuleError } from '../../core/errors.ts';
import { auditExperiment, type AuditReport } from '../../core/leakage/audit.ts';
import type { AuditRow, AuditSet, Experiment } from '../../core/leakage/experiment.ts';
import { DIAGNOSIS, type LabelledSession } from '../../core/split/cohort-table.ts';
import { sessionName } from '../../core/tsv/sessions.ts';
import { isMissing } from '../../core/tsv/table.ts';
import { newRecord, recordOf } from '../audit/leakage-record.ts';
import type { ExperimentChoice } from '../session-api.ts';
import type { OpenedCohort } from './opened-cohort.ts';
import { rowsByName, type OwnSplit } from './own-split.ts';
import { firstSessions, type SessionSets } from './sets.ts';

/** Participants that a refusal names. */
const NAMED = 10;

export interface AuditedSets {
  readonly experiment: Experiment;
  readonly report: AuditReport;
}

export function auditSets(
  cohort: OpenedCohort,
  choice: ExperimentChoice,
  sets: SessionSets,
  own: OwnSplit | undefined,
): AuditedSets {
  const label = labelColumn(choice.config);
  const experiment: Experiment = {
    sets: own?.auditSets(cohort, choice) ?? drawnSets(cohort, sets),
    label: label === '' ? undefined : label,
    visits: visitsOf(cohort, label),
    scans: cohort.scans,
  };
  return { experiment, report: auditExperiment(experiment) };
}

/** @throws CapsuleError LEAKAGE_PARTICIPANTS, LEAKAGE_FOUND for errors that nobody said to know of */
export function refuseLeakage({ report }: AuditedSets, isKnown: boolean): void {
  const errors = report.findings.filter(({ severity }) => severity === 'error');
  if (errors.length === 0 || isKnown) return;
  const isPeople = errors.some(({ code }) => code === 'LEAKAGE_PARTICIPANTS');
  throw new CapsuleError(isPeople ? 'LEAKAGE_PARTICIPANTS' : 'LEAKAGE_FOUND', {
    expected: 'sets without leakage',
    found: errors
      .map(({ code, participants, count }) => {
        const named = participants.slice(0, NAMED).join(', ');
        return `${code}: ${count} (${named}${count > NAMED ? ', ...' : ''})`;
      })
      .join('; '),
  });
}

/** @returns the text of `leakage.json`. */
export async function leakageText(
  { experiment, report }: AuditedSets,
  isKnown: boolean,
): Promise<string> {
  return newRecord(await recordOf(experiment, report, isKnown));
}

function drawnSets(cohort: OpenedCohort, sets: SessionSets): AuditSet[] {
  const rows = rowsByName(cohort);
  const single = sets.folds.length === 1;
  const audited = (sessions: readonly LabelledSession[], file: string): AuditRow[] =>
    sessions.map(({ participant, session, label }) => {
      const key = { participant, session };
      return {
        ...key,
        label: label === '' ? undefined : label,
        file,
        diagnosis: known(rows.get(sessionName(key))?.cells[DIAGNOSIS]),
      };
    });
  const folds = sets.folds.flatMap(({ train, validation }, split): AuditSet[] => {
    const place = single ? sets.folder : `${sets.folder}/split-${split}`;
    const of = single ? '' : ` of split-${split}`;
    const table = `validation${sets.validLongitudinal ? '' : '_baseline'}.tsv`;
    const used = sets.validLongitudinal ? validation : firstSessions(validation);
    return [
      { name: `train${of}`, role: 'train', split, rows: audited(train, `${place}/train.tsv`) },
      {
        name: `validation${of}`,
        role: 'validation',
        split,
        rows: audited(used, `${place}/${table}`),
      },
    ];
  });
  if (sets.test.length === 0) return folds;
  const test = audited(firstSessions(sets.test), 'test_baseline.tsv');
  return [...folds, { name: 'test', role: 'test', rows: test }];
}

/** Every visit of the labels table, whatever takes part. */
function visitsOf(cohort: OpenedCohort, label: string): AuditRow[] {
  return cohort.rows().map(({ participant, session, cells }) => ({
    ...{ participant, session, file: 'labels' },
    ...{ label: known(cells[label]), diagnosis: known(cells[DIAGNOSIS]) },
  }));
}

function known(cell: string | undefined): string | undefined {
  return cell === undefined || isMissing(cell) ? undefined : cell.trim();
}
