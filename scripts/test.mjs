/**
 * `npm test`: installs what is missing (packages, a Chromium, a software Vulkan driver with fp16)
 * and runs every check. `--long` adds training on real brains. Closes with "N passed, N failed".
 */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureChromium, ensureVulkan } from './test-machine.mjs';
import { checkNode, ensurePackages, root, run, say, tool } from './lib.mjs';

checkNode();
await ensurePackages({ withTests: true });
const long = process.argv.includes('--long');
const environment = {
  ...process.env,
  XDG_RUNTIME_DIR: process.env['XDG_RUNTIME_DIR'] ?? tmpdir(),
  CAPSULE_CHROMIUM: await ensureChromium(),
};
await ensureVulkan(environment);

const reading = [
  [
    ['Formatting', 'prettier', ['--check', '--log-level', 'warn', '.']],
    ['Linting', 'eslint', ['--max-warnings', '0', '.']],
  ],
  [
    ['Types', 'tsc', ['--noEmit']],
    [
      'Types of the page',
      'svelte-check',
      ['--tsconfig', 'tsconfig.json', '--output', 'human', '--threshold', 'warning'],
    ],
    ['Build of the page', 'vite', ['build', '--logLevel', 'warn']],
    ['Build of the command line', process.execPath, [join(root, 'scripts', 'build-runner.mjs')]],
  ],
];
const running = [
  ['Unit tests', 'vitest', ['run', '--project', 'core']],
  ['GPU tests on a software driver', 'vitest', ['run', '--project', 'gpu']],
  ['Browser tests', 'vitest', ['run', '--project', 'browser']],
  ['Journeys in a browser', 'playwright', ['test']],
];

const results = [];
async function lane(checks) {
  for (const [title, command, args] of checks) {
    say(title);
    const start = Date.now();
    const options = { env: environment };
    const status = existsSync(command)
      ? await run(command, args, options)
      : await tool(command, args, options);
    results.push({ title, passed: status === 0, seconds: (Date.now() - start) / 1000 });
  }
}

if (long) await lane([['Training on real brains', 'vitest', ['run', '--project', 'long']]]);
else {
  // What only reads the source takes one core each: two at a time.
  await Promise.all(reading.map(lane));
  await lane(running);
}

say('Summary');
for (const { title, passed, seconds } of results) {
  console.log(`${passed ? 'passed' : 'FAILED'}  ${seconds.toFixed(0).padStart(4)} s  ${title}`);
}
const failed = results.filter((result) => !result.passed).length;
console.log(`\n${results.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
