/**
 * Instance normalisation (Ulyanov et al. 2016) and group normalisation (Wu and He 2018) as PyTorch's
 * `InstanceNorm2d`, `InstanceNorm3d` and `GroupNorm`: each volume is normalised by itself, in
 * training and in evaluation alike, epsilon 1e-5.
 */
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { CapsuleError } from '../../core/errors.ts';
import { Float } from '../../core/onnx/graph.ts';
import { kernelsInUse } from '../kernels/choice.ts';
import { groupNormalisation, type NormalisedOver } from '../kernels/group-normalisation.ts';
import { mapMemory, sizeOf, type Layer, type StateSpec } from './layer.ts';

const EPSILON = 1e-5;

/**
 * Without affine parameters and running statistics, PyTorch's default.
 * @throws CapsuleError NETWORK_INPUT where an instance is a single voxel, which PyTorch refuses too
 */
export function instanceNorm(inputShape: readonly number[]): Layer {
  const rank = inputShape.length - 1;
  const channels = inputShape[rank] as number;
  if (sizeOf(inputShape.slice(0, rank)) < 2) {
    throw new CapsuleError('NETWORK_INPUT', {
      expected: 'more than one voxel where an instance is normalised',
      found: inputShape.slice(0, rank).join(' x '),
    });
  }
  return normalisation(inputShape, { kind: 'instance' }, [], {
    kind: `InstanceNorm${rank}d`,
    line: `InstanceNorm${rank}d(${channels}, eps=1e-05, momentum=0.1, affine=False, track_running_stats=False)`,
  });
}

/** @param name - prefix of the state-dict keys */
export function groupNorm(name: string, inputShape: readonly number[], groups: number): Layer {
  const channels = inputShape.at(-1) as number;
  if (channels % groups !== 0) throw new RangeError(`${channels} channels in ${groups} groups`);
  const vector = (suffix: string, value: number): StateSpec => ({
    name: `${name}.${suffix}`,
    shape: [channels],
    trained: true,
    initial: () => new Float32Array(channels).fill(value),
  });
  const states = [vector('weight', 1), vector('bias', 0)];
  return normalisation(inputShape, { kind: 'group', groups }, states, {
    kind: 'GroupNorm',
    line: `GroupNorm(${groups}, ${channels}, eps=1e-05, affine=True)`,
  });
}

function normalisation(
  inputShape: readonly number[],
  over: NormalisedOver,
  states: readonly StateSpec[],
  { kind, line }: { kind: string; line: string },
): Layer {
  const channels = inputShape.at(-1) as number;
  const groups = over.kind === 'group' ? over.groups : channels;
  return {
    ...{ kind, states, lines: [line], outputShape: inputShape },
    forward(input, pass) {
      const [gamma, beta] = states.map(({ name }) => pass.state(name));
      if (kernelsInUse()) return groupNormalisation(input, gamma, beta, over).output;
      const normal = normalised(input, groups);
      if (gamma === undefined || beta === undefined) return normal;
      const rows = tf.reshape(normal, [-1, channels]);
      const [scale, shift] = [gamma, beta].map((vector) => tf.reshape(vector, [1, channels]));
      return tf.reshape(tf.add(tf.mul(rows, scale as Tensor), shift as Tensor), input.shape);
    },
    toOnnx(graph, input) {
      const ones = graph.floats(new Array<number>(groups).fill(1));
      const zeros = graph.floats(new Array<number>(groups).fill(0));
      const normal = (value: string) =>
        graph.node('InstanceNormalization', [value, ones, zeros], { epsilon: new Float(EPSILON) });
      if (over.kind !== 'group') return normal(input);
      // A group is normalised as one long channel. A length of 0 keeps that of the batch.
      const spatial = inputShape.slice(0, -1);
      const grouped = graph.node('Reshape', [input, graph.integers([0, groups, -1])]);
      const whole = graph.integers([0, channels, ...spatial]);
      const axes = graph.integers(spatial.map((_, axis) => axis + 1));
      const [scale = '', shift = ''] = states.map((state) =>
        graph.node('Unsqueeze', [graph.state(state.name), axes]),
      );
      const scaled = graph.node('Mul', [graph.node('Reshape', [normal(grouped), whole]), scale]);
      return graph.node('Add', [scaled, shift]);
    },
    memory: (batch) => mapMemory(inputShape, batch),
  };
}

function normalised(input: Tensor, groups: number): Tensor {
  const [batch = 1] = input.shape;
  const channels = input.shape.at(-1) as number;
  const grouped = tf.reshape(input, [batch, -1, groups, channels / groups]);
  const centred = tf.sub(grouped, tf.mean(grouped, [1, 3], true));
  const variance = tf.mean(tf.square(centred), [1, 3], true);
  return tf.reshape(tf.mul(centred, tf.rsqrt(tf.add(variance, tf.scalar(EPSILON)))), input.shape);
}
