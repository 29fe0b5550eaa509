/**
 * Mutation testing without a framework: changes the code in one place, as a slip of the hand would,
 * and runs the tests beside it; a change that no test notices is a hole in the tests (DeMillo, Lipton,
 * Sayward 1978). Works on text with strings and comments masked, in a copy of the sources.
 *
 *   node scripts/mutate.mjs src/core/leakage [more files or folders] [--list] [--line 12]
 *     [--within 5]
 *
 * The tests of a file are those of its folder that import it, by whatever way: its own first, then the
 * fastest. `--within` leaves out those that take more seconds; the score is then a lower bound. Some
 * mutants change nothing that can be seen (a faster path, a wording): it need not be 100 %.
 */
import { fork } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { root } from './lib.mjs';

/** Longer than this, and the mutant never ends: it is noticed. Milliseconds. */
const PATIENCE = 60_000;

/** What is changed and into what; `$` in the name is the match. */
const SWAPS = [
  [/ === /g, [' !== ']],
  [/ !== /g, [' === ']],
  [/ < /g, [' <= ', ' > ']],
  [/ <= /g, [' < ', ' > ']],
  [/ > /g, [' >= ', ' < ']],
  [/ >= /g, [' > ', ' < ']],
  [/ && /g, [' || ']],
  [/ \|\| /g, [' && ']],
  [/ \?\? /g, [' && ']],
  [/ \+ /g, [' - ']],
  [/ - /g, [' + ']],
  [/ \+= /g, [' -= ']],
  [/(?<![\w)\]])!(?=[\w(])/g, ['']],
  [/\btrue\b/g, ['false']],
  [/\bfalse\b/g, ['true']],
  [/(?<![\w.])\d+(?![\w.])/g, [(text) => String(Number(text) + 1)]],
  [/\.some\(/g, ['.every(']],
  [/\.every\(/g, ['.some(']],
  [/\bMath\.max\(/g, ['Math.min(']],
  [/\bMath\.min\(/g, ['Math.max(']],
  [/\.sort\(\)/g, ['']],
];

/** @returns the text with every character of a comment, string or regular expression as a blank. */
function maskOf(text) {
  const mask = [...text];
  const hide = (from, to) => {
    for (let at = from; at < to; at++) if (mask[at] !== '\n') mask[at] = ' ';
  };
  const skip = (pattern, at) => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0].length ?? 1;
  };
  /** Depths of braces at which a template goes on. */
  const templates = [];
  let depth = 0;
  const template = (from) => {
    let at = from;
    while (at < text.length && text[at] !== '`' && !text.startsWith('${', at)) {
      at += text[at] === '\\' ? 2 : 1;
    }
    hide(from, at + 1);
    if (text[at] === '`') return at + 1;
    templates.push(depth++);
    hide(at, at + 2);
    return at + 2;
  };
  for (let at = 0; at < text.length;) {
    const before = text.slice(0, at).trimEnd();
    const start = at;
    if (text.startsWith('//', at)) at += skip(/.*/y, at);
    else if (text.startsWith('/*', at)) at += skip(/\/\*[\s\S]*?\*\//y, at);
    else if (/['"]/.test(text[at])) at += skip(/(['"])(?:\\.|(?!\1).)*\1/y, at);
    else if (text[at] === '`') at = template(at + 1);
    else if (text[at] === '/' && /(?:[=(,:[!&|?{};]|=>|return)$/.test(before)) {
      at += skip(/\/(?:\\.|\[(?:\\.|[^\]])*\]|[^/\\])+\/\w*/y, at);
    } else {
      if (text[at] === '{') depth += 1;
      if (text[at] === '}') depth -= 1;
      at += 1;
      if (text[at - 1] === '}' && templates.at(-1) === depth) {
        templates.pop();
        hide(at - 1, at);
        at = template(at);
      }
      continue;
    }
    if (text[start] !== '`') hide(start, at);
  }
  return mask.join('');
}

/** @returns where the bracket that opens at `open` closes. */
function closing(mask, open) {
  let depth = 0;
  for (let at = open; at < mask.length; at++) {
    if ('([{'.includes(mask[at])) depth += 1;
    if (')]}'.includes(mask[at])) depth -= 1;
    if (depth === 0) return at;
  }
  return mask.length;
}

/** @returns mutants: `{ from, to, text }`, the part that is replaced and by what. */
function mutantsOf(text) {
  const mask = maskOf(text);
  const lineAt = (at) =>
    mask.slice(mask.lastIndexOf('\n', at) + 1, (mask + '\n').indexOf('\n', at));
  const isCode = (at) =>
    !/^\s*(import|export type|export interface|interface|type|readonly|\})\s/.test(lineAt(at));
  const mutants = [];
  for (const [pattern, results] of SWAPS) {
    for (const match of mask.matchAll(pattern)) {
      if (!isCode(match.index)) continue;
      for (const result of results) {
        const by = typeof result === 'string' ? result : result(match[0]);
        mutants.push({ from: match.index, to: match.index + match[0].length, text: by });
      }
    }
  }
  // A guard that never holds, a list that is not filtered.
  for (const match of mask.matchAll(/\bif \(/g)) {
    const open = match.index + match[0].length - 1;
    mutants.push({ from: open + 1, to: closing(mask, open), text: 'false' });
  }
  for (const match of mask.matchAll(/\s*\.filter\(/g)) {
    const open = match.index + match[0].length - 1;
    mutants.push({ from: match.index, to: closing(mask, open) + 1, text: '' });
  }
  return mutants
    .map((mutant) => ({ ...mutant, line: text.slice(0, mutant.from).split('\n').length }))
    .sort((one, other) => one.from - other.from);
}

async function sourcesIn(paths) {
  const files = [];
  for (const path of paths) {
    const isFolder = (await stat(path)).isDirectory();
    const found = isFolder ? (await readdir(path)).sort().map((name) => join(path, name)) : [path];
    files.push(...found.filter((file) => /(?<!\.test|\.d)\.ts$/.test(file)));
  }
  return files;
}

/** @returns the sources and tests in a folder of their own; what is large and not changed is linked. */
async function copyOfSources() {
  const copy = await mkdtemp(join(tmpdir(), 'mutate-'));
  await cp(join(root, 'src'), join(copy, 'src'), { recursive: true });
  await cp(join(root, 'tests', 'support'), join(copy, 'tests', 'support'), { recursive: true });
  await symlink(join(root, 'tests', 'fixtures'), join(copy, 'tests', 'fixtures'));
  for (const name of ['node_modules', 'docs', 'package.json', 'tsconfig.json']) {
    await symlink(join(root, name), join(copy, name));
  }
  return copy;
}

/** @returns tests of the file's folder that import it, directly or not. */
async function testsThatImport(file) {
  const folder = dirname(file);
  const names = await readdir(join(root, folder));
  const tests = names.filter((name) => /(?<!\.(?:gpu|browser|long))\.test\.ts$/.test(name));
  const found = [];
  for (const test of tests.sort()) {
    const seen = new Set();
    const reaches = async (path) => {
      if (path === file) return true;
      if (seen.has(path)) return false;
      seen.add(path);
      const text = await readFile(join(root, path), 'utf8').catch(() => '');
      for (const [, target] of text.matchAll(/from '(\.[^']+\.ts)'/g)) {
        if (await reaches(join(dirname(path), target))) return true;
      }
      return false;
    };
    if (await reaches(join(folder, test))) found.push(join(folder, test));
  }
  return found;
}

/** Runs tests in a process of its own, which a mutant that never ends takes with it. */
class Tester {
  #child;
  /** By test: how long it takes. */
  #seconds = new Map();
  #tests = [];

  constructor(copy, within) {
    this.copy = copy;
    this.within = within;
  }

  /** Runs the tests of a file as it is, to know how long each takes. @throws when one fails */
  async prepare(file) {
    const own = `${basename(file, '.ts')}.test.ts`;
    const timed = [];
    for (const test of await testsThatImport(file)) {
      if (!this.#seconds.has(test)) {
        // What is loaded for the first time is not the test's.
        const isFailed = (await this.#fails(file, [test])) || (await this.#timed(file, test));
        if (isFailed) throw new Error(`${test} fails as it is`);
      }
      const seconds = this.#seconds.get(test);
      const isOwn = basename(test) === own;
      if (isOwn || seconds <= this.within) timed.push({ test, rank: isOwn ? -1 : seconds });
    }
    this.#tests = timed.sort((one, other) => one.rank - other.rank).map(({ test }) => test);
  }

  async #timed(file, test) {
    const start = performance.now();
    const isFailed = await this.#fails(file, [test]);
    this.#seconds.set(test, (performance.now() - start) / 1000);
    return isFailed;
  }

  /** @returns whether a test of the file that was prepared fails. */
  async notices(file) {
    for (const test of this.#tests) if (await this.#fails(file, [test])) return true;
    return false;
  }

  #fails(file, tests) {
    this.#child ??= fork(import.meta.filename, ['--worker'], { cwd: this.copy, stdio: 'ignore' });
    const child = this.#child;
    return new Promise((done) => {
      const end = (fails) => {
        clearTimeout(timer);
        child.removeAllListeners();
        done(fails);
      };
      const lost = () => {
        this.#child = undefined;
        end(true);
      };
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
      child.once('message', end);
      child.once('exit', lost);
      child.send({ file, tests });
    });
  }

  close() {
    this.#child?.kill();
  }
}

/** The other side: takes a file that changed and tests, answers whether one of them fails. */
async function work() {
  const { createVitest } = await import('vitest/node');
  const vitest = await createVitest('test', {
    ...{ root: process.cwd(), config: false, watch: false, bail: 1, pool: 'threads' },
    ...{ include: ['src/**/*.test.ts'], reporters: [{}], testTimeout: 30_000 },
  });
  process.on('message', async ({ file, tests }) => {
    vitest.invalidateFile(resolve(file));
    const specifications = await vitest.globTestSpecifications(tests);
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
    // The modules are those of earlier runs too.
    const asked = new Set(specifications.map(({ moduleId }) => moduleId));
    const isFailed = (module) => asked.has(module.moduleId) && !module.ok();
    process.send(unhandledErrors.length > 0 || testModules.some(isFailed));
  });
}

async function main() {
  const args = process.argv.slice(2);
  const numbers = (option) =>
    args.flatMap((arg, at) => (args[at - 1] === option ? [Number(arg)] : []));
  const lines = new Set(numbers('--line'));
  const isValue = (at) => ['--line', '--within'].includes(args[at - 1]);
  const paths = args
    .filter((arg, at) => !arg.startsWith('--') && !isValue(at))
    .map((path) => relative(root, resolve(path)));
  const copy = await copyOfSources();
  const [within = Infinity] = numbers('--within');
  const tester = new Tester(copy, within);
  let [killed, all] = [0, 0];
  try {
    for (const file of await sourcesIn(paths)) {
      const text = await readFile(join(root, file), 'utf8');
      const mutants = mutantsOf(text).filter(({ line }) => lines.size === 0 || lines.has(line));
      if (args.includes('--list')) {
        for (const mutant of mutants) say('mutant', file, text, mutant);
        continue;
      }
      await tester.prepare(file);
      let noticed = 0;
      for (const mutant of mutants) {
        const { from, to, text: by } = mutant;
        await writeFile(join(copy, file), text.slice(0, from) + by + text.slice(to));
        const isKilled = await tester.notices(file);
        noticed += Number(isKilled);
        say(isKilled ? 'killed' : 'SURVIVED', file, text, mutant);
      }
      await writeFile(join(copy, file), text);
      if (await tester.notices(file)) throw new Error(`${file}: its tests fail by themselves`);
      console.log(`${file}: ${noticed} of ${mutants.length} killed`);
      killed += noticed;
      all += mutants.length;
    }
    const share = ((100 * killed) / all).toFixed(1);
    if (all > 0) console.log(`${killed} of ${all} mutants killed: ${share} %`);
  } finally {
    tester.close();
    await rm(copy, { recursive: true, force: true });
  }
}

function say(outcome, file, text, { from, to, text: by, line }) {
  const short = (part) => part.trim().replace(/\s+/g, ' ').slice(0, 50);
  const change = `${short(text.slice(from, to))} -> ${short(by) || 'nothing'}`;
  console.log(
    `${outcome.padEnd(9)} ${file}:${line}  ${change}  | ${text.split('\n')[line - 1].trim()}`,
  );
}

if (process.argv.includes('--worker')) await work();
else await main();
