/** GPU programs take long to compile: all of them are, once a device, before the first batch. */
import { readPipeline } from '../../core/augmentation/pipeline.ts';
import { augmenter } from '../../engine/augmentation/augmenter.ts';
import { throwIfCancelled } from '../../engine/cancel.ts';
import { warmUp } from '../../engine/warm-up.ts';
import type { Job } from '../events.ts';
import type { JobContext } from '../shared/context.ts';
import { ProgressMeter } from '../shared/progress-meter.ts';
import { lossToCompile } from './adaptation.ts';
import { stepsOf, type SplitRequest } from './split-request.ts';
import type { TrainingState } from './training-state.ts';

/** Everything that may be drawn. */
const WARM_UP = { seed: 0, epoch: 0, isForced: true };

/** Measures a device first that was not yet. */
export async function* compilePrograms(
  request: Pick<SplitRequest, 'config' | 'train' | 'index' | 'network' | 'loss' | 'adaptation'>,
  { network, scaler }: TrainingState,
  microBatchSize: number,
  { device, clock, signal }: JobContext,
): Job<void> {
  const { train } = request;
  const steps = stepsOf(request);
  if (device.isUntuned) {
    yield new ProgressMeter(clock, 'measurements', 1).event('Measuring this GPU', 0, steps);
    await device.tune(clock);
  }
  let meter: ProgressMeter | undefined;
  const compiled = warmUp({
    ...{ device, network, shape: train.shape, isScaled: scaler !== undefined },
    loss: lossToCompile(request),
    batchSize: Math.min(microBatchSize, train.count),
    augment: augmenter(readPipeline(request.config.data_augmentation), WARM_UP),
  });
  for await (const { done, total } of compiled) {
    throwIfCancelled(signal);
    if (total === 0) continue;
    meter ??= new ProgressMeter(clock, 'programs', total);
    yield meter.event('Compiling GPU programs', done, steps);
  }
}
