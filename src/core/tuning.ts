/** What was measured on an adapter once and is kept: it changes how long a step takes, and no number. */
import * as v from 'valibot';

/** Threads a workgroup, of which the fastest is chosen. */
export const GROUP_SIZES = [32, 64, 128, 256] as const;
export const DEFAULT_GROUP_SIZE = 64;

const TUNING = v.object({ groupSize: v.picklist(GROUP_SIZES) });

export type Tuning = v.InferOutput<typeof TUNING>;

export interface TuningStore {
  /** @returns what is kept, whatever it is; undefined when nothing is */
  load(): Promise<unknown>;
  save(tunings: Readonly<Record<string, Tuning>>): Promise<void>;
}

/** @param kept - what a store holds; what does not look like a tuning is passed over */
export function tuningsOf(kept: unknown): Record<string, Tuning> {
  const entries = v.safeParse(v.record(v.string(), v.unknown()), kept);
  if (!entries.success) return {};
  return Object.fromEntries(
    Object.entries(entries.output).flatMap(([adapter, value]) => {
      const tuning = v.safeParse(TUNING, value);
      return tuning.success ? [[adapter, tuning.output] as const] : [];
    }),
  );
}

/** Below this share another size is not worth leaving the default for: measurements differ by as much. */
const WORTH = 0.95;

/** @param milliseconds - of the same work, by size */
export function fastestGroupSize(
  milliseconds: ReadonlyMap<Tuning['groupSize'], number>,
): Tuning['groupSize'] {
  const usual = milliseconds.get(DEFAULT_GROUP_SIZE) ?? Infinity;
  let [fastest, least]: [Tuning['groupSize'], number] = [DEFAULT_GROUP_SIZE, WORTH * usual];
  for (const [size, taken] of milliseconds) {
    if (taken < least) [fastest, least] = [size, taken];
  }
  return fastest;
}
