/**
 * Squeeze and excitation (Hu, Shen and Sun 2018): the means of all channels of a volume go through
 * two small dense layers, and what comes out, between 0 and 1, multiplies the channels.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { differentiable } from '../device/tfjs-backend.ts';
import { channelSums } from '../kernels/channel-sums.ts';
import { kernelsInUse } from '../kernels/choice.ts';
import { relu, sigmoid } from './activations.ts';
import { inOnnx, inOrder, memoryOf, moduleLines, sequential, type Named } from './composite.ts';
import { linear } from './dense.ts';
import { mapMemory, type Layer } from './layer.ts';
import { asVoxels } from './plain.ts';
import { globalAvgPool } from './pooling.ts';

/** How the module is called, and its dense layers. */
const NAMES = {
  ClinicaDL: { kind: 'SqueezeExcitation', first: 'fc1', second: 'fc2' },
  MONAI: { kind: 'ChannelSELayer', first: 'fc.0', second: 'fc.2' },
} as const;

/**
 * @param name - prefix of the state-dict keys: `fc1` and `fc2`, or of MONAI `fc.0` and `fc.2`
 * @param inputShape - `[...spatial, channels]`
 * @param reduction - how many times fewer channels there are between the dense layers
 */
export function squeezeExcitation(
  name: string,
  inputShape: readonly number[],
  reduction = 8,
  names: keyof typeof NAMES = 'ClinicaDL',
): Layer {
  const channels = inputShape.at(-1) as number;
  const few = Math.floor(channels / reduction);
  const squeeze = globalAvgPool(inputShape);
  const { kind, first, second } = NAMES[names];
  const excitation: Named[] = [
    ['fc1', linear(`${name}.${first}`, channels, few)],
    ['relu', relu([few])],
    ['fc2', linear(`${name}.${second}`, few, channels)],
    ['sigmoid', sigmoid([channels])],
  ];
  const dense = excitation.map(([, layer]) => layer);
  const weigh = inOrder(dense);
  const children: Named[] =
    names === 'ClinicaDL'
      ? [['pool', squeeze], ...excitation]
      : [
          ['avg_pool', squeeze],
          ['fc', sequential(dense)],
        ];
  return {
    kind,
    lines: moduleLines(kind, children),
    states: dense.flatMap(({ states }) => states),
    outputShape: inputShape,
    forward(input, pass) {
      const means = tf.reshape(squeeze.forward(input, pass), [-1, channels]);
      return scaled(input, weigh(means, pass));
    },
    toOnnx(graph, input) {
      const means = graph.node('Flatten', [inOnnx([squeeze])(graph, input)], { axis: 1 });
      const axes = graph.integers(inputShape.slice(0, -1).map((_, axis) => axis + 2));
      const weights = graph.node('Unsqueeze', [inOnnx(dense)(graph, means), axes]);
      return graph.node('Mul', [input, weights]);
    },
    memory(batch) {
      const parts = memoryOf([squeeze, ...dense], batch);
      const scaling = mapMemory(inputShape, batch);
      // And the gradients of the input from both sides, added up.
      return { ...parts, ...scaling, kept: parts.kept + scaling.kept + scaling.largest };
    },
  };
}

/** @param factors - `[batch, channels]` */
function scaled(input: Tensor, factors: Tensor): Tensor {
  if (!kernelsInUse()) return product(input, factors);
  const [shape, channels] = [[...factors.shape], factors.shape[1] ?? 1];
  const forward = (save: (tensors: Tensor[]) => void) => {
    save([input, factors]);
    return [product(input, factors)];
  };
  const backward = (received: Tensor, saved: Tensor[]) => {
    const [source, weights] = saved as [Tensor, Tensor];
    return {
      input: () => product(received, weights),
      factors: () =>
        tf.tidy(() => {
          const slopes = tf.mul(received, source);
          return tf.reshape(channelSums(slopes, channels, shape[0]), shape);
        }),
    };
  };
  return differentiable({ input, factors }, forward, backward)[0] as Tensor;
}

function product(input: Tensor, factors: Tensor): Tensor {
  const [batch = 1, channels = 1] = factors.shape;
  const weights = tf.reshape(factors, [batch, 1, channels]);
  return tf.reshape(tf.mul(asVoxels(input), weights), input.shape);
}
