/**
 * The page's choice as an experiment: sets drawn by participant, the tables that `train` reads, and
 * the configuration. From here on page and command line run the same job.
 */
import { mergeConfig } from '../../core/config/parse.ts';
import type { Config } from '../../core/config/schema.ts';
import { MemoryTree } from '../../core/files/memory-tree.ts';
import { DIAGNOSIS, type LabelledSession } from '../../core/split/cohort-table.ts';
import { balanceOf, makeSets, type Sets } from '../../core/split/make-sets.ts';
import { sharedParticipants } from '../../core/split/read-split.ts';
import { baselinePositions, sessionName } from '../../core/tsv/sessions.ts';
import { isMissing, writeTable } from '../../core/tsv/table.ts';
import type { DeviceReport } from '../../core/reports.ts';
import { planMemory } from '../../engine/memory.ts';
import { layersOf, parameterCount } from '../../engine/networks/network.ts';
import { planNetwork } from '../../engine/networks/registry.ts';
import type { ExperimentChoice, ParticipantRow, Plan } from '../session-api.ts';
import type { OpenedCohort } from './opened-cohort.ts';

/** Folder of the sets in the tree of tables; their union stands beside it. */
export const SETS_FOLDER = 'split';
const UNKNOWN = 'unknown';

/**
 * Training takes all sessions of its participants, validation and test the first of each, as
 * ClinicaDL does.
 * @throws CapsuleError LABEL_ONE_CLASS, SPLIT_EMPTY
 */
export function setsOf(cohort: OpenedCohort, choice: ExperimentChoice): Sets {
  const rows = cohort.rows().flatMap((row): LabelledSession[] => {
    const label = row.cells[choice.label]?.trim() ?? '';
    const { participant, session } = row;
    const isUsable = row.path !== '' && cohort.isUsable(row);
    return !isUsable || isMissing(label) ? [] : [{ participant, session, label }];
  });
  const { classes, validationShare, testShare, seed, excluded } = choice;
  const sets = makeSets(rows, { classes, validationShare, testShare, seed, excluded });
  return { ...sets, validation: firstSessions(sets.validation), test: firstSessions(sets.test) };
}

export async function planOf(
  cohort: OpenedCohort,
  choice: ExperimentChoice,
  device: DeviceReport,
): Promise<Plan> {
  const sets = setsOf(cohort, choice);
  const input = await cohort.inputSize();
  const plan = planNetwork(choice.architecture, input, choice.classes.length, choice.dropout);
  const precision = choice.halfPrecision ? 'half' : 'f32';
  const names = (sessions: readonly LabelledSession[]) => sessions.map(sessionName);
  const pairs = [
    sharedParticipants(sets.train, sets.validation),
    sharedParticipants(sets.train, sets.test),
    sharedParticipants(sets.validation, sets.test),
  ];
  return {
    sets: {
      train: names(sets.train),
      validation: names(sets.validation),
      test: names(sets.test),
    },
    balance: balanceOf(sets, choice.classes),
    network: {
      name: plan.name,
      parameterCount: parameterCount(plan),
      layers: layersOf(plan).map(({ kind, outputShape, states }) => ({
        ...{ name: kind, outputShape },
        parameters: states
          .filter((state) => state.trained)
          .reduce((sum, { shape }) => sum + shape.reduce((all, size) => all * size, 1), 0),
      })),
    },
    memory: planMemory(plan, {
      ...{ device, batchSize: choice.batchSize, precision, optimizer: choice.optimizer },
    }),
    shared: new Set(pairs.flat()).size,
    problems: [],
  };
}

/** The tables that `train` reads, as `tsvtools split` would have written them. */
export async function tablesOf(cohort: OpenedCohort, sets: Sets): Promise<MemoryTree> {
  const rows = new Map(cohort.rows().map((row) => [sessionName(row), row]));
  const tree = new MemoryTree('tables');
  const write = (path: string, sessions: readonly LabelledSession[]) =>
    tree.write(path, tableText(cohort.columns, sessions, rows));
  await write(`${SETS_FOLDER}/train.tsv`, sets.train);
  await write(`${SETS_FOLDER}/validation_baseline.tsv`, sets.validation);
  await write('train.tsv', [...sets.train, ...sets.validation]);
  return tree;
}

function tableText(
  columns: readonly string[],
  sessions: readonly LabelledSession[],
  rows: ReadonlyMap<string, ParticipantRow>,
): string {
  const hasDiagnosis = columns.includes(DIAGNOSIS);
  return writeTable({
    columns: ['participant_id', 'session_id', ...columns, ...(hasDiagnosis ? [] : [DIAGNOSIS])],
    rows: sessions.map((session) => {
      const cells = rows.get(sessionName(session))?.cells ?? {};
      return [
        ...[session.participant, session.session],
        ...columns.map((name) => cells[name] ?? ''),
        ...(hasDiagnosis ? [] : [UNKNOWN]),
      ];
    }),
  });
}

/** Rows of every diagnosis take part: the classes were chosen by the label already. */
export function configOf(cohort: OpenedCohort, choice: ExperimentChoice, sets: Sets): Config {
  const rows = new Map(cohort.rows().map((row) => [sessionName(row), row]));
  const taking = [...sets.train, ...sets.validation, ...sets.test];
  const diagnoses = new Set(
    taking.map((session) => rows.get(sessionName(session))?.cells[DIAGNOSIS]?.trim() ?? UNKNOWN),
  );
  return mergeConfig('classification', {
    ...{ label: choice.label, diagnoses: [...diagnoses].sort(), seed: choice.seed },
    ...{ architecture: choice.architecture, dropout: choice.dropout },
    ...{ epochs: choice.epochs, batch_size: choice.batchSize, patience: choice.patience },
    ...{ learning_rate: choice.learningRate, weight_decay: choice.weightDecay },
    ...{ optimizer: choice.optimizer, amp: choice.halfPrecision },
    selection_metrics: ['loss', 'BA'],
  });
}

function firstSessions(sessions: readonly LabelledSession[]): LabelledSession[] {
  return baselinePositions(sessions).flatMap((position) => sessions[position] ?? []);
}
