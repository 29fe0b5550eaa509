import { expect, test } from 'vitest';
import type { Volume } from '../../core/volume.ts';
import { VolumeMemory } from './volume-memory.ts';

const volume = (length = 25): Volume => ({
  ...{ data: new Float32Array(length), shape: [1, 1, length], affine: [] },
});

test('keeps what a job expects once it is in, however often the others are read', () => {
  const memory = new VolumeMemory(300);
  const paths = ['a', 'b', 'c', 'd', 'e'];
  memory.expect(paths);
  for (let epoch = 0; epoch < 3; epoch++) for (const path of paths) memory.offer(path, volume());
  expect(paths.map((path) => memory.get(path) !== undefined)).toEqual([
    ...[true, true, true, false, false],
  ]);
  expect(memory.isFull).toBe(true);
});

test('volumes of another job make room, the least recently used first', () => {
  const memory = new VolumeMemory(300);
  memory.expect(['a', 'b', 'c']);
  for (const path of ['a', 'b', 'c']) memory.offer(path, volume());
  memory.get('a');
  memory.expect(['c', 'x']);
  expect(memory.isFull).toBe(false);
  memory.offer('x', volume());
  expect(['a', 'b', 'c', 'x'].map((path) => memory.get(path) !== undefined)).toEqual([
    ...[true, false, true, true],
  ]);
  expect(memory.isFull).toBe(false);
});

test('nothing goes for a volume that would not fit alone', () => {
  const memory = new VolumeMemory(199);
  memory.offer('a', volume());
  memory.offer('b', volume(50));
  expect(memory.get('a')?.volume).toBeDefined();
  expect(memory.get('b')).toBeUndefined();
  expect(memory.isFull).toBe(true);
});

test('holds an image as its element, which is as large, until the volume comes again', () => {
  const memory = new VolumeMemory(200);
  const recipe = { extraction: { mode: 'image' }, masks: [], normalize: true } as const;
  const image = { ...recipe, volumeShape: [1, 1, 25] as const };
  const cut = { data: new Float32Array(25).fill(1) };
  memory.offer('a', volume());
  expect(memory.finish('a', image, cut)).toBe(true);
  expect(memory.get('a')?.volume).toBeUndefined();
  expect(memory.get('a')?.element?.cut).toBe(cut);
  expect(memory.get('a')?.shape).toEqual([1, 1, 25]);
  memory.offer('a', volume());
  expect(memory.get('a')?.element).toBeUndefined();
  memory.offer('b', volume());
  expect(memory.isFull).toBe(false);
  expect(memory.finish('c', image, cut)).toBe(false);
  expect(memory.finish('b', image, { data: new Float32Array(3) })).toBe(false);
});
