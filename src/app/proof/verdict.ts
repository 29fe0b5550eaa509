/** The sum of all outcomes: what the first line of the proof says. */
import { isStopped, type Outcome } from '../../platform/browser/proof/outcome.ts';

export interface Verdict {
  readonly kind: 'running' | 'closed' | 'doubtful' | 'open';
  readonly stopped: number;
  readonly doubtful: number;
  readonly out: number;
  readonly all: number;
}

/**
 * @param outcomes - those known, and undefined for each attempt that is still to be made
 * @returns `open` when an answer came from outside, `doubtful` when something was not seen to be
 *   stopped, `closed` when every attempt was made and stopped
 */
export function verdictOf(outcomes: readonly (Outcome | undefined)[]): Verdict {
  const known = outcomes.filter((outcome) => outcome !== undefined);
  const stopped = known.filter(isStopped).length;
  const out = known.filter(({ kind }) => kind === 'out').length;
  const sums = { stopped, out, doubtful: known.length - stopped - out, all: outcomes.length };
  if (out > 0) return { kind: 'open', ...sums };
  if (known.length < outcomes.length) return { kind: 'running', ...sums };
  return { kind: sums.doubtful > 0 || sums.all === 0 ? 'doubtful' : 'closed', ...sums };
}
