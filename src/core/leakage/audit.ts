/**
 * The audit: every rule over an experiment, what they found grouped by code, most severe first, and
 * what each of them looked at. The order of rows and sets changes nothing but the order of places.
 */
import { compareText } from '../tsv/session-time.ts';
import { sessionName } from '../tsv/sessions.ts';
import {
  helpOf,
  LEAKAGE_CODES,
  LEAKS,
  sentenceOf,
  type LeakCode,
  type Severity,
} from './catalogue.ts';
import { rowsOf, sorted, type Experiment } from './experiment.ts';
import { CONVERSION_RULE } from './conversion.ts';
import { LABEL_RULES } from './labels.ts';
import { MODEL_RULES } from './models.ts';
import { PEOPLE_RULES } from './people.ts';
import { SCAN_RULES } from './scans.ts';
import type { Case, Rule } from './rule.ts';

export interface Finding {
  readonly code: LeakCode;
  readonly severity: Severity;
  readonly sentence: string;
  readonly action: string;
  /** Page and anchor. */
  readonly help: string;
  /** Everyone concerned, sorted. */
  readonly participants: readonly string[];
  /** How many they are. */
  readonly count: number;
  /** Where, sorted by place. */
  readonly cases: readonly Case[];
}

/** What a rule did. */
export interface Check {
  readonly code: LeakCode;
  readonly title: string;
  readonly checked: boolean;
  /** What was looked at, or why nothing was. */
  readonly looked: string;
  /** Participants concerned. */
  readonly found: number;
}

export type Verdict = 'clean' | 'warnings' | 'leaky';

export interface AuditReport {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** One a code, in the order of the catalogue. */
  readonly checks: readonly Check[];
  readonly counts: {
    readonly splits: number;
    readonly sets: number;
    readonly participants: number;
    readonly sessions: number;
    /** Volumes whose voxels were compared; absent when none was read. */
    readonly scans?: number;
  };
}

const RULES: readonly Rule[] = [
  ...PEOPLE_RULES,
  ...SCAN_RULES,
  ...MODEL_RULES,
  ...LABEL_RULES,
  CONVERSION_RULE,
];
const SEVERITIES: readonly Severity[] = ['error', 'warning'];

export function auditExperiment(experiment: Experiment): AuditReport {
  const results = LEAKAGE_CODES.map((code) => {
    const rule = RULES.find((candidate) => candidate.code === code);
    const examined = rule?.examine(experiment) ?? { unchecked: 'no rule' };
    return { code, examined, cases: 'cases' in examined ? examined.cases : [] };
  });
  const findings = SEVERITIES.flatMap((severity) =>
    results.flatMap(({ code, cases }) => finding(code, severity, cases)),
  );
  const isLeaky = findings.some(({ severity }) => severity === 'error');
  const checks = results.map(({ code, examined, cases }): Check => ({
    code,
    title: LEAKS[code].title,
    checked: 'cases' in examined,
    looked: 'cases' in examined ? examined.looked : examined.unchecked,
    found: concerned(cases).length,
  }));
  return {
    verdict: isLeaky ? 'leaky' : findings.length > 0 ? 'warnings' : 'clean',
    ...{ findings, checks, counts: countsOf(experiment) },
  };
}

function finding(code: LeakCode, severity: Severity, all: readonly Case[]): Finding[] {
  const cases = all
    .filter((one) => one.severity === severity)
    .sort((one, other) => compareText(orderOf(one), orderOf(other)));
  if (cases.length === 0) return [];
  const participants = concerned(cases);
  return [
    {
      ...{ code, severity, sentence: sentenceOf(code, severity), action: LEAKS[code].action },
      ...{ help: helpOf(code), participants, count: participants.length, cases },
    },
  ];
}

const orderOf = ({ where, participants }: Case): string => [where, ...participants].join('\t');

const concerned = (cases: readonly Case[]): string[] =>
  sorted(cases.flatMap(({ participants }) => participants));

function countsOf(experiment: Experiment): AuditReport['counts'] {
  const { sets, scans } = experiment;
  const rows = rowsOf(experiment);
  const person = ({ cohort = '', participant }: (typeof rows)[number]) =>
    `${cohort} ${participant}`;
  const splits = new Set(sets.flatMap(({ split }) => split ?? []));
  return {
    ...{ splits: splits.size, sets: sets.length },
    participants: new Set(rows.map(person)).size,
    sessions: new Set(rows.map((row) => `${row.cohort ?? ''} ${sessionName(row)}`)).size,
    ...(scans === undefined ? {} : { scans: scans.length }),
  };
}
