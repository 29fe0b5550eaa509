/** Cancelling: a signal, and waiting that ends at once when it is given. */
import { CapsuleError } from '../core/errors.ts';

/** @throws CapsuleError CANCELLED once the signal is aborted. */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new CapsuleError('CANCELLED');
}

/** Waits for `promise`, but no longer than until the signal is aborted. */
export async function unlessCancelled<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  throwIfCancelled(signal);
  let stop: (() => void) | undefined;
  const cancelled = new Promise<never>((_, reject) => {
    stop = () => reject(new CapsuleError('CANCELLED'));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, cancelled]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
    // When cancelling won, a later failure of the work itself is of no interest.
    promise.catch(() => undefined);
  }
}
