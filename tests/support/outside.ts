/**
 * Stands for the outside in tests of privacy: a server of another origin that answers whatever comes,
 * so that an attempt that nothing stops succeeds, and records it. UDP on the same port shows STUN and
 * HTTP/3.
 */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Outside {
  readonly origin: string;
  /** Paths of requests and upgrades that arrived. */
  readonly requests: string[];
  /** TCP connections, whether or not a request came with them, and datagrams. */
  readonly contacts: { tcp: number; udp: number };
  close(): Promise<void>;
}

export async function outside(): Promise<Outside> {
  const requests: string[] = [];
  const contacts = { tcp: 0, udp: 0 };
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    response.setHeader('Content-Type', typeOf(request.url ?? ''));
    response.end(';');
  });
  server.on('connection', () => (contacts.tcp += 1));
  server.on('upgrade', (request, socket) => {
    requests.push(request.url ?? '');
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const datagrams = createSocket('udp4').on('message', () => (contacts.udp += 1));
  await new Promise<void>((resolve) => datagrams.bind(port, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    contacts,
    close: () =>
      new Promise((resolve) => {
        datagrams.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function typeOf(path: string): string {
  if (path.includes('eventsource')) return 'text/event-stream';
  return /script|import|worker|worklet/i.test(path) ? 'text/javascript' : 'text/css';
}
