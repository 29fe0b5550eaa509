/**
 * Ways out of a page and of a worker that need no document. Each attempt sends one word to an
 * address of another origin and waits for what comes of it; see `outcome.ts`.
 */
import { NotHere, outcomeOf } from './outcome.ts';
import type { Attempt, Outcome, Violations } from './outcome.ts';

export const WORD = 'capsule-proof';

/** Those that a page and a worker have in common. */
export const commonAttempts = {
  fetch: (address) => fetch(address, { method: 'POST', mode: 'no-cors', body: WORD }),
  xhr: (address) => {
    const request = new XMLHttpRequest();
    request.open('POST', address);
    const settled = until(request, 'load');
    request.send(WORD);
    return settled;
  },
  websocket: async (address) => {
    const socket = new WebSocket(address);
    await until(socket, 'open').finally(() => socket.close());
  },
  eventsource: async (address) => {
    const source = new EventSource(address);
    await until(source, 'open').finally(() => source.close());
  },
  webtransport: async (address) => {
    if (!('WebTransport' in globalThis)) throw new NotHere();
    const transport = new WebTransport(address);
    // It rejects with `ready`, and on its own would be nobody's to handle.
    transport.closed.catch(() => undefined);
    await transport.ready;
  },
  import: (address) => import(/* @vite-ignore */ address),
  worker: (address) => workerStarts(() => new Worker(address)),
  moduleWorker: (address) => workerStarts(() => new Worker(address, { type: 'module' })),
  /** It is taken from the page at its start, and workers have none. */
  peer: async () => {
    if (!('RTCPeerConnection' in globalThis)) throw new NotHere();
    return new Promise(() => undefined);
  },
} satisfies Record<string, Attempt>;

/** In a worker only; module workers have none. */
export const importScriptsAttempt: Attempt = async (address) => {
  try {
    importScripts(address);
  } catch (thrown) {
    throw thrown instanceof TypeError ? new NotHere() : thrown;
  }
};

/** Address of a channel's attempt below the target, unlike that of any other. */
export function addressOf(target: string, channel: string, from: string): string {
  const address = `${target}/${WORD}/${from}/${channel}`;
  if (channel === 'websocket') return address.replace(/^http/, 'ws');
  return channel === 'webtransport' ? address.replace(/^http:/, 'https:') : address;
}

const toldByOrigin: Readonly<Record<string, string>> = {
  iframe: 'frame-src',
  object: 'object-src',
};

/** Tries each in turn. @yields each outcome as it is known */
export async function* tryAll<Channel extends string>(
  attempts: Readonly<Record<Channel, Attempt>>,
  { target, from, violations }: { target: string; from: string; violations: Violations },
): AsyncGenerator<{ readonly channel: Channel; readonly outcome: Outcome }> {
  for (const channel of Object.keys(attempts) as Channel[]) {
    const attempt = attempts[channel];
    const address = addressOf(target, channel, from);
    const byOrigin = toldByOrigin[channel];
    yield { channel, outcome: await outcomeOf(attempt, address, { violations, byOrigin }) };
  }
}

/** Resolves at the event named, rejects at `error`. */
export function until(target: EventTarget, name: string): Promise<Event> {
  return new Promise((resolve, reject) => {
    target.addEventListener(name, resolve, { once: true });
    target.addEventListener('error', reject, { once: true });
  });
}

async function workerStarts(start: () => Worker): Promise<Event> {
  if (!('Worker' in globalThis)) throw new NotHere();
  const worker = start();
  return until(worker, 'message').finally(() => worker.terminate());
}
