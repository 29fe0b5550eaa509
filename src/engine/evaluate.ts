/**
 * A network applied to a set in evaluation mode: what it says about every element, and the loss as
 * ClinicaDL reports it. Of a network that makes volumes, each volume is compared with its input and
 * given away on the spot: no set of volumes is ever held.
 */
import * as tf from '@tensorflow/tfjs';
import { CapsuleError } from '../core/errors.ts';
import { reconstructionFigures } from '../core/metrics/reconstruction.ts';
import { stream } from '../core/random/philox.ts';
import { throwIfCancelled } from './cancel.ts';
import { batches, type Batch, type ElementSource } from './data/batches.ts';
import type { EngineDevice } from './device/engine-device.ts';
import { CROSS_ENTROPY, type Loss } from './losses/loss.ts';
import type { Network, NetworkOutputs, Numbers } from './networks/network.ts';
import { normalNumbers } from './networks/normal-numbers.ts';
import { drawsAlways } from './networks/variational.ts';

/** What an evaluation asks of a network. */
export type Evaluable = Pick<Network, 'plan' | 'evaluate'>;

export interface EvaluationOptions {
  readonly device: EngineDevice;
  readonly network: Evaluable;
  readonly source: ElementSource;
  /** Element indices in the order in which they are evaluated and reported. */
  readonly order: ArrayLike<number>;
  readonly batchSize: number;
  /** Elements that go through the network at once; the whole batch when absent. */
  readonly microBatchSize?: number | undefined;
  readonly signal: AbortSignal;
  /** Cross-entropy when absent. */
  readonly loss?: Loss | undefined;
  /** False when the elements have no labels: the loss of scores is then 0, as in ClinicaDL. */
  readonly labelled?: boolean;
  /** Decides the codes of those autoencoders that draw them in evaluation too. */
  readonly seed?: number;
  /** Is given each volume that the network makes. */
  readonly onVolume?: ((made: MadeVolume) => Promise<void>) | undefined;
  /** Is given each code of an autoencoder. */
  readonly onCode?: ((code: LatentCode) => Promise<void>) | undefined;
}

/** A volume that a network made of an element. */
export interface MadeVolume {
  readonly index: number;
  /** `[...spatial, channels]`, as the element. */
  readonly output: Float32Array;
  /** What it was made of, in the same order. */
  readonly input: Float32Array;
}

/** What the decoder of an autoencoder begins with: of a variational one, the mean. */
export interface LatentCode {
  readonly index: number;
  readonly values: Float32Array;
  /** `[latent]`, or `[...spatial, channels]`. */
  readonly shape: readonly number[];
}

export interface Evaluation {
  /** Sum over the batches of their mean losses. */
  readonly lossSum: number;
  /** As much of each of the loss's terms, by name: `recon_loss`, `kl_loss`. */
  readonly termSums: ReadonlyMap<string, number>;
  readonly batches: number;
  /**
   * One row an element, in the order given: scores before softmax; of a network that makes volumes
   * MAE, RMSE, PSNR and SSIM.
   */
  readonly scores: readonly (readonly number[])[];
}

/**
 * Yields the number of elements done after each batch.
 * @throws CapsuleError CANCELLED; LOSS_NOT_FINITE naming the batch's volumes; GPU_LOST, GPU_ERROR
 */
export async function* evaluate(
  options: EvaluationOptions,
): AsyncGenerator<number, Evaluation, void> {
  const { device, network, source, order, batchSize, signal } = options;
  const { microBatchSize } = options;
  const makesVolumes = network.plan.outputs === 0;
  const scores: number[][] = [];
  const sums = new Map<string, number>();
  let count = 0;
  for await (const batch of batches(source, order, batchSize, { signal, microBatchSize })) {
    throwIfCancelled(signal);
    const { outputs, figures, terms } = passOf(batch, options);
    try {
      const values = await device.read(figures.data(), signal);
      const [losses, others] = [values.slice(0, terms.length), values.slice(terms.length)];
      if (!losses.every(Number.isFinite)) throw notFinite(source, batch, 'loss', losses);
      if (!makesVolumes && !others.every(Number.isFinite)) {
        throw notFinite(source, batch, 'score', others);
      }
      terms.forEach((name, index) => {
        sums.set(name, (sums.get(name) ?? 0) + batch.share * (losses[index] as number));
      });
      const width = others.length / batch.indices.length;
      for (const row of batch.indices.keys()) {
        scores.push(
          makesVolumes
            ? await compared(options, batch, outputs, row)
            : Array.from(others.slice(row * width, (row + 1) * width)),
        );
        if (options.onCode !== undefined) await giveCode(options, batch, outputs, row);
      }
    } finally {
      tf.dispose([figures, ...Object.values(outputs)]);
    }
    if (batch.isLastPart) count += 1;
    yield scores.length;
  }
  const lossSum = sums.get(TOTAL) ?? 0;
  sums.delete(TOTAL);
  return { lossSum, termSums: sums, batches: count, scores };
}

