/**
 * The audit before a training: its sets as they will be used, test tables beside them, and the network
 * that it starts from. Voxels are not compared here, because that would cost a reading of the whole
 * cohort; `capsule audit` does it, and the record says which it was.
 */
import { CapsuleError, describe, type Problem } from '../../core/errors.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import { auditExperiment, type Finding } from '../../core/leakage/audit.ts';
import type { Ancestor, AuditRow, AuditSet, Experiment } from '../../core/leakage/experiment.ts';
import { verdictLine } from '../../core/leakage/in-words.ts';
import { auditRows, ofDiagnoses } from '../../core/leakage/table-rows.ts';
import { Maps } from '../../core/maps/reader.ts';
import { splitName } from '../../core/maps/layout.ts';
import type { LabelledSession } from '../../core/split/cohort-table.ts';
import type { Split } from '../../core/split/read-split.ts';
import { readNamedTable } from '../../core/tsv/read-table.ts';
import type { SetsPlace } from '../training/read-sets.ts';
import type { TargetSets } from '../training/target-cohort.ts';
import type { TransferSource } from '../training/transfer.ts';
import { newRecord, recordOf } from './leakage-record.ts';
import { ancestorsOf, asAncestor, ofWeights } from './maps-sets.ts';
import { testTablesOf } from './table-sets.ts';

/** Participants that a refusal names. */
const NAMED = 20;

export interface TrainingToAudit {
  /** Every split of the folder. */
  readonly splits: ReadonlyMap<number, Split>;
  /** Column that is predicted; undefined for a task without a label. */
  readonly label: string | undefined;
  readonly diagnoses: readonly string[];
  /** A tree that holds the folder of the sets, and its parent where that is within reach. */
  readonly tables: FileTree;
  readonly folder: string;
  /** Instead of these two: where the sets of each cohort are, when there are several. */
  readonly cohorts?: readonly SetsPlace[];
  /** Of a domain adaptation: the cohort that it is for. */
  readonly target?: { readonly place: SetsPlace; readonly sets: TargetSets };
  /** Where weights are taken from. */
  readonly source: TransferSource | undefined;
  /** Someone knows, and goes on in spite of errors. */
  readonly isKnown: boolean;
}

export interface AuditedTraining {
  /** Text of `leakage.json`. */
  readonly record: string;
  /** Lines for the log. */
  readonly messages: readonly string[];
  /**
   * LEAKAGE_KNOWN when training goes on in spite of errors, LEAKAGE_UNKNOWN when nothing tells whom
   * the network that it starts from has seen.
   */
  readonly problems: readonly Problem[];
}

/** @throws CapsuleError LEAKAGE_PARTICIPANTS, LEAKAGE_FOUND: errors that nobody said to know of */
export async function auditTraining(training: TrainingToAudit): Promise<AuditedTraining> {
  const { source } = training;
  const { experiment, unread } = await describeTraining(training);
  const report = auditExperiment(experiment);
  const errors = report.findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0 && !training.isKnown) throw refusal(errors);
  const warnings = report.findings.filter(({ severity }) => severity === 'warning');
  const record = newRecord(await recordOf(experiment, report, training.isKnown));
  return {
    record,
    messages: [verdictLine(report), ...warnings.map(inOneLine), ...unread],
    problems: [
      ...(errors.length === 0 ? [] : [describe('LEAKAGE_KNOWN', said(errors))]),
      ...(source === undefined || source instanceof Maps
        ? []
        : [describe('LEAKAGE_UNKNOWN', { file: source.file })]),
    ],
  };
}

async function describeTraining(
  training: TrainingToAudit,
): Promise<{ experiment: Experiment; unread: readonly string[] }> {
  const { splits, label, source, target } = training;
  const sets = [...splitSets(splits, ''), ...(target === undefined ? [] : targetSets(target.sets))];
  const { tests, unread } = await testSets(training);
  const ancestors = source === undefined ? [] : await lineOf(source);
  return { experiment: { sets: [...sets, ...tests], label, ancestors }, unread };
}

