/** The methods of explanation by name, what each is told, and which networks each is for. */
import { CapsuleError } from '../../core/errors.ts';
import { gaussianNoise } from '../../core/random/gaussian-noise.ts';
import { stream } from '../../core/random/philox.ts';
import type { NetworkPlan } from '../networks/network.ts';
import { gradCam, levelOf } from './grad-cam.ts';
import { gradientMap, guidedMap, refuseWithoutRelu } from './gradients.ts';
import { occlusionMap } from './occlusion.ts';
import { integratedGradients, smoothGrad } from './path-gradients.ts';
import type { ElementMap, Subject } from './subject.ts';

export const METHODS = [
  'gradients',
  'grad-cam',
  'guided-backpropagation',
  'integrated-gradients',
  'smoothgrad',
  'grad-cam++',
  'occlusion',
] as const;

/** A method with its settings, as interpretation.json says them. */
export type Method =
  | { readonly method: 'gradients' | 'guided-backpropagation' }
  | {
      readonly method: 'grad-cam';
      readonly level?: number | undefined;
      readonly form: 'clinicadl' | 'paper';
    }
  | { readonly method: 'grad-cam++'; readonly level?: number | undefined }
  | {
      readonly method: 'integrated-gradients';
      readonly steps: number;
      readonly baseline: number;
    }
  | {
      readonly method: 'smoothgrad';
      readonly samples: number;
      /** Deviation of the noise, as a share of the element's range. */
      readonly noise: number;
      readonly seed: number;
    }
  | {
      readonly method: 'occlusion';
      /** Voxels. */
      readonly size: number;
      readonly stride: number;
      readonly value: number;
    };

/** @returns the map of one element; its values have the element's channels, or one */
export function mapBy(method: Method, subject: Subject): Promise<ElementMap> {
  switch (method.method) {
    case 'gradients':
      return gradientMap(subject);
    case 'guided-backpropagation':
      return guidedMap(subject);
    case 'grad-cam':
      return gradCam(subject, method);
    case 'grad-cam++':
      return gradCam(subject, { level: method.level, form: 'plus-plus' });
    case 'integrated-gradients':
      return integratedGradients(subject, method);
    case 'smoothgrad': {
      // The same noise for every element: a map does not depend on what else is in the group.
      const { seed } = method;
      const normals = (sample: number, length: number) =>
        gaussianNoise(stream(seed, 'smoothgrad', sample), length);
      return smoothGrad(subject, { ...method, normals });
    }
    case 'occlusion':
      return occlusionMap(subject, method);
  }
}

/**
 * Refuses what a method cannot explain, before a volume is read.
 * @throws CapsuleError INTERPRET_METHOD, CONFIG_VALUE
 */
export function refuseUnexplainable(method: Method, plan: NetworkPlan, target: number): void {
  if (plan.outputs === 0) {
    throw new CapsuleError('INTERPRET_METHOD', {
      expected: 'a network that gives scores: a classification or a regression',
      found: `${plan.name}, which makes volumes`,
      action: 'Look at what it makes of each volume instead: `predict --save_nifti`.',
    });
  }
  if (!Number.isInteger(target) || target < 0 || target >= plan.outputs) {
    throw new CapsuleError('CONFIG_VALUE', {
      expected: `"target_node" to be 0 to ${plan.outputs - 1}`,
      found: String(target),
    });
  }
  if (method.method === 'guided-backpropagation') refuseWithoutRelu(plan);
  if (method.method === 'grad-cam' || method.method === 'grad-cam++') levelOf(plan, method.level);
  if (method.method === 'occlusion' && method.stride > method.size) {
    throw new CapsuleError('CONFIG_VALUE', {
      expected: `"occlusion_stride" to be at most the size of the cube, ${method.size}, so that no voxel is left out`,
      found: String(method.stride),
    });
  }
}
