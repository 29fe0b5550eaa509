/** What the training of one network on one split is given. */
import type { Config } from '../../core/config/schema.ts';
import type { Problem } from '../../core/errors.ts';
import type { Interrupted } from '../../core/maps/split-reader.ts';
import type { SplitWriter } from '../../core/maps/split-writer.ts';
import type { TrainingRow } from '../../core/maps/tables.ts';
import type { Checkpoint } from '../../core/torch/checkpoint.ts';
import type { Loss } from '../../engine/losses/loss.ts';
import type { NetworkPlan } from '../../engine/networks/network.ts';
import type { CapsElements } from '../data/elements.ts';
import type { Task } from '../shared/task.ts';
import type { Adaptation } from './adaptation.ts';
import type { Start } from './transfer.ts';

export interface SplitRequest {
  readonly index: number;
  /** Number of the network, where every part has its own. */
  readonly network: number | undefined;
  readonly config: Config;
  readonly task: Task;
  readonly plan: NetworkPlan;
  readonly loss: Loss;
  readonly train: CapsElements;
  readonly validation: CapsElements;
  /** Sets of the target cohort, where there is one: its validation set chooses the models then. */
  readonly adaptation?: Adaptation | undefined;
  readonly writer: SplitWriter;
  readonly memory: {
    /** Elements that go through the network at once, where memory is short. */
    readonly microBatchSize: number;
    /** Whether convolutions are made again for the gradients instead of kept. */
    readonly checkpointed: boolean;
  };
  /** Adds gradients of accumulated batches up, as 1.6.1 does. */
  readonly isSummed: boolean;
  /**
   * How long a training goes on without being saved, within an epoch; 0 saves after every step, or
   * every sixteen in half precision. When undefined, as often as takes a twentieth of the time.
   */
  readonly checkpointSeconds: number | undefined;
  /** Whether it goes on from where it was saved, if it was. */
  readonly isResumed: boolean;
  /** Folder of each cohort, as description.log names it. */
  readonly caps: ReadonlyMap<string, string>;
  /** Weights to start from. */
  readonly start?: Start;
  /** Reads the saved model of a selection metric back from the MAPS. */
  readonly readBest: (metric: string) => Promise<Checkpoint>;
  /** What ClinicaDL would go on from: the files of `tmp/`. */
  readonly readTemporary: () => Promise<Interrupted | undefined>;
  /** Rows of training.tsv as they were written. */
  readonly readLog: () => Promise<readonly TrainingRow[]>;
  /** Of training_target.tsv, where there is a target. */
  readonly readTargetLog: () => Promise<readonly TrainingRow[]>;
  /** Problems that turned up while elements were read; emptied here. */
  readonly problems: Problem[];
}

/** Where messages are: `split-0`, and the network where there are several. */
export function stepsOf({ index, network }: Pick<SplitRequest, 'index' | 'network'>): string[] {
  return [`split-${index}`, ...(network === undefined ? [] : [`network-${network}`])];
}

/**
 * The networks of the parts of an image begin with different weights, the first of them with those of
 * a single network. PyTorch takes 32 bits of a seed.
 */
export function seedOf({ config, network = 0 }: Pick<SplitRequest, 'config' | 'network'>): number {
  return (config.seed + network) % 2 ** 32;
}

/** @returns the numbers of the networks of a split: undefined alone where all parts share one. */
export function networkNumbers(
  { multi_network: several }: Pick<Config, 'multi_network'>,
  partsPerImage: number,
): readonly (number | undefined)[] {
  return several ? [...new Array(partsPerImage).keys()] : [undefined];
}
