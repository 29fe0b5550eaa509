/**
 * Losses of variational autoencoders: how far the reconstruction is from the input, summed over all
 * voxels of the batch, and how far the code's distribution is from a standard normal one, averaged
 * over the batch (Kingma and Welling 2014); with a continuous Bernoulli likelihood its normalising
 * constant as well (Loaiza-Ganem and Cunningham 2019).
 *
 * 1.6.1 returns the two terms of VAEContinuousBernoulliLoss in each other's place; here each has its
 * own name and weight, and the constant the sign that makes the sum a negative log-likelihood.
 */
import * as tf from '@tensorflow/tfjs';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs';
import type { NetworkOutputs } from '../networks/plan.ts';
import { ELEMENT_LOSSES, rowsOf, sumOver, type ElementLoss } from './element-losses.ts';
import type { BatchTarget, Loss, LossValue, LossWeights } from './loss.ts';

/** @param share - of the batch: a sum over all of it counts whole in each of its parts */
export type VaeTerms = (
  made: Tensor,
  input: Tensor,
  share: number,
) => { readonly recon: Scalar; readonly constant?: Scalar };

/** As PyTorch holds logarithms of 0 in its cross-entropy, as far as f32 can tell. */
const SMALLEST = 1e-37;
/** How close to 0 and 1 a continuous Bernoulli parameter comes. */
const EDGE = 1e-5;
/** Nearer to the middle the constant is its series, whose next term is below f32's digits. */
const NEAR = 0.02;
/** Of CVAE_3D's own loss. */
const OWN_KL_WEIGHT = 5;

export const VAE_TERMS: Readonly<Record<string, VaeTerms>> = {
  VAEGaussianLoss: summed(ELEMENT_LOSSES['MSELoss'] as ElementLoss),
  VAEBernoulliLoss: summed(binaryCrossEntropy),
  VAEContinuousBernoulliLoss: (made, input, share) => ({
    ...summed(binaryCrossEntropy)(made, input, share),
    constant: over(
      sumOver((x) => logNormaliser(x) as Tensor2D, made, input),
      share,
    ),
  }),
};

/** `recons_weight * recon + kl_weight * kl`, less the constant where there is one. */
export function variationalLoss(terms: VaeTerms, weights: LossWeights): Loss['of'] {
  return (outputs, { input, share = 1 }) => {
    const { recon, constant } = terms(outputs.output, input, share);
    const kl = divergence(outputs);
    const weighted = tf.add<Scalar>(
      tf.mul(recon, tf.scalar(weights.recons_weight)),
      tf.mul(kl, tf.scalar(weights.kl_weight)),
    );
    const total = constant === undefined ? weighted : tf.sub<Scalar>(weighted, constant);
    return { total, terms: { recon_loss: recon, kl_loss: kl } };
  };
}

/** CVAE_3D's: squared error divided by the batch's size, and five times the divergence. */
export function cvae3dLoss(outputs: NetworkOutputs, { input }: BatchTarget): LossValue {
  const squared = ELEMENT_LOSSES['MSELoss'] as ElementLoss;
  const elements = input.shape[0] ?? 1;
  const recon = over(sumOver(squared, outputs.output, input), elements);
  const kl = divergence(outputs);
  const total = tf.add<Scalar>(recon, tf.mul(kl, tf.scalar(OWN_KL_WEIGHT)));
  return { total, terms: { recon_loss: recon, kl_loss: kl } };
}

function summed(loss: ElementLoss): VaeTerms {
  return (made, input, share) => ({ recon: over(sumOver(loss, made, input), share) });
}

function over(value: Scalar, divisor: number): Scalar {
  return divisor === 1 ? value : tf.mul(value, tf.scalar(1 / divisor));
}

/** 0.5 * sum(-1 - log variance + mean^2 + variance), averaged over the batch. */
function divergence({ mu, logVariance }: NetworkOutputs): Scalar {
  if (mu === undefined || logVariance === undefined) throw new Error('no code to look at');
  const [mean, log] = [rowsOf(mu), rowsOf(logVariance)];
  const moments = tf.add(tf.square(mean), tf.exp(log));
  const each = tf.sub(tf.sub(moments, log), tf.scalar(1));
  return tf.mul(tf.sum(tf.sum(each, 1)), tf.scalar(0.5 / (mu.shape[0] ?? 1)));
}

function binaryCrossEntropy(made: Tensor2D, wanted: Tensor2D): Tensor2D {
  const log = (probability: Tensor2D) => tf.log(tf.maximum(probability, tf.scalar(SMALLEST)));
  const one = tf.scalar(1);
  const likelihood = tf.add(
    tf.mul(wanted, log(made)),
    tf.mul(tf.sub(one, wanted), log(tf.sub(one, made))),
  );
  return tf.neg(likelihood) as Tensor2D;
}

/** log(2 atanh(u) / u) with u = 1 - 2 x; where u is small, its series. */
const logNormaliser = tf.customGrad((made, save) => {
  const x = made as Tensor2D;
  (save as tf.GradSaveFunc)([x]);
  const { isNear, far, series } = halvesOf(x);
  const exact = tf.log(tf.div(twiceAtanh(far), far));
  const value = tf.where(isNear, tf.log(tf.mul(series, tf.scalar(2))), exact);
  return { value, gradFunc: (above, [kept]) => tf.mul(above as Tensor2D, slope(kept as Tensor2D)) };
});

/** Of the constant, with x; nothing where x is held at the edge. */
function slope(x: Tensor2D): Tensor2D {
  const { u, isNear, far, series } = halvesOf(x);
  const [one, two] = [tf.scalar(1), tf.scalar(2)];
  const rest = tf.sub(one, tf.square(far));
  const exact = tf.sub(tf.div(two, tf.mul(rest, twiceAtanh(far))), tf.div(one, far));
  const steps = tf.add(tf.scalar(2 / 3), tf.mul(tf.square(u), tf.scalar(0.8)));
  const near = tf.div(tf.mul(u, steps), series);
  const isHeld = tf.logicalOr(tf.less(x, tf.scalar(EDGE)), tf.greater(x, tf.scalar(1 - EDGE)));
  const free = tf.mul(tf.where(isNear, near, exact), tf.scalar(-2));
  return tf.where(isHeld, tf.zerosLike(free), free) as Tensor2D;
}

/** What value and slope have in common. `far` is u where that is not small, and 0.5 elsewhere. */
function halvesOf(x: Tensor2D) {
  const one = tf.scalar(1);
  const u = tf.sub(one, tf.mul(tf.clipByValue(x, EDGE, 1 - EDGE), tf.scalar(2)));
  const isNear = tf.less(tf.abs(u), tf.scalar(NEAR));
  const far = tf.where(isNear, tf.fill(u.shape, 0.5), u);
  const square = tf.square(tf.where(isNear, u, tf.zerosLike(u)));
  const fourth = tf.mul(tf.square(square), tf.scalar(0.2));
  const series = tf.add(tf.add(one, tf.mul(square, tf.scalar(1 / 3))), fourth);
  return { u, isNear, far, series };
}

function twiceAtanh(u: tf.Tensor): tf.Tensor {
  return tf.log(tf.div(tf.add(tf.scalar(1), u), tf.sub(tf.scalar(1), u)));
}
