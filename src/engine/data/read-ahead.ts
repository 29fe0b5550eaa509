/**
 * Items of a list, read ahead of the one who works on them: several at once, handed out in the order
 * of the list whatever the order in which they arrive. An item that cannot be read fails when its
 * turn comes, after all that stand before it. Whoever stops early leaves nothing behind: what is
 * being read is told to stop, and its failure is nobody's.
 */
import { CapsuleError } from '../../core/errors.ts';
import { unlessCancelled } from '../cancel.ts';

export interface ReadAheadOptions<Item> {
  readonly count: number;
  /** Items that may be read or wait beside the one in use; one at least. */
  readonly ahead: number;
  /**
   * Starts to read item `index`; called in ascending order.
   * @param stopped - aborted when nobody wants the item any more
   */
  readonly read: (index: number, stopped: AbortSignal) => Promise<Item>;
  /** Ends the waiting for an item with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
}

export async function* readAhead<Item>(
  options: ReadAheadOptions<Item>,
): AsyncGenerator<Item, void, void> {
  const { count, ahead, read, signal } = options;
  const stop = new AbortController();
  const waiting: Promise<Item>[] = [];
  let started = 0;
  const start = () => {
    for (; started < count && waiting.length < Math.max(1, ahead); started++) {
      const item = read(started, stop.signal);
      // Its turn may never come: a failure before that must not become an unhandled rejection.
      void item.catch(() => undefined);
      waiting.push(item);
    }
  };
  try {
    for (let index = 0; index < count; index++) {
      start();
      const item = waiting[0] as Promise<Item>;
      const arrived = await (signal === undefined ? item : unlessCancelled(item, signal));
      void waiting.shift();
      start();
      yield arrived;
    }
  } finally {
    stop.abort();
    waiting.length = 0;
  }
}

/**
 * Lets so many tasks run at once, the others in the order in which they came.
 * @returns a function that runs a task; it rejects with CANCELLED when the task was `stopped` before
 * it could start
 */
export function atMost(limit: number) {
  const queue: (() => void)[] = [];
  let running = 0;
  return async <Result>(task: () => Promise<Result>, stopped?: AbortSignal): Promise<Result> => {
    if (running >= limit) await new Promise<void>((resolve) => queue.push(resolve));
    else running += 1;
    try {
      if (stopped?.aborted === true) throw new CapsuleError('CANCELLED');
      return await task();
    } finally {
      // The place goes to the next one without becoming free in between.
      const next = queue.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