/** @param of - cohort in words, after the name of a set */
function splitSets(splits: ReadonlyMap<number, Split>, of: string): AuditSet[] {
  return [...splits].flatMap(([index, { train, validation, files }]): AuditSet[] =>
    [
      { role: 'train' as const, sessions: train, file: files.train },
      { role: 'validation' as const, sessions: validation, file: files.validation },
    ].map(({ role, sessions, file }) => ({
      ...{ name: `${role} of ${splitName(index)}${of}`, role, split: index },
      rows: rowsOf(sessions, file),
    })),
  );
}

/**
 * The target's sets. The network sees its unlabelled sessions too: they are trained on, in every
 * split, and nobody of them may be validated or tested on.
 */
function targetSets({ all, file }: TargetSets): AuditSet[] {
  const [first] = all.values();
  const rows = rowsOf(first?.unlabelled ?? [], file);
  return [...splitSets(all, OF_TARGET), { name: `unlabelled${OF_TARGET}`, role: 'train', rows }];
}

const OF_TARGET = ' of the target';

/** The network that training starts from, and those before it. */
async function lineOf(source: TransferSource): Promise<Ancestor[]> {
  if (!(source instanceof Maps)) return [ofWeights(source.file)];
  const nowhere = () => Promise.resolve(undefined);
  return [await asAncestor(source), ...(await ancestorsOf(source, nowhere))];
}

/** A session without a label has an empty one. */
const rowsOf = (sessions: readonly LabelledSession[], file: string): AuditRow[] =>
  sessions.map(({ participant, session, label, cohort }) => ({
    ...{ participant, session, file, cohort },
    label: label === '' ? undefined : label,
  }));

/** A test table that cannot be read is nothing that training needs: it is told and passed over. */
async function testSets(
  training: TrainingToAudit,
): Promise<{ tests: AuditSet[]; unread: string[] }> {
  const { tables, folder, label, target } = training;
  const tests: AuditSet[] = [];
  const unread: string[] = [];
  const places: (SetsPlace & { readonly of?: string })[] = [
    ...(training.cohorts ?? [{ tables, tablesFolder: folder }]),
    ...(target === undefined ? [] : [{ ...target.place, of: OF_TARGET }]),
  ];
  for (const place of places) {
    const { cohort, diagnoses = training.diagnoses, of = '' } = place;
    for (const file of await testTablesOf(place.tables, place.tablesFolder)) {
      const name = cohort === undefined ? `${file}${of}` : `${file} of ${cohort}`;
      try {
        const { table } = await readNamedTable(place.tables, file);
        const rows = [...ofDiagnoses(auditRows(table, { file, label, cohort }), diagnoses)];
        if (rows.length > 0) tests.push({ name, role: 'test', rows });
      } catch (error) {
        if (!(error instanceof CapsuleError)) throw error;
        unread.push(`${name} was not compared with the training: ${error.message}`);
      }
    }
  }
  return { tests, unread };
}

function refusal(errors: readonly Finding[]): CapsuleError {
  const isPeople = errors.some(({ code }) => code === 'LEAKAGE_PARTICIPANTS');
  return new CapsuleError(isPeople ? 'LEAKAGE_PARTICIPANTS' : 'LEAKAGE_FOUND', {
    ...said(errors),
    action:
      'Correct the tables (`capsule audit` tells more), or train with --i-know: ' +
      'the MAPS then says for ever that its results are not those of new people.',
  });
}

const said = (errors: readonly Finding[]) => ({
  expected: 'sets without leakage',
  found: errors.map(inOneLine).join(' '),
});

function inOneLine({ code, sentence, cases, participants, count }: Finding): string {
  const named = participants.slice(0, NAMED).join(', ');
  const more = count > NAMED ? ` and ${count - NAMED} more` : '';
  const places = cases.map(({ where }) => where).slice(0, 3);
  const people = count === 0 ? '' : `; ${count}: ${named}${more}`;
  return `${code}: ${sentence} [${[...new Set(places)].join('; ')}${people}]`;
}
