/**
 * Everything that can go wrong, in one catalogue: a code, a severity, a sentence and what to do next.
 * Code throws `CapsuleError`; jobs and the page turn it into a `Problem`, which is plain data and
 * crosses a worker boundary. Nothing matches on message text: only on `code`.
 */
import { CATALOGUE, type ErrorCode } from './error-catalogue.ts';

export type { ErrorCode } from './error-catalogue.ts';
export type Severity = 'error' | 'warning' | 'note';

/** Where it happened. `steps` reads outermost first: `split-0`, `epoch 3`, `batch 12`. */
export interface Where {
  readonly participant?: string;
  readonly session?: string;
  readonly file?: string;
  /** One-based line of a table (header line included) or of a configuration file. */
  readonly row?: number;
  readonly column?: string;
  readonly steps?: readonly string[];
}

export interface ProblemDetails extends Where {
  readonly expected?: string;
  readonly found?: string;
  /** Overrides the catalogue's advice when the case allows a better one. */
  readonly action?: string;
}

/** A finding as data: what is shown on the page and printed on the terminal. */
export interface Problem extends ProblemDetails {
  readonly code: ErrorCode;
  readonly severity: Severity;
  readonly sentence: string;
  readonly action: string;
}

export class CapsuleError extends Error {
  override readonly name = 'CapsuleError';
  readonly problem: Problem;

  constructor(code: ErrorCode, details: ProblemDetails = {}, options?: ErrorOptions) {
    const problem = describe(code, details);
    super(formatProblem(problem), options);
    this.problem = problem;
  }

  get code(): ErrorCode {
    return this.problem.code;
  }

  /** The same error seen from one level further out; what is already known stays. */
  at(where: Where): CapsuleError {
    const steps = [...(where.steps ?? []), ...(this.problem.steps ?? [])];
    return new CapsuleError(
      this.code,
      { ...where, ...this.problem, ...(steps.length > 0 ? { steps } : {}) },
      { cause: this.cause ?? this },
    );
  }
}

/** @returns the catalogue's entry for `code`, completed by `details`. */
export function describe(code: ErrorCode, details: ProblemDetails = {}): Problem {
  const entry = CATALOGUE[code];
  return { ...details, code, ...entry, action: details.action ?? entry.action };
}

/** Turns anything thrown into a `Problem`, so that no failure is lost on its way to the user. */
export function toProblem(thrown: unknown, where: Where = {}): Problem {
  if (thrown instanceof CapsuleError) return thrown.at(where).problem;
  const found = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return describe('INTERNAL', { ...where, found });
}

/** One problem in one line: `NIFTI_TRUNCATED: ... [sub-01 ses-M000 file] expected ..., found .... Advice`. */
export function formatProblem(problem: Problem): string {
  const place = [
    ...(problem.steps ?? []),
    problem.participant,
    problem.session,
    problem.file,
    problem.row === undefined ? undefined : `row ${problem.row}`,
    problem.column === undefined ? undefined : `column "${problem.column}"`,
  ].filter((part): part is string => part !== undefined);
  const compared = [
    problem.expected === undefined ? undefined : `expected ${problem.expected}`,
    problem.found === undefined ? undefined : `found ${problem.found}`,
  ].filter((part): part is string => part !== undefined);
  return [
    `${problem.code}: ${problem.sentence}`,
    place.length > 0 ? `[${place.join(' > ')}]` : '',
    compared.length > 0 ? `${compared.join(', ').replace(/\.$/, '')}.` : '',
    problem.action,
  ]
    .filter((part) => part !== '')
    .join(' ');
}
