/**
 * What a step needs, compiled before the first one: GPU programs take from milliseconds to a second
 * each, and drivers compile several at once when they are asked to. The step is gone through without
 * computing anything, which also makes its buffers.
 */
import * as tf from '@tensorflow/tfjs';
import type { Augment } from './augmentation/augmenter.ts';
import type { EngineDevice } from './device/engine-device.ts';
import { compileProgramsOf } from './device/tfjs-backend.ts';
import { GradientSum } from './gradient-sum.ts';
import { kernelsInUse } from './kernels/choice.ts';
import { compileKernelsOf } from './kernels/dispatch.ts';
import { raiseUnlessFinite } from './kernels/squared-norm.ts';
import { CROSS_ENTROPY, type Loss } from './losses/loss.ts';
import type { Network } from './networks/network.ts';
import { trainingPass } from './training-pass.ts';

export interface WarmUpOptions {
  readonly device: EngineDevice;
  readonly network: Network;
  /** `[...spatial, channels]` of one element. */
  readonly shape: readonly number[];
  /** Elements that go through the network at once. */
  readonly batchSize: number;
  /** Whether gradients are halves. */
  readonly isScaled: boolean;
  /** What is made small; cross-entropy when absent. */
  readonly loss?: Loss | undefined;
  /** Applied to a batch, whose programs are compiled too. */
  readonly augment?: Augment | undefined;
}

/**
 * Yields how many of our kernels are compiled, out of how many.
 * @throws CapsuleError GPU_ERROR naming the kernel that does not compile
 */
export async function* warmUp(
  options: WarmUpOptions,
): AsyncGenerator<{ done: number; total: number }, void, void> {
  if (!kernelsInUse()) return;
  let kernels: Promise<void>[] = [];
  const programs = compileProgramsOf(() => {
    kernels = compileKernelsOf(() => goThrough(options));
  });
  const total = kernels.length;
  let done = 0;
  const waiting = new Set(kernels.map((kernel) => kernel.then(() => void (done += 1))));
  // The first that fails is thrown; the others are not unhandled.
  for (const one of waiting) one.then(() => waiting.delete(one)).catch(() => undefined);
  programs.catch(() => undefined);
  yield { done, total };
  while (done < total) {
    await Promise.race(waiting);
    yield { done, total };
  }
  await programs;
  options.device.check();
}

function goThrough(options: WarmUpOptions): void {
  const { network, shape, batchSize, isScaled, loss = CROSS_ENTROPY } = options;
  const sums = new GradientSum();
  const input = tf.zeros([batchSize, ...shape]);
  const labels = new Array<number>(batchSize).fill(0);
  options
    .augment?.(
      input,
      labels.map(() => ({ index: 0, repeat: 0 })),
    )
    .dispose();
  const passed = trainingPass(
    { input, labels, share: 1 },
    {
      ...{ network, loss, parameters: network.parameters(), scale: isScaled ? 2 : 1 },
      overflow: isScaled ? sums.overflow : undefined,
      uniform: (size) => tf.zeros(size),
    },
  );
  sums.add(passed.gradients);
  const norm = sums.squaredNorm();
  if (isScaled) raiseUnlessFinite(norm, sums.overflow);
  tf.dispose([norm, passed.loss, ...passed.updates.values()]);
  tf.tidy(() => {
    const outputs = network.evaluate(input, { normal: (size) => tf.zeros(size) });
    loss.of(outputs, { labels, input });
  });
  sums.release();
  input.dispose();
}
