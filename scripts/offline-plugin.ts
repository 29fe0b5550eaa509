/**
 * What the build adds so that the page needs neither headers of its host nor, after the first visit,
 * the network: the security policy as a `<meta>` in every page, and `service-worker.js` at the root.
 * The worker is built last, because the list of all other files, each with its SHA-256, is part of
 * it. Source maps are for developers and left out.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { build, type Plugin } from 'vite';
import type { BuildFile, OfflineBuild } from '../src/platform/browser/offline/offline-build.ts';
import { contentSecurityPolicy, securityHeaders } from './security-headers.ts';

const source = fileURLToPath(new URL('../workers/service-worker.ts', import.meta.url));
const serviceWorker = 'service-worker.js';

/** Browsers ignore this one in a `<meta>`, and say so in the console. */
const metaPolicy = contentSecurityPolicy
  .split('; ')
  .filter((directive) => !directive.startsWith('frame-ancestors'))
  .join('; ');

export function offline(): Plugin {
  let folder = '';
  return {
    name: 'capsule-offline',
    apply: 'build',
    configResolved({ root, build: { outDir } }) {
      folder = resolve(root, outDir);
    },
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: metaPolicy },
        injectTo: 'head-prepend',
      },
    ],
    writeBundle: {
      order: 'post',
      sequential: true,
      async handler() {
        const files = await filesIn(folder);
        const version = sha256(JSON.stringify([files, securityHeaders]));
        await writeFile(
          join(folder, serviceWorker),
          await serviceWorkerFor({ version, headers: securityHeaders, files }),
        );
      },
    },
  };
}

async function filesIn(folder: string): Promise<BuildFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.endsWith('.map') && !path.endsWith(serviceWorker))
    .sort();
  return Promise.all(
    paths.map(async (path) => {
      const content = await readFile(path);
      const name = path.slice(folder.length + 1).replaceAll(sep, '/');
      // A page is asked for by its folder: hosts redirect `index.html`, or do not know it.
      const address = name.replace(/(^|\/)index\.html$/, '$1');
      const file = { path: address, bytes: content.byteLength, sha256: sha256(content) };
      return name.endsWith('.gz') ? { ...file, unpacked: sha256(gunzipSync(content)) } : file;
    }),
  );
}

async function serviceWorkerFor(contents: OfflineBuild): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    define: { __OFFLINE_BUILD__: JSON.stringify(contents) },
    build: {
      write: false,
      // It can be read in the browser: see the proof page.
      minify: false,
      target: 'es2022',
      rolldownOptions: {
        input: source,
        output: { format: 'iife', entryFileNames: serviceWorker },
        checks: { pluginTimings: false },
      },
    },
  });
  const [first] = Array.isArray(result) ? result : [result];
  const chunk = first !== undefined && 'output' in first ? first.output[0] : undefined;
  if (chunk === undefined) throw new Error('The service worker was not built.');
  return chunk.code;
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
