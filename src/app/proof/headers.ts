/**
 * Which security headers the page came with, and from whom: read from an answer to the page's own
 * address, the only one it may ask.
 */
import { fromHost, servedBy } from '../../platform/browser/offline/offline-build.ts';

/** In the order of their weight for privacy. */
export const headerNames = [
  'Content-Security-Policy',
  'Connection-Allowlist',
  'Cross-Origin-Embedder-Policy',
  'Cross-Origin-Opener-Policy',
  'Cross-Origin-Resource-Policy',
  'Referrer-Policy',
  'X-Content-Type-Options',
] as const;

export type HeaderSource = 'host' | 'service worker' | 'both' | 'none';

export interface HeaderFact {
  readonly name: string;
  /** Empty when it was not sent. */
  readonly value: string;
  readonly source: HeaderSource;
}

export function headerFacts(headers: Headers): HeaderFact[] {
  const isServed = headers.has(servedBy);
  const ofHost = new Set((headers.get(fromHost) ?? '').toLowerCase().split(', '));
  return headerNames.map((name) => {
    const value = headers.get(name) ?? '';
    if (value === '') return { name, value, source: 'none' };
    if (!isServed) return { name, value, source: 'host' };
    return { name, value, source: ofHost.has(name.toLowerCase()) ? 'both' : 'service worker' };
  });
}
