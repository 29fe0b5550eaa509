/**
 * Grad-CAM (Selvaraju et al. 2017) and Grad-CAM++ (Chattopadhay et al. 2018): which places of the
 * feature maps of a layer speak for a score, brought to the grid of the element. The network is run
 * once up to the layer and on, then differentiated from the layer to the score.
 */
import * as tf from '@tensorflow/tfjs';
import { CapsuleError } from '../../core/errors.ts';
import { sizeOf } from '../layers/layer.ts';
import type { NetworkPlan } from '../networks/network.ts';
import { classActivation, enlarged, type CamForm } from './class-activation.ts';
import { inputOf, readAll, targetScore, type ElementMap, type Subject } from './subject.ts';

export interface GradCam {
  readonly form: CamForm;
  /** How many layers of the first sequential make the feature maps; see `levelOf` when absent. */
  readonly level?: number | undefined;
}

/** @throws CapsuleError INTERPRET_METHOD, see `levelOf` */
export async function gradCam(subject: Subject, options: GradCam): Promise<ElementMap> {
  const { network, shape, target } = subject;
  const level = levelOf(network.plan, options.level);
  const input = inputOf(subject);
  const { features, scores } = tf.tidy(() => {
    const found = network.evaluateAt(input, level);
    return { features: found.features, scores: found.outputs.output };
  });
  const slopes = tf.tidy(() =>
    tf.grad((given: tf.Tensor) =>
      targetScore(network.evaluateAt(input, level, given).outputs.output, target),
    )(features),
  );
  input.dispose();
  const mapShape = features.shape.slice(1);
  const read = await readAll(subject, [features, slopes, scores]);
  const [maps, gradient, own] = read as [Values, Values, Values];
  const map = classActivation(maps, gradient, mapShape, options.form);
  const values = enlarged(map, mapShape.slice(0, -1), shape.slice(0, -1));
  return { values: Float32Array.from(values), channels: 1, scores: Array.from(own) };
}

type Values = Float32Array<ArrayBuffer>;

/**
 * Levels count every layer of the first sequential, as ClinicaDL's do: convolution, normalisation,
 * activation and pooling each are one. Without a wish the last whose feature maps have more than one
 * voxel is taken: all layers, but for networks that end in a mean over the whole map.
 * @throws CapsuleError INTERPRET_METHOD for a network without feature maps; CONFIG_VALUE for a level
 *   that is not there
 */
export function levelOf(plan: NetworkPlan, wanted: number | undefined): number {
  const [layers = []] = plan.sequentials;
  const rank = plan.inputShape.length;
  const hasMaps = layers.map(({ outputShape }) => outputShape.length === rank);
  if (wanted === undefined) {
    const level = layers.findLastIndex(
      ({ outputShape }, index) => hasMaps[index] === true && sizeOf(outputShape.slice(0, -1)) > 1,
    );
    if (level >= 0) return level + 1;
    throw new CapsuleError('INTERPRET_METHOD', {
      expected: 'a network with feature maps, for Grad-CAM',
      found: plan.name,
    });
  }
  if (hasMaps[wanted - 1] === true) return wanted;
  const last = hasMaps.lastIndexOf(true) + 1;
  throw new CapsuleError('CONFIG_VALUE', {
    expected: `"level_grad_cam" to be 1 to ${last}: ${plan.name} has feature maps up to there`,
    found: String(wanted),
  });
}
