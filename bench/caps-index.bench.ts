/**
 * How long it takes to know what a large CAPS holds, by names alone and by headers, and how much
 * memory. A tree of 5,000 participants with two sessions each is made on the disk; every measurement
 * is a process of its own, so that its peak of memory is its own too. The first one after the tree
 * was made reads folders that the system still holds in memory, as the later ones do.
 *
 *   npm run bench -- caps-index [--participants 5000] [--sessions 2] [--runs 3] [--tensors]
 *
 * `index` lists the folders; `volumes` finds a volume for each session; `near` asks for as many
 * sessions that are not there, with the nearest name of each; `headers` is a dry run. It fails when
 * the median of index and volumes takes 3 s or more, or any of these a peak of 300 MB.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeExtraction } from '../src/core/caps/extraction.ts';
import { indexCaps, listPreprocessings } from '../src/core/caps/index.ts';
import { tensorBytes } from '../src/core/caps/tensor-files.ts';
import { volumesOf } from '../src/core/caps/volumes.ts';
import { gzipBytes } from '../src/core/nifti/gunzip.ts';
import { niftiBytes } from '../src/core/nifti/write.ts';
import { survey } from '../src/jobs/survey.ts';
import { systemClock } from '../src/platform/node/clock.ts';
import { DiskTree } from '../src/platform/node/disk-tree.ts';
import { follow } from '../tests/support/follow.ts';

const { values: options } = parseArgs({
  args: process.argv.slice(2),
  options: {
    participants: { type: 'string', default: '5000' },
    sessions: { type: 'string', default: '2' },
    runs: { type: 'string', default: '3' },
    tensors: { type: 'boolean', default: false },
    /** Of the processes that measure. */
    folder: { type: 'string' },
  },
});

const MOST_MS = 3000;
const MOST_MB = 300;
const SPACE = 'space-MNI152NLin2009cSym';
const AFFINE = [1, 0, 0, -90, 0, 1, 0, -126, 0, 0, 1, -72, 0, 0, 0, 1];
const EXTRACTION = makeExtraction(
  { pipeline: 't1-linear', uncropped: false },
  { mode: 'image' },
  'image',
);

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
    const rows = Array.from({ length: Number(options.runs) }, () => measureApart(caps));
    for (const row of rows) console.log(JSON.stringify(row));
    const ms = median(rows.map((row) => row.index_ms + row.volumes_ms));
    const mb = Math.max(...rows.map((row) => row.names_mb));
    const isMet = ms < MOST_MS && mb < MOST_MB;
    console.log(JSON.stringify({ median_ms: ms, most_mb: mb, limits: isMet ? 'met' : 'missed' }));
    if (!isMet) process.exitCode = 1;
  } finally {
    await rm(caps, { recursive: true });
  }
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
  const voxel = { data: new Float32Array(1), shape: [1, 1, 1] as const, affine: AFFINE };
  const scan = await gzipBytes(niftiBytes(voxel));
  const tensor = tensorBytes({ data: new Float32Array(1), shape: [1, 1, 1, 1] }, 'x');
  const sessions = Array.from({ length: Number(options.sessions) }, (_, at) => at * 12);
  for (let number = 0; number < Number(options.participants); number += 1) {
    const participant = `sub-ADNI${String(number).padStart(6, '0')}`;
    await Promise.all(
      sessions.map(async (months) => {
        const session = `ses-M${String(months).padStart(3, '0')}`;
        const place = join(caps, 'subjects', participant, session);
        const name = `${participant}_${session}_T1w_${SPACE}`;
        await mkdir(join(place, 't1_linear'), { recursive: true });
        const file = (end: string) => join(place, 't1_linear', `${name}${end}`);
        await writeFile(file('_desc-Crop_res-1x1x1_T1w.nii.gz'), scan);
        await writeFile(file('_res-1x1x1_T1w.nii.gz'), scan);
        await writeFile(file('_res-1x1x1_affine.mat'), '');
        if (!options.tensors) return;
        const patches = join(place, 'deeplearning_prepare_data', 'patch_based', 't1_linear');
        await mkdir(patches, { recursive: true });
        for (let patch = 0; patch < 36; patch += 1) {
          const end = `_desc-Crop_res-1x1x1_patchsize-50_stride-50_patch-${patch}_T1w.pt`;
          await writeFile(join(patches, name + end), tensor);
        }
      }),
    );
  }
}

/** Most memory that this process ever had, in MB. */
function peak(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}
