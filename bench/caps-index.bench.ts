/**
 * How long it takes to know what a large CAPS holds, by names alone and by headers, and how much
 * memory. A tree of 5,000 participants with two sessions each is made on the disk; every measurement
 * is a process of its own, so that its peak of memory is its own too. The first one after the tree
 * was made reads folders that the system still holds in memory, as the later ones do.
 *
 *   npm run bench -- caps-index [--participants 5000] [--sessions 2] [--runs 3] [--tensors] [--page]
 *
 * `index` lists the folders; `volumes` finds a volume for each session; `near` asks for as many
 * sessions that are not there, with the nearest name of each; `headers` is a dry run. It fails when
 * the median of index and volumes takes 3 s or more, or any of these a peak of 300 MB. `--page`
 * measures the page in Chromium instead (caps-index-page.ts), against the same limits.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { indexCaps, listPreprocessings } from '../src/core/caps/index.ts';
import { volumesOf } from '../src/core/caps/volumes.ts';
import { survey } from '../src/jobs/survey.ts';
import { systemClock } from '../src/platform/node/clock.ts';
import { DiskTree } from '../src/platform/node/disk-tree.ts';
import { follow } from '../tests/support/follow.ts';
import { EXTRACTION, madeLabels, madeSessions } from './caps-index-tree.ts';

const { values: options } = parseArgs({
  args: process.argv.slice(2),
  options: {
    participants: { type: 'string', default: '5000' },
    sessions: { type: 'string', default: '2' },
    runs: { type: 'string', default: '3' },
    tensors: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
    /** Of the processes that measure. */
    folder: { type: 'string' },
  },
});

const MOST_MS = 3000;
const MOST_MB = 300;
const SIZE = {
  participants: Number(options.participants),
  sessions: Number(options.sessions),
  tensors: options.tensors,
};

interface Row {
  readonly participants: number;
  readonly sessions: number;
  readonly index_ms: number;
  readonly volumes_ms: number;
  readonly near_ms: number;
  readonly names_mb: number;
  readonly headers_ms: number;
  readonly peak_mb: number;
}

const { folder } = options;
if (folder === undefined) await measureAll();
else process.stdout.write(JSON.stringify(await measure(folder)));

async function measureAll(): Promise<void> {
  const caps = await mkdtemp(join(tmpdir(), 'capsule-index-'));
  try {
    await makeTree(caps);
    if (options.page) {
      const { measurePage } = await import('./caps-index-page.ts');
      for (const door of await measurePage(caps, Number(options.runs))) {
        for (const row of door.rows) console.log(JSON.stringify({ door: door.name, ...row }));
        const ms = median(door.rows.map((row) => row.answered_ms));
        judge(ms, Math.max(...door.rows.map((row) => row.grown_mb)));
      }
      return;
    }
    const rows = Array.from({ length: Number(options.runs) }, () => measureApart(caps));
    for (const row of rows) console.log(JSON.stringify(row));
    const ms = median(rows.map((row) => row.index_ms + row.volumes_ms));
    judge(ms, Math.max(...rows.map((row) => row.names_mb)));
  } finally {
    await rm(caps, { recursive: true });
  }
}

function judge(ms: number, mb: number): void {
  const isMet = ms < MOST_MS && mb < MOST_MB;
  console.log(JSON.stringify({ median_ms: ms, most_mb: mb, limits: isMet ? 'met' : 'missed' }));
  if (!isMet) process.exitCode = 1;
}

function measureApart(caps: string): Row {
  const program = process.argv[1] ?? '';
  const { stdout, stderr } = spawnSync(process.execPath, [program, '--folder', caps], {
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Row;
}

async function measure(caps: string): Promise<Row> {
  const tree = new DiskTree(caps);
  const start = performance.now();
  const index = await indexCaps(tree);
  const indexed = performance.now();
  const { paths } = volumesOf(index, EXTRACTION.fileType.pattern);
  listPreprocessings(index);
  const found = performance.now();
  const strangers = index.sessions.map(({ participant, session }, at) => ({
    participant: at % 2 === 0 ? participant : `${participant}X`,
    session: at % 2 === 0 ? `${session}X` : session,
  }));
  const { missing } = volumesOf(index, EXTRACTION.fileType.pattern, strangers);
  const asked = performance.now();
  const names = peak();
  const context = { clock: systemClock, signal: new AbortController().signal };
  const { groups } = await follow(survey({ caps: tree, extraction: EXTRACTION, index }, context));
  const read = performance.now();
  if (paths.size !== index.sessions.length || missing.length !== strangers.length) {
    throw new Error(`${paths.size} volumes of ${index.sessions.length} sessions`);
  }
  if (groups[0]?.volumes.length !== paths.size) throw new Error('not every header was read');
  return {
    participants: index.participants.length,
    sessions: index.sessions.length,
    index_ms: Math.round(indexed - start),
    volumes_ms: Math.round(found - indexed),
    near_ms: Math.round(asked - found),
    names_mb: names,
    headers_ms: Math.round(read - asked),
    peak_mb: peak(),
  };
}

async function makeTree(caps: string): Promise<void> {
  await writeFile(join(caps, 'labels.tsv'), madeLabels(SIZE));
  for await (const { files } of madeSessions(SIZE)) {
    for (const folder of new Set(files.map(({ path }) => dirname(path)))) {
      await mkdir(join(caps, folder), { recursive: true });
    }
    await Promise.all(files.map(({ path, content }) => writeFile(join(caps, path), content)));
  }
}

/** Most memory that this process ever had, in MB. */
function peak(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}
