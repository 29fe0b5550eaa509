/**
 * The files of one build, kept for use without network and given out with the security headers. It
 * answers from the cache or not at all: a request to another origin, one that sends something, or one
 * for a file that the build does not have never reaches a network, whatever policy is in force.
 * Written for a service worker (https://www.w3.org/TR/service-workers/).
 */
import {
  fromHost,
  servedBy,
  type BuildFile,
  type KeptState,
  type OfflineBuild,
} from './offline-build.ts';

export interface ShelfWorld {
  /** Address of the folder that the page stands in, with its last slash. */
  readonly root: string;
  readonly caches: Pick<CacheStorage, 'open' | 'keys' | 'delete' | 'has'>;
  readonly fetch: (request: Request) => Promise<Response>;
}

export class FileShelf {
  readonly #build: OfflineBuild;
  readonly #world: ShelfWorld;
  readonly #files: ReadonlyMap<string, BuildFile>;

  constructor(build: OfflineBuild, world: ShelfWorld) {
    this.#build = build;
    this.#world = world;
    this.#files = new Map(build.files.map((file) => [file.path, file]));
  }

  /** Other pages of the same origin may have caches of their own, another Capsule among them. */
  get #prefix(): string {
    return `capsule ${new URL(this.#world.root).pathname} `;
  }

  get #name(): string {
    return this.#prefix + this.#build.version;
  }

  /**
   * Fetches every file of the build and keeps it if its content is that of the build.
   * @throws when one is missing or another one; nothing is kept then
   */
  async fill(): Promise<void> {
    const { caches } = this.#world;
    const cache = await caches.open(this.#name);
    try {
      await Promise.all(this.#build.files.map(async (file) => this.#keep(cache, file)));
    } catch (thrown) {
      await caches.delete(this.#name);
      throw thrown;
    }
  }

  /** Removes what other builds of this page have kept. */
  async dropOthers(): Promise<void> {
    const { caches } = this.#world;
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith(this.#prefix) && name !== this.#name);
    await Promise.all(old.map((name) => caches.delete(name)));
  }

  async state(): Promise<KeptState> {
    const { caches } = this.#world;
    const files = this.#build.files;
    const isThere = await caches.has(this.#name);
    const kept = isThere ? (await (await caches.open(this.#name)).keys()).length : 0;
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    return { version: this.#build.version, kept, files: files.length, bytes };
  }

  /**
   * @returns the answer; undefined where the browser shall go on as if there were no service worker:
   *   for the service worker's own script, and for pages below the root that are not of this build
   */
  answer(request: Request): Promise<Response> | undefined {
    const { root } = this.#world;
    const url = new URL(request.url);
    const isHere = `${url.origin}${url.pathname}`.startsWith(root);
    if (!isHere || request.method !== 'GET') {
      return request.mode === 'navigate' ? undefined : Promise.resolve(Response.error());
    }
    const path = url.pathname
      .slice(new URL(root).pathname.length)
      .replace(/(^|\/)index\.html$/, '$1');
    const file = this.#files.get(path);
    if (file !== undefined) return this.#give(file);
    if (this.#files.has(`${path}/`)) {
      return Promise.resolve(Response.redirect(`${root}${path}/${url.search}`));
    }
    if (request.mode === 'navigate' || path === 'service-worker.js') return undefined;
    return Promise.resolve(new Response('Not a file of this build.', { status: 404 }));
  }

  async #give(file: BuildFile): Promise<Response> {
    const cache = await this.#world.caches.open(this.#name);
    const address = this.#addressOf(file);
    // A browser that is short of room may have emptied the cache.
    const kept = (await cache.match(address)) ?? (await this.#keep(cache, file));
    const headers = new Headers(kept.headers);
    for (const [name, value] of Object.entries(this.#build.headers)) headers.set(name, value);
    headers.set(servedBy, this.#build.version);
    return new Response(kept.body, { headers });
  }

  async #keep(cache: Cache, file: BuildFile): Promise<Response> {
    const address = this.#addressOf(file);
    const options = { cache: 'no-cache', redirect: 'error', credentials: 'same-origin' } as const;
    const response = await this.#world.fetch(new Request(address, options));
    if (!response.ok) throw new Error(`${address}: status ${response.status}.`);
    const content = await response.arrayBuffer();
    if (![file.sha256, file.unpacked].includes(await sha256(content))) {
      throw new Error(`${address} is not the file of this build.`);
    }
    const sent = Object.keys(this.#build.headers).filter((name) => response.headers.has(name));
    const headers = {
      'Content-Type': response.headers.get('Content-Type') || 'application/octet-stream',
      'Content-Length': String(content.byteLength),
      [fromHost]: sent.join(', '),
    };
    await cache.put(address, new Response(content, { headers }));
    return new Response(content, { headers });
  }

  #addressOf(file: BuildFile): string {
    return new URL(file.path, this.#world.root).href;
  }
}

async function sha256(content: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', content));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
