import { afterAll, expect, it } from 'vitest';
import { opfsFolder, removeOpfsFolder } from './opfs.ts';

const ROOT = 'lock-test';
afterAll(() => removeOpfsFolder(ROOT));

it('a folder of the storage has one writer, who may take the lock again', async () => {
  const path = `${ROOT}/maps-1-x`;
  const [one, other] = [await opfsFolder(path), await opfsFolder(path)];
  const outer = await one.lock?.();
  const inner = await one.lock?.();
  await expect(other.lock?.()).rejects.toMatchObject({
    code: 'MAPS_IN_USE',
    problem: { file: path, found: 'another tab of this browser' },
  });
  await inner?.();
  await expect(other.lock?.()).rejects.toMatchObject({ code: 'MAPS_IN_USE' });
  await outer?.();
  const release = await other.lock?.();
  expect(release).toBeTypeOf('function');
  await release?.();
});

it('neighbours have locks of their own', async () => {
  const trees = await Promise.all([opfsFolder(`${ROOT}/a`), opfsFolder(`${ROOT}/b`)]);
  const releases = await Promise.all(trees.map((tree) => tree.lock?.()));
  expect(releases).toHaveLength(2);
  for (const release of releases) await release?.();
});

it('goes with the worker that took it, however that ends', async () => {
  const path = `${ROOT}/killed`;
  const code = `navigator.locks.request('capsule:${path}', () => {
    postMessage('taken');
    return new Promise(() => undefined);
  });`;
  const worker = new Worker(URL.createObjectURL(new Blob([code])));
  await new Promise((resolve) => (worker.onmessage = resolve));
  const tree = await opfsFolder(path);
  await expect(tree.lock?.()).rejects.toMatchObject({ code: 'MAPS_IN_USE' });
  worker.terminate();
  await expect
    .poll(async () => {
      const release = await tree.lock?.().catch(() => undefined);
      await release?.();
      return release !== undefined;
    })
    .toBe(true);
});

it('tells how much room there is', async () => {
  const room = await (await opfsFolder(`${ROOT}/room`)).room?.();
  const { quota = NaN } = await navigator.storage.estimate();
  expect(room).toBeGreaterThan(0);
  expect(room).toBeLessThanOrEqual(quota);
});
