/**
 * Serves the built page as a plain host does: files by their path, a folder by its `index.html`, no
 * headers but types unless asked for. It counts what it was asked for, and can be switched off.
 */
import { readFile, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { securityHeaders } from '../../scripts/security-headers.ts';

/** Where the build is: see vite.config.ts. */
export const builtPage = fileURLToPath(
  new URL(process.env['CAPSULE_PAGE'] ?? './dist/page', new URL('../../', import.meta.url)),
);

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

export interface HostOptions {
  /** Another build than `builtPage`. */
  readonly root?: string;
  /** Whether it sends the security headers. */
  readonly headers?: boolean;
  /** Whether text is sent compressed, as public hosts do. */
  readonly gzip?: boolean;
  /** What becomes of a file on its way; by default nothing. */
  readonly change?: (path: string, content: Buffer) => Buffer | Promise<Buffer>;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly at: number;
  /** As they went out, compressed or not. */
  bytes: number;
}

export interface Host {
  readonly origin: string;
  /** Every request that arrived: when, in milliseconds since 1970, and what was sent for it. */
  readonly asked: Asked[];
  options: HostOptions;
  close(): Promise<void>;
}

/** @param options - may be changed while it runs */
export async function host(options: HostOptions = {}): Promise<Host> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const { method = '', url: path = '/' } = request;
    const entry = { method, path, at: Date.now(), bytes: 0 };
    asked.push(entry);
    answer(request, response, self.options)
      .then((bytes) => (entry.bytes = bytes))
      .catch(() => response.writeHead(404).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const self: Host = {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    asked,
    options,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return self;
}

async function answer(
  { url = '/' }: IncomingMessage,
  response: ServerResponse,
  {
    root = builtPage,
    headers = false,
    gzip = false,
    change = (_, content) => content,
  }: HostOptions,
): Promise<number> {
  const path = normalize(decodeURIComponent(new URL(url, 'http://host').pathname));
  const at = join(root, path);
  const file = (await stat(at)).isDirectory() ? join(at, 'index.html') : at;
  const type = types[extname(file)];
  const isCompressed = gzip && type !== undefined;
  const content = await change(path, await readFile(file));
  if (headers)
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
  response.setHeader('Content-Type', type ?? 'application/octet-stream');
  if (isCompressed) response.setHeader('Content-Encoding', 'gzip');
  const body = isCompressed ? gzipSync(content) : content;
  response.end(body);
  return body.byteLength;
}

/** A page without its `<meta>` policy. */
export function withoutPolicy(path: string, content: Buffer): Buffer {
  if (!path.endsWith('/')) return content;
  return Buffer.from(
    content.toString().replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, ''),
  );
}