const TOTAL = 'loss';

/** Losses, their names, and what is kept: everything small in one tensor, for one read a batch. */
function passOf(
  batch: Batch,
  { network, loss = CROSS_ENTROPY, labelled, seed }: EvaluationOptions,
) {
  const makesVolumes = network.plan.outputs === 0;
  const names = [TOTAL];
  const kept: { outputs?: NetworkOutputs } = {};
  const figures = tf.tidy(() => {
    const draws = drawsAlways(network.plan);
    const outputs = network.evaluate(
      batch.input,
      draws ? { normal: codesOf(batch, seed ?? 0) } : {},
    );
    const small: tf.Tensor[] = [];
    if (makesVolumes || labelled !== false) {
      const { labels, input, share } = batch;
      const { total, terms = {} } = loss.of(outputs, { labels, input, share });
      names.push(...Object.keys(terms));
      small.push(...[total, ...Object.values(terms)].map((value) => tf.reshape(value, [1])));
    } else {
      small.push(tf.zeros([1]));
    }
    if (makesVolumes) {
      // What is read later, an element at a time.
      const { output, mu, code } = outputs;
      const latent = mu ?? code;
      kept.outputs = { output: tf.keep(output), ...(latent && { code: tf.keep(latent) }) };
    } else {
      small.push(tf.reshape(outputs.output, [-1]));
    }
    return tf.concat(small);
  });
  return { figures, terms: names, outputs: kept.outputs ?? ({} as Partial<NetworkOutputs>) };
}

/** Standard normal numbers by element, so that neither batches nor order change a code. */
function codesOf(batch: Batch, seed: number): Numbers {
  const generators = batch.indices.map((index) => stream(seed, 'latent code', index));
  return normalNumbers((shape) => {
    const width = shape.slice(1).reduce((product, length) => product * length, 1);
    const values = generators.flatMap((generator) =>
      Array.from({ length: width }, () => generator.uniform()),
    );
    return tf.tensor(values, shape);
  });
}

/** Compares one volume with what it was made of, and gives it away. */
async function compared(
  { device, signal, source, onVolume }: EvaluationOptions,
  batch: Batch,
  { output }: Partial<NetworkOutputs>,
  row: number,
): Promise<number[]> {
  if (output === undefined) throw new Error('a network of volumes made none');
  const made = await device.read(rowOf(output, row), signal);
  const input = await device.read(rowOf(batch.input, row), signal);
  const figures = reconstructionFigures(input, made, source.shape);
  if (!Number.isFinite(figures[0])) throw notFinite(source, batch, 'voxel', figures);
  await onVolume?.({ index: batch.indices[row] ?? 0, output: made, input });
  return figures;
}

async function giveCode(
  { device, signal, onCode }: EvaluationOptions,
  batch: Batch,
  { code }: Partial<NetworkOutputs>,
  row: number,
): Promise<void> {
  if (code === undefined) {
    throw new CapsuleError('CONFIG_VALUE', {
      expected: '"save_latent_tensor" for a network that has a code, an autoencoder',
      found: 'a network without one',
    });
  }
  const values = await device.read(rowOf(code, row), signal);
  await onCode?.({ index: batch.indices[row] ?? 0, values, shape: code.shape.slice(1) });
}

async function rowOf(tensor: tf.Tensor, row: number): Promise<Float32Array> {
  const one = tf.tidy(() => {
    const flat = tf.reshape(tensor, [tensor.shape[0] ?? 1, -1]);
    return tf.slice(flat, [row, 0], [1, -1]);
  });
  return (one.data() as Promise<Float32Array>).finally(() => one.dispose());
}

/** A score that is not finite has no class: nothing may be written from it. */
function notFinite(
  source: ElementSource,
  batch: Batch,
  what: string,
  values: ArrayLike<number>,
): CapsuleError {
  const bad = Array.from(values).find((value) => !Number.isFinite(value));
  const names = batch.indices.map((index) => source.name(index));
  return new CapsuleError('LOSS_NOT_FINITE', { found: `${what} ${bad} on ${names.join(', ')}` });
}
