/** For tests: runs a job to its end and keeps what it told. */
import { CapsuleError, type ErrorCode, type Problem } from '../../../core/errors.ts';
import type { Job } from '../../events.ts';

export interface Told<Result> {
  readonly result: Result | undefined;
  readonly problems: readonly Problem[];
  readonly lines: readonly string[];
  /** What stopped the job. */
  readonly error?: Problem;
  /** Codes of warnings and of the error, in order. */
  readonly codes: readonly ErrorCode[];
}

/** Anything but a CapsuleError goes through: it is a fault of the job. */
export async function runJob<Result>(job: Job<Result>): Promise<Told<Result>> {
  const problems: Problem[] = [];
  const lines: string[] = [];
  const codes = (): ErrorCode[] => problems.map(({ code }) => code);
  try {
    for (;;) {
      const { value, done } = await job.next();
      if (done === true) return { result: value, problems, lines, codes: codes() };
      if (value.kind === 'problem') problems.push(value.problem);
      if (value.kind === 'log') lines.push(value.message);
    }
  } catch (thrown) {
    if (!(thrown instanceof CapsuleError)) throw thrown;
    const error = thrown.problem;
    return { result: undefined, problems, lines, error, codes: [...codes(), error.code] };
  }
}
