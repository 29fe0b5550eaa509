import { expect, test } from 'vitest';
import { WakeLock, type Sentinel } from './wake-lock.ts';

/** A browser with locks, that can be hidden. */
function browser(refuses = false) {
  const heard: (() => void)[] = [];
  const world = { visible: true, asked: 0, released: 0, told: [] as boolean[] };
  const sentinel: Sentinel = {
    release: () => {
      world.released += 1;
      heard.splice(0).forEach((one) => one());
      return Promise.resolve();
    },
    addEventListener: (_type, one) => void heard.push(one),
  };
  const locks = {
    request: () => {
      world.asked += 1;
      return refuses ? Promise.reject(new Error('NotAllowedError')) : Promise.resolve(sentinel);
    },
  };
  const lock = new WakeLock({ locks, isVisible: () => world.visible }, (held) =>
    world.told.push(held),
  );
  return { world, lock, takeBack: () => heard.splice(0).forEach((one) => one()) };
}

test('is held while it is wanted, and given back after', async () => {
  const { world, lock } = browser();
  await lock.want(true);
  await lock.want(true);
  expect(world).toMatchObject({ asked: 1, told: [true] });
  await lock.want(false);
  expect(world).toMatchObject({ released: 1, told: [true, false] });
});

test('is asked for again once the page is seen', async () => {
  const { world, lock, takeBack } = browser();
  await lock.want(true);
  world.visible = false;
  takeBack();
  expect(world.told).toEqual([true, false]);
  await lock.seen();
  expect(world.asked).toBe(1);
  world.visible = true;
  await lock.seen();
  expect(world).toMatchObject({ asked: 2, told: [true, false, true] });
});

test('a refusal is quiet, and so is a browser without locks', async () => {
  const { world, lock } = browser(true);
  await lock.want(true);
  expect(world.told).toEqual([]);
  const without = new WakeLock({ locks: undefined, isVisible: () => true }, () => {
    throw new Error('nothing to tell');
  });
  await without.want(true);
  await without.want(false);
});

test('a lock that comes when nobody wants it any more is given back', async () => {
  const { world, lock } = browser();
  const asking = lock.want(true);
  await lock.want(false);
  await asking;
  expect(world).toMatchObject({ asked: 1, released: 1, told: [] });
});
