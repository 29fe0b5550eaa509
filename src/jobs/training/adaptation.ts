/**
 * What a domain adaptation adds to a training: beside every batch of the source one labelled image of
 * the target and a batch of unlabelled ones. The source goes through once an epoch, whole batches only,
 * as in ClinicaDL 1.6.1; the target's sets are gone through again and again, each time in a new order,
 * and an epoch goes on where the one before has stopped, so that a small or a large set is used
 * evenly. (1.6.1 cuts the epoch to the shortest of the three, and never uses labelled images beyond
 * the number of batches.) Orders follow from seed and epoch alone.
 */
import { stream, type RandomStream } from '../../core/random/philox.ts';
import { readPipeline } from '../../core/augmentation/pipeline.ts';
import { augmenter, type Augment } from '../../engine/augmentation/augmenter.ts';
import type { Companion } from '../../engine/companions.ts';
import { adaptationLosses, reversalAt } from '../../engine/losses/domain-adaptation.ts';
import type { Loss } from '../../engine/losses/loss.ts';
import type { CapsElements } from '../data/elements.ts';
import type { Sampler } from './sampler.ts';
import { seedOf, type SplitRequest } from './split-request.ts';

/** Sets of the target. */
export interface Adaptation {
  readonly train: CapsElements;
  readonly validation: CapsElements;
  readonly unlabelled: CapsElements;
  /** Folder of its CAPS, as description.log names it. */
  readonly caps: ReadonlyMap<string, string>;
}

/** Labelled images of the target in a step. */
const LABELLED = 1;

/** @returns how many batches an epoch has; of an adaptation the last, smaller one is left out. */
export function batchesOfEpoch({
  train,
  config,
  adaptation,
}: Pick<SplitRequest, 'train' | 'config' | 'adaptation'>): number {
  const batches = train.count / config.batch_size;
  return adaptation === undefined ? Math.ceil(batches) : Math.max(1, Math.floor(batches));
}

/** What the training on an epoch is told of its sets. */
export interface EpochSets {
  readonly order: ArrayLike<number>;
  readonly loss: Loss;
  /** Of the training set; validation sets are never changed. */
  readonly augment?: Augment | undefined;
  readonly companions?: readonly Companion[];
  readonly reversal?: number;
}

export function setsOfEpoch(request: SplitRequest, sampler: Sampler, epoch: number): EpochSets {
  const { config, adaptation, loss } = request;
  const order = sampler(epoch);
  const seed = seedOf(request);
  const steps = readPipeline(config.data_augmentation);
  const augment = augmenter(steps, { seed, epoch });
  if (adaptation === undefined) return { order, loss, augment };
  const batches = batchesOfEpoch(request);
  const losses = adaptationLosses(loss);
  const companion = (source: CapsElements, wanted: number, of: Loss, name: string): Companion => {
    const batchSize = Math.min(wanted, source.count);
    const random = (pass: number) => stream(seed, name, pass);
    const place = { count: source.count, batchSize, first: epoch * batches, batches };
    const changed = augmenter(steps, { seed, epoch, set: name });
    return { source, batchSize, loss: of, order: cycledOrder(place, random), augment: changed };
  };
  return {
    order: Array.from(order).slice(0, batches * config.batch_size),
    loss: losses.source,
    augment,
    companions: [
      companion(adaptation.train, LABELLED, losses.labelled, 'labelled target'),
      companion(adaptation.unlabelled, config.batch_size, losses.unlabelled, 'unlabelled target'),
    ],
    reversal: reversalAt(epoch),
  };
}

/** What programs are compiled for. */
export function lossToCompile({
  loss,
  adaptation,
}: Pick<SplitRequest, 'loss' | 'adaptation'>): Loss {
  return adaptation === undefined ? loss : adaptationLosses(loss).together;
}

export interface CycledBatches {
  /** Elements of the set. */
  readonly count: number;
  /** At most as many. */
  readonly batchSize: number;
  /** The batch to begin with, counted from the beginning of the training. */
  readonly first: number;
  readonly batches: number;
}

/**
 * Batches of a set that is gone through any number of times: every pass is a new permutation, cut
 * into whole batches, so that no element stands twice in one.
 * @param random - of a pass
 * @returns element indices of the batches, one after the other
 */
export function cycledOrder(
  { count, batchSize, first, batches }: CycledBatches,
  random: (pass: number) => RandomStream,
): number[] {
  const perPass = Math.max(1, Math.floor(count / batchSize));
  const order: number[] = [];
  let shuffled: { pass: number; indices: number[] } | undefined;
  for (let batch = first; batch < first + batches; batch++) {
    const pass = Math.floor(batch / perPass);
    if (shuffled?.pass !== pass) shuffled = { pass, indices: permutation(count, random(pass)) };
    const start = (batch % perPass) * batchSize;
    order.push(...shuffled.indices.slice(start, start + batchSize));
  }
  return order;
}

/** Fisher and Yates. */
function permutation(count: number, random: RandomStream): number[] {
  const indices = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random.uniform(0, last + 1));
    [indices[last], indices[other]] = [indices[other] as number, indices[last] as number];
  }
  return indices;
}
