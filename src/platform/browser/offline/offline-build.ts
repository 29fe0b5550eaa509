/**
 * What page and service worker agree on: the list of a build's files, the headers that tell where an
 * answer came from, and the questions that the page may ask.
 */

/** One file of the build. */
export interface BuildFile {
  /** Relative to the root of the page: `assets/x.js`; a page is its folder, `` or `proof/`. */
  readonly path: string;
  readonly bytes: number;
  /** Of the content, in hexadecimal. */
  readonly sha256: string;
  /** Of a `.gz`: of what it holds. Some hosts let the browser unpack it on the way. */
  readonly unpacked?: string;
}

export interface OfflineBuild {
  /** SHA-256 over files and headers. */
  readonly version: string;
  /** Added to every answer. */
  readonly headers: Readonly<Record<string, string>>;
  readonly files: readonly BuildFile[];
}

/** On answers of the service worker: the version of its build. */
export const servedBy = 'X-Capsule-Service-Worker';
/** On answers of the service worker: which of its headers the host had sent too, as a list. */
export const fromHost = 'X-Capsule-Host-Headers';

/** `state`: what is kept. `take over`: replace the version in use, where one tab alone is open. */
export type Question = 'state' | 'take over';

export interface KeptState {
  readonly version: string;
  /** Files of the build that stand in the cache, of all that belong there. */
  readonly kept: number;
  readonly files: number;
  /** Of the whole build. */
  readonly bytes: number;
}

export interface TakeOver {
  /** Tabs of the page besides the one that asks; above 0 nothing was replaced. */
  readonly others: number;
}
