/**
 * Carries a `CapsuleError` across a worker boundary whole. Comlink posts message, name and stack of
 * what was thrown; this replaces its handler for thrown values on both sides, so that the `problem`
 * (code, participant, expected, found) arrives as well. Import it once in the page and in the
 * worker and call `carryProblems()` before `expose` or `wrap`.
 */
import { transferHandlers, type TransferHandler } from 'comlink';
import { CapsuleError, type Problem } from '../../core/errors.ts';

interface Thrown {
  readonly value: unknown;
}

type Posted =
  | { readonly kind: 'problem'; readonly problem: Problem; readonly stack: string | undefined }
  | { readonly kind: 'error'; readonly name: string; readonly message: string; stack?: string }
  | { readonly kind: 'value'; readonly value: unknown };

/** Replaces Comlink's handler for thrown values; calling it twice changes nothing. */
export function carryProblems(): void {
  const original = transferHandlers.get('throw');
  if (original === undefined) throw new CapsuleError('INTERNAL', { found: 'another Comlink' });
  const handler: TransferHandler<Thrown, Posted> = {
    canHandle: (value): value is Thrown => original.canHandle(value),
    serialize: ({ value }) => [toPosted(value), []],
    deserialize: (posted) => {
      throw fromPosted(posted);
    },
  };
  transferHandlers.set('throw', handler as TransferHandler<unknown, unknown>);
}

/** @returns plain data that says as much of what was thrown as can be posted. */
export function toPosted(thrown: unknown): Posted {
  if (thrown instanceof CapsuleError) {
    return { kind: 'problem', problem: thrown.problem, stack: thrown.stack };
  }
  if (thrown instanceof Error) {
    const { name, message, stack } = thrown;
    return { kind: 'error', name, message, ...(stack === undefined ? {} : { stack }) };
  }
  return { kind: 'value', value: thrown };
}

/** @returns what to throw on the receiving side; a `CapsuleError` where one was thrown. */
export function fromPosted(posted: Posted): unknown {
  if (posted.kind === 'value') return posted.value;
  if (posted.kind === 'error') {
    const { name, message, stack } = posted;
    return Object.assign(new Error(message), { name, ...(stack === undefined ? {} : { stack }) });
  }
  const error = new CapsuleError(posted.problem.code, posted.problem);
  if (posted.stack !== undefined) error.stack = posted.stack;
  return error;
}
