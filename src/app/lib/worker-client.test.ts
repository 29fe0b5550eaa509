import { expose } from 'comlink';
import { afterEach, expect, test } from 'vitest';
import { CapsuleError } from '../../core/errors.ts';
import type { JobEvent } from '../../jobs/events.ts';
import type { Session } from '../../jobs/session-api.ts';
import { carryProblems } from '../../platform/browser/comlink-errors.ts';
import { sessionOver } from './worker-client.ts';

const open: MessagePort[] = [];
afterEach(() => open.splice(0).forEach((port) => port.close()));

const never = new Promise<never>(() => undefined);

/** A client wired to `service` as a page is to its worker. */
function client(service: Partial<Session>, failure: Promise<never> = never): Session {
  carryProblems();
  const { port1, port2 } = new MessageChannel();
  open.push(port1, port2);
  expose(service, port1);
  port1.start();
  port2.start();
  return sessionOver(port2, failure);
}

test('events of a job reach the callback in order', async () => {
  const session = client({
    exportMaps: async (onEvent) => {
      for (const message of ['a', 'b']) await onEvent({ kind: 'log', message });
      return { name: 'maps.zip', blob: new Blob() };
    },
  });
  const heard: JobEvent[] = [];
  await session.exportMaps((event) => heard.push(event));
  expect(heard).toEqual([
    { kind: 'log', message: 'a' },
    { kind: 'log', message: 'b' },
  ]);
});

test('a rejected call keeps its problem', async () => {
  const session = client({
    openMaps: () => Promise.reject(new CapsuleError('MAPS_UNFINISHED', { file: 'maps.json' })),
  });
  const source = { kind: 'opfs', path: 'x' } as const;
  await expect(session.openMaps(source)).rejects.toMatchObject({
    problem: { code: 'MAPS_UNFINISHED', file: 'maps.json' },
  });
});

test('a worker that breaks off rejects the calls that wait for it', async () => {
  let breakOff = (): void => undefined;
  const failure = new Promise<never>((_, reject) => {
    breakOff = () => reject(new CapsuleError('INTERNAL', { found: 'gone' }));
  });
  const session = client({ device: () => never }, failure);
  const call = session.device();
  breakOff();
  await expect(call).rejects.toMatchObject({ problem: { code: 'INTERNAL', found: 'gone' } });
});
