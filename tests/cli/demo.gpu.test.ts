import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listPaths } from '../../src/core/files/read.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { capsule } from './run-capsule.ts';

test('the demo prints commands that work on what it has written', async () => {
  const output = join(await mkdtemp(join(tmpdir(), 'capsule-demo-')), 'demo');
  const small = '--participants 8 --millimetres 6 --epochs 1 --seed 1'.split(' ');
  const demo = await capsule('demo', output, ...small);
  expect(demo.code).toBe(0);
  expect(demo.stdout).toMatch(/split-0 best-loss test +BA \d/);
  const commands = [...demo.stderr.matchAll(/^ {2}npx capsule (.+)$/gm)].map(([, line = '']) =>
    line.split(' '),
  );
  expect(commands.map(([name]) => name)).toEqual(['train', 'predict', 'interpret']);
  for (const words of commands) {
    const quick = words.map((word) => (word === '5' ? '1' : word));
    expect(await capsule(...quick)).toMatchObject({ code: 0 });
  }
  const maps = await listPaths(new DiskTree(join(output, 'my-maps-1-diagnosis')));
  expect(maps.some((path) => path.endsWith('.nii.gz'))).toBe(true);
}, 180_000);
