/** The order in which predictions are worth reading. */
import type { PredictionRow } from '../../jobs/session-api.ts';

/** Wrong ones first, the most certain among them at the top; right ones least certain first. */
export function wrongFirst(rows: readonly PredictionRow[]): PredictionRow[] {
  const wrong = (row: PredictionRow): boolean => row.trueLabel !== row.predictedLabel;
  const certainty = (row: PredictionRow): number => Math.max(...row.probabilities, 0);
  return [...rows].sort((a, b) => {
    if (wrong(a) !== wrong(b)) return wrong(a) ? -1 : 1;
    return wrong(a) ? certainty(b) - certainty(a) : certainty(a) - certainty(b);
  });
}
