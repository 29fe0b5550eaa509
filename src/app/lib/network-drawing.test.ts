import { expect, test } from 'vitest';
import { networkBlocks } from './network-drawing.ts';

const layer = (name: string, outputShape: number[]) => ({ name, outputShape, parameters: 0 });

const layers = [
  layer('Conv3d', [32, 40, 32, 8]),
  layer('ReLU', [32, 40, 32, 8]),
  layer('MaxPool3d', [16, 20, 16, 8]),
  layer('Conv3d', [16, 20, 16, 16]),
  layer('MaxPool3d', [8, 10, 8, 16]),
  layer('Flatten', [10_240]),
  layer('Dropout', [10_240]),
  layer('Linear', [2]),
];

test('each convolution block is drawn once, as it leaves it', () => {
  const shapes = networkBlocks(layers, [32, 40, 32], 'input').map(({ shape }) => shape.join());
  expect(shapes).toEqual(['32,40,32,1', '16,20,16,8', '8,10,8,16', '10240', '2']);
});

test('blocks shrink along the network and stay visible', () => {
  const blocks = networkBlocks(layers, [32, 40, 32], 'input');
  const heights = blocks.filter(({ flat }) => !flat).map(({ height }) => height);
  expect(heights).toEqual([1, 0.5, 0.25]);
  expect(blocks.every(({ height }) => height > 0)).toBe(true);
  expect(blocks.map(({ sheets }) => sheets)).toEqual([1, 4, 5, 1, 1]);
});

test('without layers only the input is drawn', () => {
  expect(networkBlocks([], [4, 4, 4], 'input')).toHaveLength(1);
});
