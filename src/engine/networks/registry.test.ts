import { describe, expect, test } from 'vitest';
import { describeNetwork } from './describe.ts';
import { parameterCount, statesOf } from './network.ts';
import type { RandomBlock } from './random-architecture.ts';
import { findNetwork, NETWORKS, planNetwork, refuseOtherTask, resolveNetwork } from './registry.ts';

const BRAIN = [1, 169, 208, 179];
const REDUCED = [1, 80, 96, 80];

test.each([
  ['Conv5_FC3', BRAIN, 42_293_972],
  ['Conv4_FC3', BRAIN, 1_909_692],
  ['Stride_Conv5_FC3', BRAIN, 42_293_972],
  ['Conv5_FC3', [1, 50, 50, 50], 1_692_372],
  ['Conv5_FC3', [3, 208, 179], 7_154_132],
  ['Conv4_FC3', [1, 50, 50, 50], 348_092],
  ['resnet18', [3, 208, 179], 11_691_514],
  ['ResNet3D', BRAIN, 3_517_314],
  ['SqueezeExcitationCNN', BRAIN, 3_523_049],
  ['AE_Conv5_FC3', BRAIN, 589_059],
  ['AE_Conv4_FC3', BRAIN, 589_059],
  ['GeneratorUNet', [1, 96, 96, 96], 50_527_681],
  ['CVAE_3D_half', REDUCED, 80_337_217],
  ['CVAE_3D_final_conv', REDUCED, 80_336_093],
  ['Vanilla3DdenseVAE', REDUCED, 20_411_360],
] as const)('%s on %j has the published number of parameters', (name, size, count) => {
  expect(parameterCount(planNetwork(name, size, 2, 0))).toBe(count);
});

// Of torchvision's networks for ImageNet, and of Cadene's SE-ResNet, all in two dimensions.
test.each([
  ['MonaiDenseNet121', {}, 7_978_856],
  ['MonaiResNet18', { bias_downsample: false }, 11_689_512],
  ['MonaiResNet34', { bias_downsample: false }, 21_797_672],
  ['MonaiResNet50', { bias_downsample: false }, 25_557_032],
  ['MonaiSEResNet50', {}, 28_088_024],
])('%s for ImageNet has the published number of parameters', (name, options, count) => {
  expect(parameterCount(planNetwork(name, [3, 224, 224], 1000, 0, options))).toBe(count);
});

test('MonaiViT for ImageNet has the published number, less and more what MONAI has', () => {
  // torchvision's vit_b_16, whose queries, keys and values have biases; MONAI's second attention.
  const [blocks, width] = [12, 768];
  const second = 2 * width + (4 * width * width + width);
  const count = 86_567_656 - blocks * 3 * width + blocks * second;
  // The class token has a position there.
  expect(parameterCount(planNetwork('MonaiViT', [3, 224, 224], 1000, 0))).toBe(count - width);
});

test('CVAE_3D has the published 867 million parameters', () => {
  const count = parameterCount(planNetwork('CVAE_3D', BRAIN, 2, 0));
  expect(Math.round(count / 1e6)).toBe(867);
});

