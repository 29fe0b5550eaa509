/**
 * Problems as the page shows them: one group a code, the gravest first, and as text for a report
 * from which everything that could name a person has been left out.
 */
import { toProblem, type Problem, type Severity } from '../../core/errors.ts';
import type { DeviceReport } from '../../core/reports.ts';

export interface ProblemGroup {
  readonly code: string;
  readonly severity: Severity;
  readonly sentence: string;
  readonly action: string;
  readonly problems: readonly Problem[];
}

const gravity: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };

/** Errors before warnings before notes; among equals, the most frequent code first. */
export function groupProblems(problems: readonly Problem[]): ProblemGroup[] {
  const byCode = new Map<string, Problem[]>();
  for (const problem of problems) {
    const known = byCode.get(problem.code);
    if (known === undefined) byCode.set(problem.code, [problem]);
    else known.push(problem);
  }
  return [...byCode.entries()]
    .flatMap(([code, group]) => {
      const first = group[0];
      if (first === undefined) return [];
      const { severity, sentence, action } = first;
      return [{ code, severity, sentence, action, problems: group }];
    })
    .sort(
      (a, b) => gravity[a.severity] - gravity[b.severity] || b.problems.length - a.problems.length,
    );
}

/** @returns the problem behind anything that a call rejected with. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof Error && 'problem' in thrown && isProblem(thrown.problem)) {
    return thrown.problem;
  }
  return toProblem(thrown);
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'sentence' in value;
}

/**
 * @returns text for a report: code, sentence, expected and found, the device and the browser. No
 * participant, session, file, row or table cell; ids inside `expected`, `found` and `steps` are
 * replaced.
 */
export function diagnostics(
  problem: Problem,
  device: DeviceReport | undefined,
  userAgent: string,
): string {
  const lines = [
    `code: ${problem.code}`,
    `what: ${problem.sentence}`,
    `steps: ${(problem.steps ?? []).map(withoutIds).join(' > ')}`,
    `expected: ${withoutIds(problem.expected ?? '')}`,
    `found: ${withoutIds(problem.found ?? '')}`,
    `device: ${device === undefined ? 'unknown' : describeDevice(device)}`,
    `browser: ${userAgent}`,
  ];
  return lines.filter((line) => !line.endsWith(': ')).join('\n');
}

function describeDevice(device: DeviceReport): string {
  const limits = `buffer ${device.maxBufferSize}, binding ${device.maxBindingSize}`;
  return `${device.kind}, ${device.name}, ${limits}, fp16 ${device.halfPrecision ? 'yes' : 'no'}`;
}

/** Ids and names of volumes, wherever they stand in a text. */
function withoutIds(text: string): string {
  return text
    .replace(/[^\s"',;()]*\.(nii(\.gz)?|tsv|json|zip)\b/gi, '<file>')
    .replace(/\b(sub|ses)-[A-Za-z0-9]+/g, '$1-<id>');
}
