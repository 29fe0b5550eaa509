/** How commands end: one line on stderr and an exit code that a script can test. */
import { CapsuleError, formatProblem, toProblem } from '../../src/core/errors.ts';

/** 1: the work failed. 2: what was asked cannot be done, as options, files or data stand. 130: interrupted. */
export const EXIT = { failed: 1, refused: 2, interrupted: 130 } as const;

/** Runs a command's work; a failure is printed and sets the exit code. */
export async function withExitCode(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    process.stderr.write(`${formatProblem(toProblem(thrown))}\n`);
    if (!(thrown instanceof CapsuleError) && thrown instanceof Error) {
      process.stderr.write(`${thrown.stack ?? ''}\n`);
    }
    process.exitCode = exitCodeOf(thrown);
  }
}

function exitCodeOf(thrown: unknown): number {
  if (!(thrown instanceof CapsuleError)) return EXIT.failed;
  if (thrown.code === 'CANCELLED') return EXIT.interrupted;
  return /^(GPU|STORAGE|LOSS|INTERNAL)/.test(thrown.code) ? EXIT.failed : EXIT.refused;
}
