/**
 * Stands between the browser and the world in every journey: whatever the browser asks of another
 * computer, whoever asked for it, comes here and goes no further. This computer is asked directly.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordingProxy {
  /** For the browser's `--proxy-server`. */
  readonly address: string;
  /** Origin of each request that arrived. */
  readonly asked: string[];
  close(): Promise<void>;
}

export async function recordingProxy(): Promise<RecordingProxy> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(originOf(request.url ?? ''));
    response.writeHead(502).end();
  });
  // What is encrypted, and sockets: only where they want to go is told.
  server.on('connect', (request, socket) => {
    asked.push(originOf(`https://${request.url ?? ''}`));
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function originOf(address: string): string {
  return URL.canParse(address) ? new URL(address).origin : address;
}
