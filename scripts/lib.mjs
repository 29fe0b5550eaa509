/**
 * What the project's own scripts share. Plain Node without packages, because `npm start` and
 * `npm test` run before anything is installed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

export function say(message) {
  console.log(`\n> ${message}`);
}

export function fail(message) {
  console.error(`\n${message}`);
  process.exit(1);
}

/** Runs a command with its output shown. @returns its exit status. */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: 'inherit',
      shell: process.platform === 'win32',
      ...options,
    });
    child.on('error', () => resolve(127));
    child.on('close', (status) => resolve(status ?? 1));
  });
}

/** Runs a command quietly. @returns its output, or undefined when it failed. */
export function output(command, args) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

function modified(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

/** The newest change below some files and folders, in milliseconds. */
export function newest(paths) {
  let latest = 0;
  for (const path of paths) {
    if (!existsSync(path)) continue;
    const status = statSync(path);
    latest = Math.max(latest, status.mtimeMs);
    if (status.isDirectory()) {
      latest = Math.max(latest, newest(readdirSync(path).map((name) => join(path, name))));
    }
  }
  return latest;
}

export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`Capsule needs Node 20.19 or later; this is ${process.version}. See https://nodejs.org.`);
  }
}

function packagesOf(lockfile) {
  if (!existsSync(lockfile)) return {};
  return JSON.parse(readFileSync(lockfile, 'utf8')).packages ?? {};
}

/** Whether all packages of the lockfile are there, by npm's own record of what it has installed. */
function isInstalled(withTests) {
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  return Object.entries(packagesOf(join(root, 'package-lock.json'))).every(
    ([path, { version, dev, optional, devOptional }]) =>
      // What is optional may be for another system.
      path === '' ||
      optional ||
      devOptional ||
      (dev && !withTests) ||
      installed[path]?.version === version,
  );
}

/**
 * Installs the packages of the lockfile where they are absent or others. The page and the command
 * line need `dependencies` alone; what the tests need is several times as large. Where that is there
 * already it stays, so that `npm start` takes nothing from who works on the program.
 * @param withTests - whether the packages of the tests are needed
 */
export async function ensurePackages({ withTests = false, ...options } = {}) {
  if (isInstalled(withTests)) return;
  const folder = join(root, 'node_modules');
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) {
    fail('node_modules is a link to another folder, which lacks packages: install them there.');
  }
  console.error('\n> Installing packages (once)');
  const hasTests = existsSync(join(folder, 'vitest'));
  const which = withTests || hasTests ? '--include=dev' : '--omit=dev';
  const status = await run('npm', ['ci', '--no-audit', '--no-fund', which], {
    ...options,
    // Its script would fetch a part for CUDA from elsewhere, and fail without a network.
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });
  if (status !== 0) fail('npm ci failed: see above. Is the network reachable?');
}

/** Runs a tool that is installed in node_modules. */
export function tool(name, args, options) {
  const file = process.platform === 'win32' ? `${name}.cmd` : name;
  return run(join(root, 'node_modules', '.bin', file), args, options);
}

const SOURCES = [
  ...['src', 'workers', 'runner', 'public', 'package-lock.json', 'vite.config.ts'],
  ...['scripts/offline-plugin.ts', 'scripts/security-headers.ts'],
];

/** Builds page or runner when a source is newer than what was built; progress goes to stderr. */
export async function ensureBuilt(what) {
  const marker = join(root, 'dist', what, what === 'page' ? 'index.html' : 'capsule.mjs');
  if (modified(marker) >= newest(SOURCES.map((name) => join(root, name)))) return;
  console.error(`> Building the ${what === 'page' ? 'page' : 'command line'}`);
  // Only stderr: what a command prints on stdout is its result.
  const options = { stdio: ['ignore', 'ignore', 'inherit'] };
  const status =
    what === 'page'
      ? await tool('vite', ['build', '--logLevel', 'warn'], options)
      : await run(process.execPath, [join(root, 'scripts', 'build-runner.mjs')], options);
  if (status !== 0) fail('The build failed: see above.');
}
