/**
 * What Conv5_FC3_SSDA is trained with, as ClinicaDL 1.6.1 does: the classes of the source by its head,
 * those of the target by its own, and with a tenth of the weight the domain of every image, 0 for the
 * source and 1 for the target. The gradient of the domain is turned round below its head, so that the
 * feature maps come to tell nothing of it, the more so the longer the training (Ganin and Lempitsky,
 * ICML 2015). Source, labelled and unlabelled target go through the network in three passes, each with
 * batch statistics of its own; the losses of the three add up to that of a step.
 */
import * as tf from '@tensorflow/tfjs';
import type { Scalar, Tensor } from '@tensorflow/tfjs';
import type { NetworkOutputs } from '../networks/plan.ts';
import type { BatchTarget, Loss } from './loss.ts';

/** Weight of the domains in the loss. */
const DOMAIN_WEIGHT = 0.1;
const SOURCE = 0;
const TARGET = 1;

export interface AdaptationLosses {
  readonly source: Loss;
  readonly labelled: Loss;
  readonly unlabelled: Loss;
  /** All that the three ask of the heads, in one pass: for compiling what they need. */
  readonly together: Loss;
}

/** @param classes - of the scores of a head: cross-entropy, or another loss of classes */
export function adaptationLosses(classes: Loss): AdaptationLosses {
  const scored = (output: Tensor | undefined, target: BatchTarget): Scalar => {
    if (output === undefined) throw new Error(`${classes.name} of a head that is not there`);
    return classes.of({ output }, target).total;
  };
  const domain = (outputs: NetworkOutputs, target: BatchTarget, code: number): Scalar => {
    const labels = target.labels.map(() => code);
    const total = scored(outputs.domain, { ...target, labels });
    return tf.mul(total, tf.scalar(DOMAIN_WEIGHT));
  };
  const loss = (name: string, of: (outputs: NetworkOutputs, to: BatchTarget) => Scalar): Loss => ({
    name: `${classes.name} of the ${name}`,
    of: (outputs, target) => ({ total: of(outputs, target) }),
  });
  const source = loss('source', (outputs, target) =>
    tf.add(scored(outputs.output, target), domain(outputs, target, SOURCE)),
  );
  const labelled = loss('target', (outputs, target) =>
    tf.add(scored(outputs.target, target), domain(outputs, target, TARGET)),
  );
  return {
    ...{ source, labelled },
    unlabelled: loss('unlabelled target', (outputs, target) => domain(outputs, target, TARGET)),
    together: loss('source and the target', (outputs, target) =>
      tf.add(source.of(outputs, target).total, labelled.of(outputs, target).total),
    ),
  };
}

/**
 * What the gradient of the domain is multiplied by: nothing at first, near 1 after five epochs.
 * @param epoch - from 0
 */
export function reversalAt(epoch: number): number {
  const progress = epoch / 10;
  return 2 / (1 + Math.exp(-10 * progress)) - 1;
}
