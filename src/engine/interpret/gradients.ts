/**
 * Maps of one gradient. Saliency (Simonyan, Vedaldi and Zisserman 2013): how the score changes with
 * each voxel; no absolute value, no smoothing, as ClinicaDL. Guided backpropagation (Springenberg,
 * Dosovitskiy, Brox and Riedmiller 2015): the same, but what is negative above a ReLU is not sent
 * down. Put over the output of a ReLU, a function that is the identity forward and takes the positive
 * part of the gradient does that, also over the pooling of a fused block.
 */
import * as tf from '@tensorflow/tfjs';
import { CapsuleError } from '../../core/errors.ts';
import { differentiable } from '../device/tfjs-backend.ts';
import { kernelsInUse } from '../kernels/choice.ts';
import { activate } from '../layers/activation-kernel.ts';
import { layersOf } from '../networks/plan.ts';
import type { NetworkPlan, PassOptions } from '../networks/network.ts';
import { inputOf, readAll, scoreGradient, type ElementMap, type Subject } from './subject.ts';

/** @returns the gradient in the element's layout, and all scores */
export function gradientMap(subject: Subject): Promise<ElementMap> {
  return mapOf(subject, {});
}

/** @throws CapsuleError INTERPRET_METHOD for a network without ReLU */
export function guidedMap(subject: Subject): Promise<ElementMap> {
  refuseWithoutRelu(subject.network.plan);
  return mapOf(subject, { afterRelu: positiveGradient });
}

async function mapOf(subject: Subject, options: PassOptions): Promise<ElementMap> {
  const { network, target, shape } = subject;
  const input = inputOf(subject);
  const found = scoreGradient(network, input, target, options);
  input.dispose();
  const [values, scores] = await readAll(subject, [found.gradient, found.scores]);
  return {
    values: values as Float32Array<ArrayBuffer>,
    channels: shape.at(-1) ?? 1,
    scores: Array.from(scores ?? []),
  };
}

/** The identity; of its gradient the positive part goes through. */
function positiveGradient(output: tf.Tensor): tf.Tensor {
  const backward = (received: tf.Tensor) => ({
    output: () =>
      kernelsInUse()
        ? activate(received, 'relu')
        : tf.reshape(tf.relu(tf.reshape(received, [-1])), received.shape),
  });
  return differentiable({ output }, () => [tf.clone(output)], backward)[0] as tf.Tensor;
}

/** Modules print themselves with their children: `(act1): ReLU()`. */
const RELU = /(^|\s)ReLU\(/;

/** @throws CapsuleError INTERPRET_METHOD */
export function refuseWithoutRelu(plan: NetworkPlan): void {
  const [convolutions = []] = plan.sequentials;
  if (convolutions.some(({ lines }) => lines.some((line) => RELU.test(line)))) return;
  const kinds = ['ELU', 'LeakyReLU', 'GELU'].filter((kind) =>
    layersOf(plan).some(({ lines }) => lines.some((line) => line.includes(`${kind}(`))),
  );
  throw new CapsuleError('INTERPRET_METHOD', {
    expected: 'a network with ReLU between its convolutions, for guided-backpropagation',
    found: `${plan.name}, with ${kinds.length === 0 ? 'none' : kinds.join(' and ')}`,
  });
}
