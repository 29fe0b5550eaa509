/** Networks and regions of the fake session. */
import { describe } from '../../core/errors.ts';
import type { ExperimentChoice, OfferedNetwork, Offers, Task } from '../../jobs/session-api.ts';

const scoring: readonly Task[] = ['classification', 'regression'];
const known: readonly (readonly [string, readonly Task[], OfferedNetwork['dimension'], number])[] =
  [
    ['AE_Conv4_FC3', ['reconstruction'], '2D or 3D', 27_400],
    ['AE_Conv5_FC3', ['reconstruction'], '2D or 3D', 590_000],
    ['Conv4_FC3', scoring, '2D or 3D', 1_130_402],
    ['Conv5_FC3', scoring, '2D or 3D', 2_812_322],
    ['ResNet3D', scoring, '3D', 48_120_000],
    ['SqueezeExcitationCNN', ['classification'], '3D', 48_700_000],
    ['Stride_Conv5_FC3', scoring, '2D or 3D', 2_912_000],
    ['resnet18', ['classification'], '2D', 11_177_538],
    ['GeneratorUNet', ['reconstruction'], '3D', 16_280_000],
    ['CVAE_3D_half', ['reconstruction'], '3D', 4_410_000],
    ['MonaiDenseNet121', scoring, '2D or 3D', 11_244_000],
    ['MonaiResNet18', scoring, '2D or 3D', 33_160_000],
    ['MonaiViT', scoring, '2D or 3D', 88_300_000],
  ];

export function fakeOffers({ config, mode }: ExperimentChoice): Offers {
  const wanted = mode.mode === 'slice' ? '2D' : '3D';
  const networks = known
    .filter(([, tasks]) => tasks.includes(config.network_task))
    .map(([name, , dimension, parameterCount]): OfferedNetwork => {
      if (dimension.includes(wanted)) return { name, dimension, parameterCount };
      const expected = `${name} takes elements in ${dimension}`;
      return { name, dimension, refused: describe('NETWORK_INPUT', { expected }) };
    });
  return { networks, regions: ['hippocampus', 'thalamus'], template: 'MNI152NLin2009cSym' };
}
