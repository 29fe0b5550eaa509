/**
 * The room that a training takes where its MAPS is written, told before it begins where there is less.
 * Tables are small beside weights: PyTorch's files are the bytes of their tensors and little else.
 */
import type { Config } from '../../core/config/schema.ts';
import { describe } from '../../core/errors.ts';
import type { WritableTree } from '../../core/files/file-tree.ts';
import { bytesInWords } from '../../core/files/full-storage.ts';
import { statesOf, type NetworkPlan } from '../../engine/networks/network.ts';
import { ruleNamed } from '../../engine/optimizers/rules.ts';
import type { Job } from '../events.ts';

const BYTES = 4;
/** ClinicaDL's checkpoint of the last epoch and Capsule's two slots. */
const CHECKPOINTS = 3;

export interface TrainingSize {
  readonly config: Pick<Config, 'optimizer' | 'selection_metrics' | 'save_all_models' | 'epochs'>;
  readonly plan: NetworkPlan;
  readonly splits: number;
  /** Networks of a split. */
  readonly networks: number;
}

/** @returns bytes at the most, of models and checkpoints */
export function storageNeeded({ config, plan, splits, networks }: TrainingSize): number {
  const states = statesOf(plan);
  const sizeOf = (of: typeof states) =>
    of.reduce((sum, { shape }) => sum + BYTES * shape.reduce((all, length) => all * length, 1), 0);
  const model = sizeOf(states);
  const moments = ruleNamed(config.optimizer).states.length;
  const optimizer = moments * sizeOf(states.filter(({ trained }) => trained));
  const models = config.selection_metrics.length + (config.save_all_models ? config.epochs : 0);
  // The checkpoints of a split go when it is finished; a file stands beside what it replaces.
  const temporary = CHECKPOINTS * networks * (model + optimizer) + Math.max(model, optimizer);
  return splits * networks * models * model + temporary;
}

/** Warns where there is not enough room. */
export async function* tellRoom(maps: WritableTree, size: TrainingSize): Job<void> {
  const free = await maps.room?.().catch(() => undefined);
  const needed = storageNeeded(size);
  if (free === undefined || free >= needed) return;
  const words = { expected: `${bytesInWords(needed)} free`, found: bytesInWords(free) };
  yield { kind: 'problem', problem: describe('STORAGE_SHORT', { file: maps.name, ...words }) };
}