describe.each(NETWORKS.map((entry) => [entry.name, entry] as const))('%s', (name, entry) => {
  const [channels, spatial] = entry.exampleInput.split('@') as [string, string];
  const size = [Number(channels), ...spatial.split('x').map(Number)];

  test('takes its example, has each state once, and prints', () => {
    const plan = planNetwork(name, size, 2, 0.5);
    expect(plan.name).toBe(name);
    expect(plan.inputShape).toEqual([...size.slice(1), size[0]]);
    const names = statesOf(plan).map((state) => state.name);
    expect(new Set(names).size).toBe(names.length);
    expect(describeNetwork(plan)).toMatch(/^Sequential\(\n {2}\(0\): Sequential\(\n/);
  });

  test('refuses elements of other axes', () => {
    if (entry.dimension === '2D or 3D') return;
    const other = entry.dimension === '2D' ? [3, 64, 64, 64] : [1, 64, 64];
    expect(() => planNetwork(name, other, 2, 0)).toThrow(/NETWORK_INPUT/);
  });
});

test.each([
  ['resnet18', [1, 64, 64]],
  ['ResNet3D', [1, 63, 62, 63]],
  ['Stride_Conv5_FC3', [1, 32, 32, 32]],
  ['AE_Conv5_FC3', [1, 1, 1, 1]],
  ['GeneratorUNet', [1, 80, 96, 80]],
  ['GeneratorUNet', [1, 32, 32, 32]],
  ['CVAE_3D_half', [1, 80, 92, 80]],
  ['CVAE_3D_half', [2, 80, 96, 80]],
  ['Vanilla3DdenseVAE', [1, 15, 16, 16]],
  ['MonaiDenseNet121', [1, 60, 56, 60]],
  ['MonaiResNet10', [1, 32, 32, 32]],
  ['MonaiSEResNet50', [1, 32, 32]],
  ['MonaiAttentionUnet', [1, 80, 92, 80]],
  ['MonaiAttentionUnet', [1, 16, 16, 16]],
])('%s refuses %j', (name, size) => {
  expect(() => planNetwork(name, size, 2, 0)).toThrow(/NETWORK_INPUT/);
});

test('a ViT says to what the volumes can be cropped or padded', () => {
  expect(() => planNetwork('MonaiViT', [1, 169, 208, 179], 2, 0)).toThrow(
    /NETWORK_INPUT.*multiples of 16.*176 x 208 x 176.*169 x 208 x 179/,
  );
});

test('a ViT that regresses has no tanh', () => {
  const last = (outputs: number) =>
    statesOf(planNetwork('MonaiViT', REDUCED, outputs, 0)).at(-1)?.name;
  expect(last(1)).toBe('classification_head.bias');
  expect(last(2)).toBe('classification_head.0.bias');
});

test('a network of MONAI prints its own names', () => {
  const text = describeNetwork(planNetwork('MonaiDenseNet121', BRAIN, 2, 0.3));
  expect(text).toMatch(/\(denseblock4\): _DenseBlock\(/);
  expect(text).toMatch(/\(conv1\): Conv3d\(992, 128, kernel_size=\(1, 1, 1\), stride=\(1, 1, 1\)/);
  expect(text).toMatch(/\(dropout\): Dropout3d\(p=0.3, inplace=False\)/);
  expect(text).toMatch(/\(out\): Linear\(in_features=1024, out_features=2, bias=True\)/);
});

const block = (more: Partial<RandomBlock>): RandomBlock => ({
  ...{ in_channels: null, out_channels: 8, n_conv: 1, d_reduction: 'MaxPooling', ...more },
});

test('RandomArchitecture is built as it is described', () => {
  const options = {
    convolutions_dict: {
      conv0: block({ n_conv: 2 }),
      conv1: block({ in_channels: 8, out_channels: 16, d_reduction: 'stride' }),
    },
    n_fcblocks: 3,
    network_normalization: 'InstanceNorm',
  } as const;
  const plan = planNetwork('RandomArchitecture', [1, 9, 10, 8], 2, 0.5, options);
  // 3 x 3 x 2 voxels of 16 channels: 288 features, and a ratio of 144^(1/3) = 5.24.
  const kinds = [...(plan.sequentials[0] ?? []).flatMap(({ lines }) => lines), ...lines(plan, 1)];
  expect(kinds.filter((line) => line.includes('Linear'))).toEqual([
    'Linear(in_features=288, out_features=55, bias=True)',
    'Linear(in_features=55, out_features=10, bias=True)',
    'Linear(in_features=10, out_features=2, bias=True)',
  ]);
  expect(kinds.filter((line) => /Conv|Pool3d\(k|Instance/.test(line)).map((l) => l.trim())).toEqual(
    [
      '(0): Conv3d(1, 1, kernel_size=(3, 3, 3), stride=(1, 1, 1), padding=(1, 1, 1))',
      '(1): InstanceNorm3d(1, eps=1e-05, momentum=0.1, affine=False, track_running_stats=False)',
      '(3): Conv3d(1, 8, kernel_size=(3, 3, 3), stride=(1, 1, 1), padding=(1, 1, 1))',
      '(4): InstanceNorm3d(8, eps=1e-05, momentum=0.1, affine=False, track_running_stats=False)',
      '(pool): MaxPool3d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)',
      '(0): Conv3d(8, 16, kernel_size=(3, 3, 3), stride=(2, 2, 2), padding=(1, 1, 1))',
      '(1): InstanceNorm3d(16, eps=1e-05, momentum=0.1, affine=False, track_running_stats=False)',
    ],
  );
  const wrong = { ...options, convolutions_dict: { conv0: block({ in_channels: 4 }) } };
  const build = (given: object) => () =>
    planNetwork('RandomArchitecture', [1, 9, 10, 8], 2, 0.5, given);
  expect(build(wrong)).toThrow(/NETWORK_INPUT.*in_channels/);
  expect(build({})).toThrow(/CONFIG_VALUE.*convolutions_dict/);
});

function lines(plan: ReturnType<typeof planNetwork>, index: number): string[] {
  return (plan.sequentials[index] ?? []).flatMap((layer) => [...layer.lines]);
}

test('an unknown name is refused with those that there are', () => {
  expect(() => findNetwork('Conv6')).toThrow(/NETWORK_UNKNOWN.*ResNet3D.*Conv6/);
  expect(() => findNetwork('conv5fc3')).toThrow('Did you mean "Conv5_FC3"?');
  expect(() => findNetwork('densenet')).toThrow('Did you mean "MonaiDenseNet121"?');
  expect(NETWORKS.map(({ name }) => name)).not.toContain('RandomArchitecture');
});

test.each([
  ['classification', 'Conv5_FC3'],
  ['regression', 'Conv5_FC3'],
  ['reconstruction', 'AE_Conv5_FC3'],
] as const)('the default network of a %s is %s, which is made for it', (task, name) => {
  expect(resolveNetwork('default', task)).toBe(name);
  expect(() => refuseOtherTask('default', task)).not.toThrow();
});

test('a network of another task is refused with those of the task', () => {
  expect(() => refuseOtherTask('Conv4_FC3', 'reconstruction')).toThrow(
    /NETWORK_TASK.*AE_Conv4_FC3.*Conv4_FC3, which is for classification and regression/,
  );
  expect(() => refuseOtherTask('SqueezeExcitationCNN', 'regression')).toThrow(/NETWORK_TASK/);
});
