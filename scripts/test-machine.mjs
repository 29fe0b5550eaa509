/**
 * What the tests need beside packages: a Chromium with WebGPU, and for kernels on Node a Vulkan
 * driver with fp16. Each is taken from where it is, or installed (Playwright's build, Debian's
 * packages); where nothing works, a sentence says what to do, and the test run fails.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fail, output, root, run, say, tool } from './lib.mjs';

const CHROMIUMS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:/Program Files/Google/Chrome/Application/chrome.exe',
];

/** @returns path of a Chromium or Chrome. */
export async function ensureChromium() {
  const found = findChromium();
  if (found !== undefined) return found;
  say('Installing a Chromium for the browser tests');
  await tool('playwright', ['install', 'chromium']);
  const downloaded = findChromium();
  if (downloaded !== undefined) return downloaded;
  if (await aptInstall(['chromium'])) {
    const packaged = findChromium();
    if (packaged !== undefined) return packaged;
  }
  return fail(
    'The browser tests need Chromium. Install Chrome or Chromium, or name one in CAPSULE_CHROMIUM.',
  );
}

function findChromium() {
  const playwright = createRequire(join(root, 'package.json'))('@playwright/test');
  const candidates = [
    process.env['CAPSULE_CHROMIUM'],
    ...CHROMIUMS,
    playwright.chromium.executablePath(),
  ];
  return candidates.find((path) => path !== undefined && path !== '' && existsSync(path));
}

/** Makes sure that Dawn finds an adapter with fp16, or that the user has said to do without. */
export async function ensureVulkan(environment) {
  if ((await probe(environment)) === 'f16') return;
  if (process.platform === 'linux') {
    say('Installing a software Vulkan driver (Mesa) for the GPU tests');
    const packages = ['mesa-vulkan-drivers', 'libvulkan1'];
    await aptInstall(packages);
    if ((await probe(environment)) === 'f16') return;
    // Debian 12: Mesa 22 is too old for Dawn; backports has 25.
    if (addBackports() && (await aptInstall(packages, ['-t', backportsSuite()]))) {
      if ((await probe(environment)) === 'f16') return;
    }
  }
  const state = await probe(environment);
  if (state === 'f32' && process.env['CAPSULE_ALLOW_NO_F16'] === '1') {
    say('No adapter has fp16: the fp16 checks do not run (CAPSULE_ALLOW_NO_F16=1).');
    return;
  }
  fail(
    state === 'f32'
      ? 'The adapter here has no fp16 (shader-f16). Install Mesa 24 or later (mesa-vulkan-drivers), or set CAPSULE_ALLOW_NO_F16=1 to leave the fp16 checks out.'
      : 'The GPU tests need a Vulkan driver. On Debian or Ubuntu: apt-get install mesa-vulkan-drivers libvulkan1.',
  );
}

/** @returns 'f16', 'f32' or undefined: what Dawn finds, asked in a process of its own. */
async function probe(environment) {
  const code = `
    import { create, globals } from 'webgpu';
    Object.assign(globalThis, globals);
    const gpu = create([]);
    const adapter = await gpu.requestAdapter();
    process.stdout.write(adapter === null ? '' : adapter.features.has('shader-f16') ? 'f16' : 'f32');
    process.exit(0);`;
  const { spawnSync } = await import('node:child_process');
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: root,
    env: environment,
    encoding: 'utf8',
  });
  return result.stdout === '' ? undefined : result.stdout;
}

function codename() {
  if (!existsSync('/etc/os-release')) return undefined;
  return /^VERSION_CODENAME=(\w+)/mu.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
}

function backportsSuite() {
  return `${codename()}-backports`;
}

/** Adds the backports suite of the mirror that the machine already uses. @returns whether it is there. */
function addBackports() {
  const sources = '/etc/apt/sources.list.d/debian.sources';
  const target = '/etc/apt/sources.list.d/capsule-backports.sources';
  if (codename() !== 'bookworm' || !existsSync(sources) || process.getuid?.() !== 0) return false;
  const [first = ''] = readFileSync(sources, 'utf8').split(/\n\s*\n/u);
  writeFileSync(target, first.replace(/^Suites:.*$/mu, `Suites: ${backportsSuite()}`) + '\n');
  return true;
}

/** Installs Debian packages where that is possible. @returns whether it was. */
async function aptInstall(packages, options = []) {
  if (output('apt-get', ['--version']) === undefined) return false;
  const root = process.getuid?.() === 0;
  if (!root && output('sudo', ['-n', 'true']) === undefined) return false;
  const apt = (args) => (root ? run('apt-get', args) : run('sudo', ['-n', 'apt-get', ...args]));
  await apt(['update', '-qq']);
  return (await apt(['install', '-y', '-qq', ...options, ...packages])) === 0;
}
