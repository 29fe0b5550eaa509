/** A report in plain words: what was found, where, what to do, and what "nothing found" covers. */
import type { AuditReport, Check, Finding } from './audit.ts';
import { counted } from './rule.ts';

/** Ids and places that a line names; the JSON has all of them. */
const NAMED = 12;

/** @returns the lines of a report, findings first, then what was looked at. */
export function reportLines(report: AuditReport): string[] {
  const { findings, checks } = report;
  const found = new Set(findings.map(({ code }) => code));
  const clear = checks.filter(({ checked, code }) => checked && !found.has(code));
  const unchecked = checks.filter(({ checked }) => !checked);
  return [
    verdictLine(report),
    ...findings.flatMap((finding) => ['', ...findingLines(finding)]),
    ...section('Looked for and not found:', clear),
    ...section('Not checked:', unchecked),
  ];
}

/** @returns the verdict with the counts behind it, on one line. */
export function verdictLine({ verdict, findings, counts }: AuditReport): string {
  const of = (severity: Finding['severity']) =>
    findings.filter((finding) => finding.severity === severity).length;
  const words = {
    clean: 'clean',
    warnings: `${counted(of('warning'), 'warning')}, no leakage`,
    leaky: `LEAKY: ${counted(of('error'), 'error')}, ${counted(of('warning'), 'warning')}`,
  }[verdict];
  const scans =
    counts.scans === undefined ? 'voxels not checked' : `${counted(counts.scans, 'scan')} compared`;
  const people = `${counted(counts.participants, 'participant')}, ${counted(counts.sessions, 'session')}`;
  return `Leakage audit: ${words} (${counted(counts.sets, 'set')}, ${people}; ${scans})`;
}

function findingLines({ severity, code, sentence, action, help, cases, count }: Finding): string[] {
  const concerned = count === 0 ? '' : ` ${counted(count, 'participant')}.`;
  return [
    `${severity.toUpperCase()} ${code}: ${sentence}${concerned}`,
    ...listed(cases, ({ where, participants, detail = '' }) => {
      const names = listed(participants, (name) => name).join(', ');
      return [where, names, detail].filter((part) => part !== '').join(': ');
    }).map((line) => `  ${line}`),
    `  ${action}`,
    `  ${help}`,
  ];
}

function listed<Item>(items: readonly Item[], say: (item: Item) => string): string[] {
  const named = items.slice(0, NAMED).map(say);
  return items.length <= NAMED ? named : [...named, `and ${items.length - NAMED} more`];
}

function section(title: string, checks: readonly Check[]): string[] {
  if (checks.length === 0) return [];
  return ['', title, ...checks.map(({ title: what, looked }) => `  ${what} (${looked})`)];
}
