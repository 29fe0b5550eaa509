/** The methods of `capsule interpret` and their options: names, defaults, and which belongs to which. */
import { Option, type Command } from 'commander';
import { CapsuleError } from '../../src/core/errors.ts';
import { METHOD_DEFAULTS } from '../../src/core/interpret/defaults.ts';
import { METHODS, type Method } from '../../src/engine/interpret/methods.ts';
import { countingNumber, positiveNumber, wholeNumber } from '../terminal/numbers.ts';

export { METHODS };

export interface MethodOptions {
  readonly level_grad_cam?: number;
  readonly grad_cam_form?: 'clinicadl' | 'paper';
  readonly integration_steps?: number;
  readonly baseline_value?: number;
  readonly smoothgrad_samples?: number;
  readonly smoothgrad_noise?: number;
  readonly occlusion_size?: number;
  readonly occlusion_stride?: number;
  readonly occlusion_value?: number;
}

/** Options and the methods that look at them. */
const LOOKED_AT: Readonly<Record<keyof MethodOptions, readonly Method['method'][]>> = {
  // 1.6.1 takes it with either of its methods.
  level_grad_cam: ['grad-cam', 'grad-cam++', 'gradients'],
  grad_cam_form: ['grad-cam'],
  integration_steps: ['integrated-gradients'],
  baseline_value: ['integrated-gradients'],
  smoothgrad_samples: ['smoothgrad'],
  smoothgrad_noise: ['smoothgrad'],
  occlusion_size: ['occlusion'],
  occlusion_stride: ['occlusion'],
  occlusion_value: ['occlusion'],
};

export function addMethodOptions(command: Command): Command {
  return command
    .option(
      '--level_grad_cam <level>',
      'layer of the feature maps, from 1, every layer counted; the last when absent',
      countingNumber,
    )
    .addOption(
      new Option(
        '--grad_cam_form <form>',
        'grad-cam as ClinicaDL 1.6.1 computes it (the default), or as its paper says',
      ).choices(['clinicadl', 'paper']),
    )
    .option(
      '--integration_steps <count>',
      `integrated-gradients: steps from the baseline to the volume (${METHOD_DEFAULTS.steps})`,
      countingNumber,
    )
    .option('--baseline_value <value>', 'integrated-gradients: voxels of the baseline (0)', Number)
    .option(
      '--smoothgrad_samples <count>',
      `smoothgrad: noisy copies of the volume (${METHOD_DEFAULTS.samples})`,
      countingNumber,
    )
    .option(
      '--smoothgrad_noise <share>',
      `smoothgrad: deviation of the noise, as a share of the intensity range (${METHOD_DEFAULTS.noise})`,
      positiveNumber,
    )
    .option(
      '--occlusion_size <voxels>',
      `occlusion: length of the cube (${METHOD_DEFAULTS.size})`,
      countingNumber,
    )
    .option(
      '--occlusion_stride <voxels>',
      'occlusion: voxels from one cube to the next (the length of the cube)',
      countingNumber,
    )
    .option('--occlusion_value <value>', 'occlusion: voxels under the cube (0)', Number)
    .option('--seed <seed>', 'of noise and of randomised weights (0)', wholeNumber, 0);
}

/** @throws CapsuleError CONFIG_VALUE for an option of another method, or a value that is no number */
export function methodOf(
  name: Method['method'],
  options: MethodOptions & { readonly seed: number },
): Method {
  for (const [option, methods] of Object.entries(LOOKED_AT)) {
    const value = options[option as keyof MethodOptions];
    if (value === undefined) continue;
    if (!methods.includes(name)) {
      throw new CapsuleError('CONFIG_VALUE', {
        expected: `"${option}" with ${methods.join(' or ')} only`,
        found: name,
      });
    }
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new CapsuleError('CONFIG_VALUE', { expected: `"${option}" to be a number` });
    }
  }
  const { level_grad_cam: level, occlusion_size: size = METHOD_DEFAULTS.size } = options;
  switch (name) {
    case 'gradients':
    case 'guided-backpropagation':
      return { method: name };
    case 'grad-cam':
      return { method: name, level, form: options.grad_cam_form ?? 'clinicadl' };
    case 'grad-cam++':
      return { method: name, level };
    case 'integrated-gradients':
      return {
        method: name,
        steps: options.integration_steps ?? METHOD_DEFAULTS.steps,
        baseline: options.baseline_value ?? METHOD_DEFAULTS.baseline,
      };
    case 'smoothgrad':
      return {
        method: name,
        samples: options.smoothgrad_samples ?? METHOD_DEFAULTS.samples,
        noise: options.smoothgrad_noise ?? METHOD_DEFAULTS.noise,
        seed: options.seed,
      };
    case 'occlusion':
      return {
        method: name,
        size,
        stride: options.occlusion_stride ?? size,
        value: options.occlusion_value ?? METHOD_DEFAULTS.value,
      };
  }
}
