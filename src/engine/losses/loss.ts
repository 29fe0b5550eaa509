/**
 * What a network's outputs are compared with, and how far off they are: the losses of ClinicaDL 1.6.1
 * by their names. Those of PyTorch are means over the batch; the reconstruction term of a variational
 * autoencoder is a sum over it, as in Kingma and Welling 2014, and its divergence a mean.
 */
import * as tf from '@tensorflow/tfjs';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs';
import { CapsuleError } from '../../core/errors.ts';
import type { NetworkOutputs, NetworkPlan } from '../networks/plan.ts';
import { isVariational } from '../networks/variational.ts';
import { crossEntropy } from './cross-entropy.ts';
import { ELEMENT_LOSSES, sumOver, type ElementLoss } from './element-losses.ts';
import { multiMargin } from './multi-margin.ts';
import { cvae3dLoss, VAE_TERMS, variationalLoss, type VaeTerms } from './vae-losses.ts';

/** What a batch, or a part of one, is compared with. */
export interface BatchTarget {
  /** Class codes or values, one an element. */
  readonly labels: readonly number[];
  /** `[elements, ...spatial, channels]`, which a reconstruction is compared with. */
  readonly input: Tensor;
  /**
   * How much of the batch these elements are; 1 when absent. The losses of the parts of a batch,
   * weighted by their shares, add up to that of the batch, sums included.
   */
  readonly share?: number;
}

export interface LossValue {
  readonly total: Scalar;
  /** Of variational autoencoders, before they are weighted: `recon_loss` and `kl_loss`. */
  readonly terms?: Readonly<Record<string, Scalar>>;
}

export interface Loss {
  readonly name: string;
  of(outputs: NetworkOutputs, target: BatchTarget): LossValue;
}

/** Named as in maps.json. */
export interface LossWeights {
  readonly recons_weight: number;
  readonly kl_weight: number;
}

const CLASS_LOSSES: Readonly<
  Record<string, (scores: Tensor2D, codes: readonly number[]) => Scalar>
> = { CrossEntropyLoss: crossEntropy, MultiMarginLoss: multiMargin };

/** What classification is trained with unless someone says otherwise. */
export const CROSS_ENTROPY: Loss = classLoss('CrossEntropyLoss', crossEntropy);

/**
 * @param name - as in 1.6.1: `CrossEntropyLoss`, `MSELoss`, `VAEGaussianLoss`, ...
 * @throws CapsuleError CONFIG_VALUE for a loss that is unknown or that the network cannot be trained with
 */
export function lossFor(
  name: string,
  plan: NetworkPlan,
  weights: LossWeights = { recons_weight: 1, kl_weight: 1 },
): Loss {
  // ClinicaDL's CVAE_3D has a loss of its own, whatever it is told.
  if (plan.name === 'CVAE_3D') return { name, of: cvae3dLoss };
  const ofClasses = CLASS_LOSSES[name];
  const ofElements = ELEMENT_LOSSES[name];
  const terms = VAE_TERMS[name];
  const makesVolumes = plan.outputs === 0;
  if (ofClasses !== undefined && !makesVolumes) return classLoss(name, ofClasses);
  if (isVariational(plan)) {
    const recon = terms ?? (ofElements && plain(ofElements));
    if (recon !== undefined) return { name, of: variationalLoss(recon, weights) };
  } else if (ofElements !== undefined) {
    return makesVolumes ? inputLoss(name, ofElements) : valueLoss(name, ofElements);
  }
  throw new CapsuleError('CONFIG_VALUE', {
    expected: `"loss" to be one that ${plan.name} can be trained with`,
    found: `"${name}"`,
  });
}

function classLoss(name: string, of: (scores: Tensor2D, codes: readonly number[]) => Scalar): Loss {
  return { name, of: ({ output }, { labels }) => ({ total: of(output as Tensor2D, labels) }) };
}

/** Of scores `[elements, 1]` and the elements' values. */
function valueLoss(name: string, of: ElementLoss): Loss {
  return {
    name,
    of({ output }, { labels }) {
      const values = tf.tensor2d([...labels], [labels.length, 1]);
      return { total: mean(of, output, values) };
    },
  };
}

function inputLoss(name: string, of: ElementLoss): Loss {
  return { name, of: ({ output }, { input }) => ({ total: mean(of, output, input) }) };
}

/** A mean over all voxels as the first term of a variational loss. */
function plain(of: ElementLoss): VaeTerms {
  return (made, input) => ({ recon: mean(of, made, input) });
}

function mean(of: ElementLoss, made: Tensor, wanted: Tensor): Scalar {
  return tf.mul(sumOver(of, made, wanted), tf.scalar(1 / wanted.size));
}
