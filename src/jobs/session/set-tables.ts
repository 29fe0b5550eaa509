/**
 * The tables of the page's sets, in the layout of `tsvtools prepare-experiment`: those who train and
 * validate and those who test at the root, the single split or the folds in a folder. From here on page
 * and command line run the same job.
 */
import { labelColumn } from '../../core/config/label-column.ts';
import type { Config } from '../../core/config/schema.ts';
import { MemoryTree } from '../../core/files/memory-tree.ts';
import { DIAGNOSIS, type LabelledSession } from '../../core/split/cohort-table.ts';
import { orderSessions, type Sessions } from '../../core/split/session-table.ts';
import { sessionName } from '../../core/tsv/sessions.ts';
import { filterRows, writeTable } from '../../core/tsv/table.ts';
import type { ExperimentChoice } from '../session-api.ts';
import type { OpenedCohort } from './opened-cohort.ts';
import { rowsByName } from './own-split.ts';
import type { SessionSets } from './sets.ts';

const UNKNOWN = 'unknown';

/** The tables that `train` reads, as `tsvtools split` and `kfold` write them. */
export async function tablesOf(
  cohort: OpenedCohort,
  choice: ExperimentChoice,
  sets: SessionSets,
): Promise<MemoryTree> {
  const { folder, folds, test, validLongitudinal, record } = sets;
  const label = labelColumn(choice.config);
  const seen = folds.flatMap(({ train, validation }) => [...train, ...validation]);
  const sessions = sessionsOf(cohort, label, [...seen, ...test]);
  const tree = new MemoryTree('split');
  const write = async (path: string, rows: readonly LabelledSession[], both: boolean) => {
    const { all, first } = tableTexts(sessions, rows);
    if (both) await tree.write(`${path}.tsv`, all);
    await tree.write(`${path}_baseline.tsv`, first);
  };
  await write('train', seen, true);
  if (test.length > 0) await write('test', test, false);
  for (const [index, { train, validation }] of folds.entries()) {
    const place = folds.length === 1 ? folder : `${folder}/split-${index}`;
    await write(`${place}/train`, train, true);
    await write(`${place}/validation`, validation, validLongitudinal);
  }
  if (record !== undefined) await tree.write(`${folder}/${record.name}`, record.text);
  return tree;
}

/** Rows of every diagnosis take part: the classes were chosen by the label already. */
export function configOf(
  cohort: OpenedCohort,
  choice: ExperimentChoice,
  { folds, test, validLongitudinal }: SessionSets,
): Config {
  const rows = rowsByName(cohort);
  const seen = folds.flatMap(({ train, validation }) => [...train, ...validation]);
  const diagnoses = new Set(
    [...seen, ...test].map((key) => diagnosisOf(rows.get(sessionName(key))?.cells ?? {})),
  );
  const split = (choice.trainedFolds ?? []).filter((fold) => fold < folds.length);
  return {
    ...choice.config,
    diagnoses: [...diagnoses].sort(),
    ...(folds.length > 1
      ? { n_splits: folds.length, split: [...split].sort((a, b) => a - b) }
      : { n_splits: 0, split: [] }),
    valid_longitudinal: validLongitudinal,
  };
}

const diagnosisOf = (cells: Readonly<Record<string, string>>): string =>
  cells[DIAGNOSIS]?.trim() || UNKNOWN;

/** One row a session, put in order once, so that all tables write a value in one way. */
function sessionsOf(
  cohort: OpenedCohort,
  label: string,
  sessions: readonly LabelledSession[],
): Sessions {
  const rows = rowsByName(cohort);
  const wanted = [...cohort.columns, label, DIAGNOSIS].filter((name) => name !== '');
  const columns = [...new Set(wanted)];
  const once = new Map(sessions.map((session) => [sessionName(session), session]));
  const table = {
    columns: ['participant_id', 'session_id', ...columns],
    rows: [...once].map(([name, session]) => {
      const cells = rows.get(name)?.cells ?? {};
      const cell = (column: string): string => {
        if (column === label) return session.label;
        return column === DIAGNOSIS ? diagnosisOf(cells) : (cells[column] ?? '');
      };
      return [session.participant, session.session, ...columns.map(cell)];
    }),
  };
  return orderSessions({ table, file: 'labels' });
}

function tableTexts({ table, keys }: Sessions, wanted: readonly LabelledSession[]) {
  const names = new Set(wanted.map(sessionName));
  const seen = new Set<string>();
  const isWanted = keys.map((key) => names.has(sessionName(key)));
  const isFirst = keys.map((key, position) => {
    const first = isWanted[position] === true && !seen.has(key.participant);
    if (first) seen.add(key.participant);
    return first;
  });
  const text = (keep: readonly boolean[]) =>
    writeTable(filterRows(table, (position) => keep[position] === true));
  return { all: text(isWanted), first: text(isFirst) };
}
