/**
 * `capsule prepare-data` and `prepare-data-from-bids`: the preprocessing JSON that says which volumes
 * a network sees, and which part of them; with `--save_features` the tensors for ClinicaDL as well.
 * Capsule itself cuts volumes as it reads them.
 */
import { basename, dirname } from 'node:path';
import type { Command } from 'commander';
import { bidsAsCaps } from '../../src/core/caps/bids.ts';
import {
  extractionRecord,
  makeExtraction,
  readExtraction,
  type Extraction,
} from '../../src/core/caps/extraction.ts';
import { indexCaps } from '../../src/core/caps/index.ts';
import type { FileTree } from '../../src/core/files/file-tree.ts';
import { sessionsOf, type SessionKey } from '../../src/core/tsv/sessions.ts';
import { readNamedTable } from '../../src/core/tsv/read-table.ts';
import { prepareData } from '../../src/jobs/prepare.ts';
import { survey } from '../../src/jobs/survey.ts';
import { systemClock } from '../../src/platform/node/clock.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { openPath } from '../../src/platform/node/open-path.ts';
import { onInterrupt } from '../terminal/interrupt.ts';
import { follow } from '../terminal/progress.ts';
import { printSurvey } from '../terminal/survey.ts';
import {
  addPrepareOptions,
  BIDS_MODALITIES,
  MODALITIES,
  modeOf,
  preprocessingOf,
  type Mode,
  type PrepareOptions,
} from './prepare-options.ts';

const MODES: readonly Mode[] = ['image', 'patch', 'slice', 'roi'];

export function addPrepareData(program: Command): void {
  const group = program
    .command('prepare-data')
    .description('describe which part of which volumes a network sees');
  for (const mode of MODES) {
    const command = group
      .command(mode)
      .description(`write the preprocessing JSON of mode ${mode}`)
      .argument('<CAPS_DIRECTORY>', 'folder with subjects/sub-*/ses-*')
      .argument('<MODALITY>', MODALITIES.join(', '));
    addPrepareOptions(command, mode, 'caps');
    command.action(async (caps: string, modality: string, options: PrepareOptions) => {
      const extraction = extractionOf(modality, 'caps', mode, options);
      // Where 1.6.1 writes the images without being asked, nothing here needs them.
      const writes = options.save_features === true;
      await run(caps, () => Promise.resolve(new DiskTree(caps)), extraction, writes, options);
    });
  }
}

export function addPrepareDataFromBids(program: Command): void {
  const group = program
    .command('prepare-data-from-bids')
    .description('write raw images, or parts of them, into a CAPS as tensors');
  for (const mode of MODES) {
    const command = group
      .command(mode)
      .description(`write tensors and the preprocessing JSON of mode ${mode}`)
      .argument('<BIDS_DIRECTORY>', 'folder with sub-*')
      .argument('<CAPS_DIRECTORY>', 'where the tensors go; made when it is not there')
      .argument('<MODALITY_BIDS>', BIDS_MODALITIES.join(', '));
    addPrepareOptions(command, mode, 'bids');
    command.action(async (bids: string, caps: string, modality: string, opts: PrepareOptions) => {
      const extraction = extractionOf(modality, 'bids', mode, opts);
      // The CAPS has nothing else of these images.
      await run(caps, async () => bidsAsCaps(await openPath(bids)), extraction, true, opts);
    });
  }
}

function extractionOf(
  modality: string,
  from: 'caps' | 'bids',
  mode: Mode,
  options: PrepareOptions,
): Extraction {
  const preprocessing = preprocessingOf(modality, from, options);
  const seconds = Math.floor(systemClock.now() / 1000);
  const name = options.extract_json ?? `extract_${seconds}`;
  // An image is saved whole either way: 1.6.1 never says so of one.
  const saved = options.save_features === true && mode !== 'image';
  const made = makeExtraction(preprocessing, modeOf(mode, options), name, saved);
  // Reading it as `train` will is the check, before anything is written.
  return readExtraction(extractionRecord(made), made.name);
}

async function run(
  capsPath: string,
  openSource: () => Promise<FileTree>,
  extraction: Extraction,
  writeTensors: boolean,
  options: PrepareOptions,
): Promise<void> {
  const caps = new DiskTree(capsPath);
  const sessions = await sessionsIn(options.subjects_sessions_tsv);
  const source = await openSource();
  const index = await indexCaps(source);
  const interrupt = onInterrupt();
  const context = { clock: systemClock, signal: interrupt.signal };
  try {
    if (options.dry_run === true) {
      const wanted = sessions === undefined ? {} : { sessions };
      const job = survey({ caps: source, masks: caps, extraction, index, ...wanted }, context);
      printSurvey(await follow(job));
      return;
    }
    const outcome = await follow(
      prepareData(
        {
          ...{ caps, capsDirectory: capsPath, source, index, extraction, writeTensors },
          ...(sessions === undefined ? {} : { sessions }),
          overwrite: options.overwrite === true,
          atOnce: options.n_proc,
          unreadable: options.skip_unreadable === true ? 'leave-out' : 'stop',
        },
        context,
      ),
    );
    const { json, written, kept } = outcome;
    const tensors = `, ${written} tensors written${kept === 0 ? '' : `, ${kept} there already`}`;
    process.stdout.write(`${json}: ${outcome.sessions} sessions${writeTensors ? tensors : ''}\n`);
  } finally {
    interrupt.end();
  }
}

async function sessionsIn(path: string | undefined): Promise<SessionKey[] | undefined> {
  if (path === undefined) return undefined;
  const { table, file } = await readNamedTable(new DiskTree(dirname(path)), basename(path), path);
  return sessionsOf(table, { file });
}
