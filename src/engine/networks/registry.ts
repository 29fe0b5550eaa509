/** The networks that Capsule knows by name, what each is for, and what it takes. */
import { didYouMean } from '../../core/config/nearest.ts';
import { CapsuleError } from '../../core/errors.ts';
import { autoencoder } from './autoencoder.ts';
import type { HIDDEN } from './conv-fc.ts';
import { convFc, convFcSsda } from './conv-fc.ts';
import { cvae3d, type Cvae } from './cvae-3d.ts';
import { attentionUnet } from './monai-attention-unet.ts';
import { denseNet121 } from './monai-densenet.ts';
import { monaiResNet, type MonaiResNet, type MonaiResNetOptions } from './monai-resnet.ts';
import { seResNet50 } from './monai-senet.ts';
import { vit } from './monai-vit.ts';
import type { NetworkPlan } from './plan.ts';
import { randomArchitecture, type RandomArchitectureOptions } from './random-architecture.ts';
import { resNet3d, squeezeExcitationCnn } from './resnet-3d.ts';
import { resnet18 } from './resnet18.ts';
import { generatorUNet } from './unet.ts';
import { vanillaVae, type VanillaVae, type VanillaVaeOptions } from './vanilla-vae.ts';

export type NetworkTask = 'classification' | 'regression' | 'reconstruction';

/**
 * What some networks are built by, named as in maps.json, or as MONAI's arguments; ClinicaDL's and
 * MONAI's defaults when absent.
 */
export type NetworkOptions = Partial<
  VanillaVaeOptions &
    RandomArchitectureOptions &
    Pick<MonaiResNetOptions, 'conv1_t_stride' | 'shortcut_type' | 'bias_downsample'>
>;

export interface NetworkEntry {
  readonly name: string;
  readonly tasks: readonly NetworkTask[];
  readonly dimension: '2D' | '3D' | '2D or 3D';
  /** `channels@axis x axis`, as ClinicaDL's `list_models` prints it. */
  readonly exampleInput: string;
  /**
   * @param inputShape - `[...spatial, channels]`, of as many axes as `dimension` says
   * @param outputs - scores of an element; not looked at where the network makes volumes
   * @throws CapsuleError NETWORK_INPUT
   */
  plan(
    inputShape: readonly number[],
    outputs: number,
    dropout: number,
    options: NetworkOptions,
  ): NetworkPlan;
}

const LATENT = 128;
/** What size reduction by two makes of a brain. */
const REDUCED = '1@80x96x80';
const WHOLE = '1@169x208x179';
const [CLASSIFYING, SCORING, MAKING] = [
  ['classification'],
  ['classification', 'regression'],
  ['reconstruction'],
] as const;

const convolutional = (name: keyof typeof HIDDEN): NetworkEntry => ({
  ...{ name, tasks: SCORING, dimension: '2D or 3D', exampleInput: '1@128x128' },
  plan: (inputShape, outputs, dropout) => convFc(name, inputShape, outputs, dropout),
});

const inverted = (name: 'AE_Conv4_FC3' | 'AE_Conv5_FC3'): NetworkEntry => ({
  ...{ name, tasks: MAKING, dimension: '2D or 3D', exampleInput: '1@128x128' },
  plan: (inputShape) => autoencoder(name, inputShape),
});

const variational = (name: Cvae, exampleInput = REDUCED): NetworkEntry => ({
  ...{ name, tasks: MAKING, dimension: '3D', exampleInput },
  plan: (inputShape, _outputs, _dropout, { latent_space_size = LATENT }) =>
    cvae3d(name, inputShape, latent_space_size),
});

const vanilla = (name: VanillaVae, dimension: '2D' | '3D'): NetworkEntry => ({
  ...{ name, tasks: MAKING, dimension, exampleInput: dimension === '3D' ? REDUCED : '1@128x128' },
  plan: (inputShape, _outputs, _dropout, options) =>
    vanillaVae(name, inputShape, {
      ...{ latent_space_size: LATENT, feature_size: 1024, n_conv: 4, normalization: 'batch' },
      ...options,
    }),
});

const residual = (name: MonaiResNet): NetworkEntry => ({
  ...{ name, tasks: SCORING, dimension: '2D or 3D', exampleInput: WHOLE },
  plan(inputShape, outputs, dropout, options) {
    const { conv1_t_stride, shortcut_type, bias_downsample } = options;
    return monaiResNet(name, inputShape, outputs, dropout, {
      ...(conv1_t_stride === undefined ? {} : { conv1_t_stride }),
      ...(shortcut_type === undefined ? {} : { shortcut_type }),
      ...(bias_downsample === undefined ? {} : { bias_downsample }),
    });
  },
});

/** Beyond ClinicaDL: with MONAI's names of states, so that a state dict goes either way. */
const MONAI: readonly NetworkEntry[] = [
  {
    ...{ name: 'MonaiDenseNet121', tasks: SCORING, dimension: '2D or 3D', exampleInput: WHOLE },
    plan: (inputShape, outputs, dropout) => denseNet121(inputShape, outputs, dropout),
  },
  residual('MonaiResNet10'),
  residual('MonaiResNet18'),
  residual('MonaiResNet34'),
  residual('MonaiResNet50'),
  {
    ...{ name: 'MonaiSEResNet50', tasks: SCORING, dimension: '2D or 3D', exampleInput: WHOLE },
    plan: (inputShape, outputs, dropout) => seResNet50(inputShape, outputs, dropout),
  },
  {
    ...{ name: 'MonaiViT', tasks: SCORING, dimension: '2D or 3D', exampleInput: REDUCED },
    plan: (inputShape, outputs, dropout) => vit(inputShape, outputs, dropout),
  },
  {
    ...{ name: 'MonaiAttentionUnet', tasks: MAKING, dimension: '2D or 3D', exampleInput: REDUCED },
    plan: (inputShape, _outputs, dropout) => attentionUnet(inputShape, dropout),
  },
];

