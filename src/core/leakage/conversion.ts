/**
 * The rule about labels that come from another visit than the scan. Diagnoses are ranked as in
 * `tsvtools get-progression`: CN, MCI, AD (or Dementia); others have no rank and are not judged.
 * Foretelling a diagnosis is a fair question as long as no scan was taken after the answer.
 */
import {
  compareSessions,
  compareText,
  sessionIdentity,
  withThreeDigits,
} from '../tsv/session-time.ts';
import { sessionName } from '../tsv/sessions.ts';
import {
  groupBy,
  isSameOrAny,
  rowsOf,
  sorted,
  type AuditRow,
  type Experiment,
} from './experiment.ts';
import type { Severity } from './catalogue.ts';
import { counted, type Case, type Examined, type Rule } from './rule.ts';

const DIAGNOSIS = 'diagnosis';
const RANKS = new Map<string | undefined, number>([
  ['CN', 0],
  ['MCI', 1],
  ['EMCI', 1],
  ['LMCI', 1],
  ['AD', 2],
  ['Dementia', 2],
]);
/** `p` of `get-progression`, `pMCI` of earlier versions. */
const PROGRESSIVE = /^p(CN|E?MCI|LMCI)?$/;

export const CONVERSION_RULE: Rule = { code: 'LEAKAGE_CONVERSION', examine };

/** A visit and what was found there. */
interface Visit {
  readonly session: string;
  readonly diagnosis: string;
}

function examine(experiment: Experiment): Examined {
  const { label = '', hasAllVisits = false } = experiment;
  const rows = once(rowsOf(experiment)).filter((row) => row.label !== undefined);
  if (rows.length === 0) return { unchecked: 'no label' };
  const known = once(diagnosed(experiment));
  if (known.length === 0) return { unchecked: 'no diagnosis of the visits is known' };
  const histories = groupBy(known, ({ participant }) => participant);
  const judged = rows.map((row) => {
    const history = (histories.get(row.participant) ?? [])
      .filter(({ cohort }) => isSameOrAny(cohort, row.cohort))
      .map(({ session, diagnosis = '' }) => ({ session, diagnosis }));
    return { row, severity: judge(row, history, label, hasAllVisits) };
  });
  const cases = (['error', 'warning'] as const).flatMap((severity): Case[] => {
    const found = judged.filter((one) => one.severity === severity).map(({ row }) => row);
    if (found.length === 0) return [];
    const names = sorted(found.map((row) => `${sessionName(row)} ("${row.label}")`));
    const detail = `${counted(names.length, 'session')}: ${names.slice(0, 5).join(', ')}`;
    const participants = sorted(found.map(({ participant }) => participant));
    return [{ severity, where: `label "${label}"`, participants, detail }];
  });
  const count = (some: readonly AuditRow[], word: string) =>
    counted(new Set(some.map(sessionIdentity)).size, word);
  const looked = `labels of ${count(rows, 'session')} against the diagnoses of ${count(known, 'visit')}`;
  return { looked, cases };
}

/** Of the rows that say the same of one visit, which may be slices in every fold, the first. */
function once(rows: readonly AuditRow[]): AuditRow[] {
  const groups = groupBy(rows, ({ cohort, label, diagnosis, ...key }) =>
    [cohort, sessionName(key), label, diagnosis].join('\t'),
  );
  return [...groups.values()].flatMap(([first]) => first ?? []);
}

/** What the table of visits says counts; the sets say the rest. */
function diagnosed(experiment: Experiment): AuditRow[] {
  const hasDiagnosis = ({ diagnosis }: AuditRow) => diagnosis !== undefined;
  const visits = (experiment.visits ?? []).filter(hasDiagnosis);
  const told = new Set(visits.map(sessionIdentity));
  const others = rowsOf(experiment).filter((row) => !told.has(sessionIdentity(row)));
  return [...visits, ...others.filter(hasDiagnosis)];
}

function judge(
  row: AuditRow,
  history: readonly Visit[],
  label: string,
  isComplete: boolean,
): Severity | undefined {
  const order = ({ session }: Visit) =>
    compareSessions(withThreeDigits(session), withThreeDigits(row.session));
  const [now] = history
    .filter((visit) => order(visit) === 0)
    .sort((one, other) => compareText(one.diagnosis, other.diagnosis));
  if (now === undefined || now.diagnosis === row.label) return undefined;
  const [earlier, later] = [
    history.filter((visit) => order(visit) < 0),
    history.filter((visit) => order(visit) > 0),
  ];
  if (later.some(({ diagnosis }) => diagnosis === row.label)) {
    // Another column than the diagnosis may foretell it on purpose.
    return label === DIAGNOSIS ? 'error' : 'warning';
  }
  const stated = PROGRESSIVE.exec(row.label ?? '');
  const own = RANKS.get(now.diagnosis);
  if (stated === null || own === undefined) return undefined;
  const from = RANKS.get(stated[1]);
  if (from !== undefined) return own > from ? 'error' : undefined;
  // Of a bare `p` it can be said only when no visit is missing.
  const hasWorsened = earlier.some(({ diagnosis }) => (RANKS.get(diagnosis) ?? own) < own);
  const worsens = later.some(({ diagnosis }) => (RANKS.get(diagnosis) ?? own) > own);
  return isComplete && hasWorsened && !worsens ? 'error' : undefined;
}
