/** The worker of the proof page, of every kind: dedicated or shared, classic or module. */
import { serveProof, type ProofPort } from '../src/platform/browser/proof/worker-proof.ts';

if ('onconnect' in globalThis) {
  addEventListener('connect', (event) => {
    const [port] = (event as MessageEvent).ports;
    if (port !== undefined) serveProof(port);
  });
} else serveProof(globalThis as unknown as ProofPort);
