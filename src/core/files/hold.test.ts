import { expect, test } from 'vitest';
import { Hold } from './hold.ts';

/** A lock that one holder has at a time. */
function oneLock() {
  const state = { isTaken: false, takes: 0 };
  const take = async () => {
    if (state.isTaken) throw new Error('in use');
    state.isTaken = true;
    state.takes += 1;
    return async () => {
      state.isTaken = false;
    };
  };
  return { state, take };
}

test('its holder takes it again, and it goes back with the last one', async () => {
  const { state, take } = oneLock();
  const hold = new Hold(take);
  const [first, second] = [await hold.take(), await hold.take()];
  expect(state.takes).toBe(1);
  await first();
  expect(state.isTaken).toBe(true);
  await first();
  expect(state.isTaken).toBe(true);
  await second();
  expect(state.isTaken).toBe(false);
});

test('two who ask at once share it, and it can be taken anew', async () => {
  const { state, take } = oneLock();
  const hold = new Hold(take);
  const releases = await Promise.all([hold.take(), hold.take()]);
  for (const release of releases) await release();
  expect(state).toEqual({ isTaken: false, takes: 1 });
  await (
    await hold.take()
  )();
  expect(state).toEqual({ isTaken: false, takes: 2 });
});

test('another holder is refused until it is given back', async () => {
  const { take } = oneLock();
  const [one, other] = [new Hold(take), new Hold(take)];
  const release = await one.take();
  await expect(other.take()).rejects.toThrow('in use');
  await release();
  await (
    await other.take()
  )();
});