/**
 * In ClinicaDL's order, but RandomArchitecture, which only a random search can describe; then those
 * that it has not.
 */
export const NETWORKS: readonly NetworkEntry[] = [
  inverted('AE_Conv4_FC3'),
  inverted('AE_Conv5_FC3'),
  variational('CAE_half'),
  convolutional('Conv4_FC3'),
  convolutional('Conv5_FC3'),
  {
    ...{ name: 'Conv5_FC3_SSDA', tasks: CLASSIFYING, dimension: '2D or 3D' },
    exampleInput: '1@128x128',
    plan: (inputShape, outputs, dropout) => convFcSsda(inputShape, outputs, dropout),
  },
  {
    ...{ name: 'ResNet3D', tasks: SCORING, dimension: '3D', exampleInput: WHOLE },
    plan: (inputShape, outputs) => resNet3d(inputShape, outputs),
  },
  {
    ...{ name: 'SqueezeExcitationCNN', tasks: CLASSIFYING, dimension: '3D', exampleInput: WHOLE },
    plan: (inputShape, outputs) => squeezeExcitationCnn(inputShape, outputs),
  },
  convolutional('Stride_Conv5_FC3'),
  {
    ...{ name: 'resnet18', tasks: CLASSIFYING, dimension: '2D', exampleInput: '3@128x128' },
    plan: (inputShape, outputs, dropout) => resnet18(inputShape, outputs, dropout),
  },
  {
    ...{ name: 'GeneratorUNet', tasks: MAKING, dimension: '3D', exampleInput: '1@96x96x96' },
    plan: (inputShape) => generatorUNet(inputShape),
  },
  variational('CVAE_3D', WHOLE),
  variational('CVAE_3D_half'),
  variational('CVAE_3D_final_conv'),
  vanilla('Vanilla3DdenseVAE', '3D'),
  vanilla('Vanilla3DspacialVAE', '3D'),
  vanilla('VanillaDenseVAE', '2D'),
  vanilla('VanillaSpatialVAE', '2D'),
  ...MONAI,
];

const RANDOM: NetworkEntry = {
  ...{ name: 'RandomArchitecture', tasks: SCORING, dimension: '2D or 3D' },
  exampleInput: '1@128x128',
  plan(inputShape, outputs, dropout, options) {
    const { convolutions_dict, n_fcblocks, network_normalization = 'BatchNorm' } = options;
    if (convolutions_dict === undefined || n_fcblocks === undefined) {
      throw new CapsuleError('CONFIG_VALUE', {
        expected: '"convolutions_dict" and "n_fcblocks", as a random search writes them',
        found: 'RandomArchitecture without them',
      });
    }
    const described = { convolutions_dict, n_fcblocks, network_normalization };
    return randomArchitecture(inputShape, outputs, dropout, described);
  },
};

/** ClinicaDL's choice when the architecture is "default". */
const DEFAULTS: Readonly<Record<NetworkTask, string>> = {
  classification: 'Conv5_FC3',
  regression: 'Conv5_FC3',
  reconstruction: 'AE_Conv5_FC3',
};

/** @returns the name that `default` stands for, or the name itself. */
export function resolveNetwork(name: string, task: NetworkTask = 'classification'): string {
  return name === 'default' ? DEFAULTS[task] : name;
}

/** @throws CapsuleError NETWORK_UNKNOWN; NETWORK_TASK naming the networks of the task */
export function refuseOtherTask(name: string, task: NetworkTask): void {
  const { name: network, tasks } = findNetwork(resolveNetwork(name, task));
  if (tasks.includes(task)) return;
  const others = NETWORKS.filter((entry) => entry.tasks.includes(task));
  throw new CapsuleError('NETWORK_TASK', {
    expected: `one for ${task}: ${others.map((entry) => entry.name).join(', ')}`,
    found: `${network}, which is for ${tasks.join(' and ')}`,
  });
}

/** @throws CapsuleError NETWORK_UNKNOWN naming those that there are */
export function findNetwork(name: string): NetworkEntry {
  const wanted = resolveNetwork(name);
  const entry = [...NETWORKS, RANDOM].find((network) => network.name === wanted);
  if (entry !== undefined) return entry;
  const names = NETWORKS.map((network) => network.name);
  throw new CapsuleError('NETWORK_UNKNOWN', {
    ...{ expected: names.join(', '), found: name },
    ...didYouMean(name, names),
  });
}

/** Whether the network takes elements of two, or of three spatial axes. */
export function takesAxes({ dimension }: NetworkEntry, axes: number): boolean {
  return dimension.includes(`${axes}D`);
}

/**
 * @param inputSize - channels first, as in maps.json: `[1, 169, 208, 179]`
 * @throws CapsuleError NETWORK_UNKNOWN, NETWORK_INPUT
 */
export function planNetwork(
  name: string,
  inputSize: readonly number[],
  outputs: number,
  dropout: number,
  options: NetworkOptions = {},
): NetworkPlan {
  const entry = findNetwork(name);
  const [channels = 1, ...spatial] = inputSize;
  if (!takesAxes(entry, spatial.length)) {
    throw new CapsuleError('NETWORK_INPUT', {
      expected: `${entry.name} takes elements in ${entry.dimension}`,
      found: `axes of ${spatial.join(' x ')} voxels`,
    });
  }
  return entry.plan([...spatial, channels], outputs, dropout, options);
}
