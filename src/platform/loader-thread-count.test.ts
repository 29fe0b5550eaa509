import { expect, test } from 'vitest';
import { loaderThreadCount } from './loader-thread-count.ts';

test('leaves cores to the GPU and the system, and is one at least and four at most', () => {
  expect([1, 2, 4, 5, 8, 9, 16, 128].map(loaderThreadCount)).toEqual([1, 1, 1, 2, 3, 4, 4, 4]);
});
