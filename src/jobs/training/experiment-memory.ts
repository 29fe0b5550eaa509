/** What an experiment needs on the device, and how much of a batch goes through the network at once. */
import type { Config } from '../../core/config/schema.ts';
import type { MemoryEstimate } from '../../core/reports.ts';
import { estimateMemory, planMemory } from '../../engine/memory.ts';
import type { NetworkPlan } from '../../engine/networks/network.ts';
import type { Job } from '../events.ts';
import type { JobContext } from '../shared/context.ts';
import { memoryInWords } from '../shared/memory-in-words.ts';
import { partsOf } from './recovery.ts';

export interface MemoryChoice {
  /** Elements that go through the network at once. */
  readonly microBatchSize?: number;
  /** Whether convolutions are made again for the gradients instead of kept. */
  readonly checkpointed?: boolean;
}

export interface ExperimentMemory {
  readonly microBatchSize: number;
  readonly checkpointed: boolean;
  readonly estimate: MemoryEstimate;
}

/** Tells the estimate, and that batches are cut where they are. */
export async function* chooseMemory(
  { microBatchSize, checkpointed = false }: MemoryChoice = {},
  { config, plan }: { readonly config: Config; readonly plan: NetworkPlan },
  { device }: JobContext,
): Job<ExperimentMemory> {
  const { amp, batch_size: batchSize, accumulation_steps, optimizer, ssda_network } = config;
  const asked = {
    ...{ device: device.report, optimizer, checkpointed },
    precision: amp ? ('half' as const) : ('f32' as const),
    // The passes of an adaptation add their gradients up.
    accumulates: accumulation_steps > 1 || ssda_network,
  };
  const chosen = Math.min(batchSize, microBatchSize ?? batchSize);
  const estimate =
    microBatchSize === undefined
      ? planMemory(plan, { ...asked, batchSize })
      : estimateMemory(plan, {
          ...{ ...asked, batchSize: chosen },
          accumulates: asked.accumulates || chosen < batchSize,
        });
  yield { kind: 'log', message: memoryInWords(estimate) };
  if (estimate.microBatchSize < batchSize) {
    yield { kind: 'problem', problem: partsOf(estimate.microBatchSize, batchSize) };
  }
  return { microBatchSize: estimate.microBatchSize, checkpointed, estimate };
}
