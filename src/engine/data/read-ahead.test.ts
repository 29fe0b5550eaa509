import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { atMost, readAhead } from './read-ahead.ts';

const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(async () => {
  await settled();
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

/** Lets promises that are due run, and unhandled rejections be noticed. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

/** Reads that end when the test says so. */
class Reads {
  readonly started: number[] = [];
  readonly signals: AbortSignal[] = [];
  readonly #ends = new Map<
    number,
    { resolve: (value: string) => void; reject: (e: Error) => void }
  >();

  readonly read = (index: number, stopped: AbortSignal): Promise<string> => {
    this.started.push(index);
    this.signals.push(stopped);
    return new Promise((resolve, reject) => this.#ends.set(index, { resolve, reject }));
  };
  end = (index: number) => this.#ends.get(index)?.resolve(`item ${index}`);
  fail = (index: number) => this.#ends.get(index)?.reject(new Error(`item ${index} failed`));
}

describe('reading ahead', () => {
  test('starts as many as may wait, and one more whenever one is handed out', async () => {
    const reads = new Reads();
    const items = readAhead({ count: 6, ahead: 3, read: reads.read });
    const first = items.next();
    await settled();
    expect(reads.started).toEqual([0, 1, 2]);
    reads.end(0);
    expect((await first).value).toBe('item 0');
    await settled();
    // Item 0 is in use; 1, 2 and 3 wait.
    expect(reads.started).toEqual([0, 1, 2, 3]);
    await items.return();
  });

  test.each([0, 1])('has one item ahead when %i may wait', async (ahead) => {
    const reads = new Reads();
    const items = readAhead({ count: 3, ahead, read: reads.read });
    const first = items.next();
    await settled();
    expect(reads.started).toEqual([0]);
    reads.end(0);
    await first;
    expect(reads.started).toEqual([0, 1]);
    await items.return();
  });

  test('keeps the order of the list whatever arrives first', async () => {
    const orders = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 7 });
    await fc.assert(
      fc.asyncProperty(orders, fc.integer({ min: 1, max: 7 }), async (arrival, ahead) => {
        const turns = new Map(arrival.map((index, turn) => [index, turn]));
        const items = readAhead({
          ...{ count: 7, ahead },
          read: async (index) => {
            for (let turn = turns.get(index) ?? 0; turn > 0; turn--) await Promise.resolve();
            return index;
          },
        });
        const seen: number[] = [];
        for await (const item of items) seen.push(item);
        expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
      }),
    );
  });

  test('a failure comes at its turn, after the items before it, and stops the others', async () => {
    const reads = new Reads();
    const items = readAhead({ count: 5, ahead: 4, read: reads.read });
    const first = items.next();
    await settled();
    reads.fail(2);
    reads.fail(3);
    await settled();
    reads.end(0);
    reads.end(1);
    expect((await first).value).toBe('item 0');
    expect((await items.next()).value).toBe('item 1');
    await expect(items.next()).rejects.toThrow('item 2 failed');
    expect(reads.signals.every(({ aborted }) => aborted)).toBe(true);
    expect((await items.next()).done).toBe(true);
    reads.fail(4);
    await settled();
  });

  test('leaving early tells all reads to stop and leaves no failure behind', async () => {
    const reads = new Reads();
    for await (const item of readAhead({
      ...{ count: 9, ahead: 4 },
      read: (index, stopped) => {
        const reading = reads.read(index, stopped);
        if (index === 0) reads.end(0);
        return reading;
      },
    })) {
      expect(item).toBe('item 0');
      break;
    }
    expect(reads.started).toEqual([0, 1, 2, 3, 4]);
    expect(reads.signals.every(({ aborted }) => aborted)).toBe(true);
    for (const index of [1, 2, 3, 4]) reads.fail(index);
    await settled();
    expect(reads.started).toHaveLength(5);
  });

  test('a signal ends the waiting at once', async () => {
    const reads = new Reads();
    const controller = new AbortController();
    const items = readAhead({ count: 2, ahead: 2, read: reads.read, signal: controller.signal });
    const first = items.next();
    await settled();
    controller.abort();
    await expect(first).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(reads.signals.every(({ aborted }) => aborted)).toBe(true);
    reads.fail(0);
    reads.fail(1);
    await settled();
  });

  test('an empty list ends at once', async () => {
    const read = () => Promise.reject(new Error('nothing to read'));
    expect((await readAhead({ count: 0, ahead: 3, read }).next()).done).toBe(true);
  });
});

describe('at most so many at once', () => {
  test('runs them in the order in which they came, never more than allowed', async () => {
    const inTurn = atMost(2);
    const started: number[] = [];
    let running = 0;
    let most = 0;
    const task = (index: number) => async () => {
      started.push(index);
      most = Math.max(most, (running += 1));
      await settled();
      running -= 1;
      if (index === 1) throw new Error('task 1');
      return index;
    };
    const results = await Promise.allSettled([0, 1, 2, 3, 4].map((index) => inTurn(task(index))));
    expect(started).toEqual([0, 1, 2, 3, 4]);
    expect(most).toBe(2);
    expect(results.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
    ]);
  });

  test('what was stopped while it waited never starts', async () => {
    const inTurn = atMost(1);
    const controller = new AbortController();
    let wasRun = false;
    const running = inTurn(settled);
    const waiting = inTurn(() => Promise.resolve((wasRun = true)), controller.signal);
    controller.abort();
    await running;
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(wasRun).toBe(false);
    await expect(inTurn(() => Promise.resolve('next'))).resolves.toBe('next');
  });
});
