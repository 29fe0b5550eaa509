/**
 * Starts the proof's worker in each way a browser knows, and hands its outcomes on. All kinds run the
 * same file; the one from a blob has no address of its own and is under the policy of the page.
 */
import address from '../../../workers/proof-worker.ts?worker&url';
import { workerChannels } from '../../platform/browser/proof/worker-proof.ts';
import type {
  ProofPort,
  WorkerAnswer,
  WorkerQuestion,
} from '../../platform/browser/proof/worker-proof.ts';

export const workerKinds = ['classic', 'module', 'shared', 'blob'] as const;
export type WorkerKind = (typeof workerKinds)[number];

/** Longer than all attempts of a worker together may take. */
const patience = 60_000;

/**
 * @param told - hears each outcome
 * @returns whether the worker ran through all of its channels
 */
export async function runWorker(
  kind: WorkerKind,
  question: WorkerQuestion,
  told: (answer: WorkerAnswer) => void,
): Promise<boolean> {
  const started = start(kind);
  if (started === undefined) return false;
  const { worker, port, end } = started;
  try {
    return await new Promise((resolve) => {
      let left = workerChannels.length;
      port.addEventListener('message', (event) => {
        told((event as MessageEvent<WorkerAnswer>).data);
        left -= 1;
        if (left === 0) resolve(true);
      });
      port.start?.();
      worker.addEventListener('error', () => resolve(false));
      setTimeout(() => resolve(false), patience);
      port.postMessage(question);
    });
  } finally {
    end();
  }
}

interface Started {
  readonly worker: EventTarget;
  readonly port: ProofPort;
  readonly end: () => void;
}

function start(kind: WorkerKind): Started | undefined {
  if (kind === 'shared') {
    if (!('SharedWorker' in window)) return undefined;
    const worker = new SharedWorker(address, { type: 'module', name: 'capsule-proof' });
    return { worker, port: worker.port, end: () => worker.port.close() };
  }
  const worker = dedicated(kind);
  return { worker, port: worker, end: () => worker.terminate() };
}

function dedicated(kind: Exclude<WorkerKind, 'shared'>): Worker {
  if (kind === 'classic') return new Worker(address);
  if (kind === 'module') return new Worker(address, { type: 'module' });
  const code = `import ${JSON.stringify(new URL(address, location.href).href)};`;
  const blob = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
  return new Worker(blob, { type: 'module' });
}
