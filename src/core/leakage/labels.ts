/**
 * Rules about the labels of an experiment: columns that give them away, sessions with two labels, sets
 * that cannot answer the question.
 */
import { sessionIdentity } from '../tsv/session-time.ts';
import { sessionName } from '../tsv/sessions.ts';
import {
  groupBy,
  isSameOrAny,
  rowsOf,
  sorted,
  type AuditRow,
  type AuditSet,
  type Experiment,
} from './experiment.ts';
import { counted, type Case, type Examined, type Rule } from './rule.ts';

export const LABEL_RULES: readonly Rule[] = [
  { code: 'LEAKAGE_LABEL_COLUMN', examine: tellingColumns },
  { code: 'LEAKAGE_LABELS_DIFFER', examine: twoLabels },
  { code: 'LEAKAGE_CLASSES', examine: classes },
];

function tellingColumns(experiment: Experiment): Examined {
  const { label, inputs = [], stratification } = experiment;
  const drawnBy = stratification === label || stratification === undefined ? [] : [stratification];
  if (label === undefined) return { unchecked: 'no label' };
  const columns = [...inputs, ...drawnBy];
  if (columns.length === 0)
    return { unchecked: 'no column is an input; none but the label stratifies' };
  const rows = rowsOf(experiment);
  const telling = (column: string) => column === label || tells(rows, column);
  const found = (names: readonly string[], severity: Case['severity']): Case[] =>
    sorted(names.filter(telling)).map((column) => {
      return { severity, where: `column "${column}" and label "${label}"`, participants: [] };
    });
  return {
    looked: `${columns.map((name) => `"${name}"`).join(', ')} against "${label}"`,
    cases: [...found(inputs, 'error'), ...found(drawnBy, 'warning')],
  };
}

/**
 * @returns whether a column is the label under other names: one value for each label and one label
 * for each value. Values that occur once each say nothing, unless they are those of the label.
 */
function tells(rows: readonly AuditRow[], column: string): boolean {
  const pairs = rows.flatMap(({ label, cells }) => {
    const cell = cells?.get(column);
    return label === undefined || cell === undefined || cell === '' ? [] : [[label, cell] as const];
  });
  const count = (part: (pair: readonly [string, string]) => string) =>
    new Set(pairs.map(part)).size;
  const labels = count(([label]) => label);
  const isOneToOne =
    labels === count((pair) => pair.join('\t')) && labels === count(([, cell]) => cell);
  const isSame = pairs.every(([label, cell]) => label === cell);
  return labels > 1 && isOneToOne && (isSame || labels < pairs.length);
}

function twoLabels(experiment: Experiment): Examined {
  const rows = [...rowsOf(experiment), ...(experiment.visits ?? [])].filter(
    ({ label }) => label !== undefined,
  );
  if (rows.length === 0) return { unchecked: 'no label' };
  const bySession = groupBy(rows, sessionIdentity);
  const differing = [...bySession.values()].filter(disagree);
  const looked = `labels of ${counted(bySession.size, 'session')} in ${counted(new Set(rows.map(({ file }) => file)).size, 'table')}`;
  if (differing.length === 0) return { looked, cases: [] };
  const examples = differing.map((same) => {
    const said = sorted(same.map(({ label = '', file }) => `"${label}" in ${file}`)).join(', ');
    return `${same[0] === undefined ? '' : sessionName(same[0])}: ${said}`;
  });
  const concerned = differing.flat();
  return {
    looked,
    cases: [
      {
        ...{ severity: 'error', where: sorted(concerned.map(({ file }) => file)).join(' and ') },
        participants: sorted(concerned.map(({ participant }) => participant)),
        detail: `${counted(differing.length, 'session')}: ${sorted(examples).slice(0, 5).join('; ')}`,
      },
    ],
  };
}

/** Of the rows of one session, of which there may be many; those of two known cohorts are two sessions. */
function disagree(rows: readonly AuditRow[]): boolean {
  const kinds = groupBy(rows, ({ cohort, label }) => [cohort, label].join('\t'));
  const once = [...kinds.values()].flatMap(([first]) => first ?? []);
  return once.some((one) =>
    once.some(
      (other) => isSameOrAny(one.cohort, other.cohort) && !isSameLabel(one.label, other.label),
    ),
  );
}

/** Numbers are compared as numbers: `70` and `70.0` are one label. */
function isSameLabel(one: string | undefined = '', other: string | undefined = ''): boolean {
  if (one === other) return true;
  return one !== '' && other !== '' && Number(one) === Number(other);
}

function classes({ sets }: Experiment): Examined {
  if (sets.length === 0) return { unchecked: 'no set' };
  const cases = sets.flatMap((set): Case[] => {
    if (set.rows.length === 0) return [asCase(set, 'error', 'no session')];
    const labels = set.rows.map(({ label }) => label);
    const [first, ...others] = new Set(labels);
    if (first === undefined || others.length > 0) return [];
    return [asCase(set, set.role === 'train' ? 'error' : 'warning', `only "${first}"`)];
  });
  return { looked: counted(sets.length, 'set'), cases };
}

const asCase = ({ name }: AuditSet, severity: Case['severity'], detail: string): Case => ({
  ...{ severity, where: name, participants: [], detail },
});
