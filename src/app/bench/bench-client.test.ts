import { expose } from 'comlink';
import { afterEach, expect, test } from 'vitest';
import { CapsuleError } from '../../core/errors.ts';
import type { Bench, BenchRequest, BenchResult, DeviceReport } from '../../jobs/bench/bench-api.ts';
import type { JobEvent } from '../../jobs/events.ts';
import { BenchClient, type BenchWorker } from './bench-client.ts';
import { defaultsFor } from './settings.ts';

const open: MessagePort[] = [];
afterEach(() => open.splice(0).forEach((port) => port.close()));

const never = new Promise<never>(() => undefined);
const request: BenchRequest = defaultsFor('gpu');

/** Stands for a worker that serves `bench`. */
function workerOf(bench: Partial<Bench>) {
  const { port1, port2 } = new MessageChannel();
  open.push(port1, port2);
  expose(bench, port1);
  port1.start();
  port2.start();
  const state = { ended: false };
  let breakOff = (_message: string): void => undefined;
  const worker: BenchWorker = {
    postMessage: (message: unknown, transfer: Transferable[] = []) =>
      port2.postMessage(message, transfer),
    addEventListener: (type: string, listener: EventListenerOrEventListenerObject) => {
      if (type === 'error') breakOff = (message) => call(listener, { message });
      else port2.addEventListener(type, listener);
    },
    removeEventListener: port2.removeEventListener.bind(port2),
    terminate: () => {
      state.ended = true;
    },
  };
  return { worker, state, breakOff: (message: string) => breakOff(message) };
}

function call(listener: EventListenerOrEventListenerObject, event: object): void {
  if (typeof listener === 'function') listener(event as Event);
}

test('events reach the callback, results and problems arrive whole', async () => {
  const result = { rows: [], kernels: [] } as unknown as BenchResult;
  const { worker } = workerOf({
    run: async (asked, onEvent) => {
      await onEvent({ kind: 'log', message: asked.network });
      return result;
    },
    device: () => Promise.reject(new CapsuleError('GPU_LOST', { found: 'asleep' })),
  });
  const client = new BenchClient(() => worker);
  const heard: JobEvent[] = [];
  expect(await client.run(request, (event) => heard.push(event))).toEqual(result);
  expect(heard).toEqual([{ kind: 'log', message: request.network }]);
  await expect(client.device()).rejects.toMatchObject({
    problem: { code: 'GPU_LOST', found: 'asleep' },
  });
});

test('stopping ends the worker at once; the next call starts another one', async () => {
  const report = { kind: 'gpu' } as DeviceReport;
  const first = workerOf({ run: () => never });
  const second = workerOf({ device: () => Promise.resolve(report) });
  const workers = [first.worker, second.worker];
  const client = new BenchClient(() => workers.shift() as BenchWorker);
  const run = client.run(request, () => undefined);
  client.stop();
  await expect(run).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(first.state.ended).toBe(true);
  expect(await client.device()).toEqual(report);
  expect(second.state.ended).toBe(false);
});

test('a worker that breaks off rejects the call that waits for it', async () => {
  const { worker, breakOff } = workerOf({ run: () => never });
  const client = new BenchClient(() => worker);
  const run = client.run(request, () => undefined);
  breakOff('no memory');
  await expect(run).rejects.toMatchObject({ problem: { code: 'INTERNAL', found: 'no memory' } });
});
