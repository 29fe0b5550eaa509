/**
 * `capsule generate`: data sets with a known answer, to find out whether a network, a split or a
 * saliency method does what it should. Names and defaults are ClinicaDL's; `--seed` and the ground
 * truth are Capsule's.
 */
import type { Command } from 'commander';
import type { Preprocessing } from '../../src/core/caps/patterns.ts';
import { sessionsOf } from '../../src/core/tsv/sessions.ts';
import { readNamedTable } from '../../src/core/tsv/read-table.ts';
import { generate, type GeneratedSet } from '../../src/jobs/generate.ts';
import type { ScanSource } from '../../src/jobs/generate/sources.ts';
import { systemClock } from '../../src/platform/node/clock.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { openPath } from '../../src/platform/node/open-path.ts';
import { basename, dirname } from 'node:path';
import { onInterrupt } from '../terminal/interrupt.ts';
import { follow } from '../terminal/progress.ts';
import {
  addArtifactOptions,
  addCommonOptions,
  addHypometabolicOptions,
  addPhantomOptions,
  addRandomOptions,
  addScanOptions,
  addTrivialOptions,
  artifactsIn,
  PET_OF_HYPOMETABOLISM,
  preprocessingIn,
  type ArtifactFlags,
  type CommonOptions,
  type HypometabolicOptions,
  type PhantomFlags,
  type RandomOptions,
  type ScanOptions,
  type TrivialOptions,
} from './generate-options.ts';

export { GENERATE_SHORTS } from './generate-options.ts';

export function addGenerate(program: Command): void {
  const group = program
    .command('generate')
    .description('make a data set with a known answer, and the answer beside it');
  const ofScans = (name: string, description: string) =>
    addScanOptions(group.command(name).description(description));

  const random = ofScans('random', 'one scan and noise: nothing tells the classes apart');
  addRandomOptions(random).action(async (caps: string, out: string, options: RandomOptions) => {
    const { mean, sigma, n_subjects: subjects } = options;
    const source = await sourceOf(caps, options, preprocessingIn(options));
    await run({ kind: 'random', source, mean, sigma, subjects }, out, options, caps);
  });

  const trivial = ofScans('trivial', 'scans with a darker region, another one for each class');
  addTrivialOptions(trivial).action(async (caps: string, out: string, options: TrivialOptions) => {
    const { atrophy_percent: atrophy, n_subjects: subjects } = options;
    const source = await sourceOf(caps, options, preprocessingIn(options));
    const masks = await folderOf(options.mask_path);
    await run({ kind: 'trivial', source, atrophy, subjects, masks }, out, options, caps);
  });

  const phantom = group
    .command('shepplogan')
    .description('phantoms of a head whose subtypes differ in the size of two regions');
  addPhantomOptions(phantom).action(async (out: string, options: PhantomFlags) => {
    const seconds = Math.floor(systemClock.now() / 1000);
    const { image_size: size, n_subjects: subjects, extract_json: name } = options;
    await run(
      {
        ...{ kind: 'shepplogan', size, subjects, smoothing: options.smoothing === true },
        extractJson: name ?? `extract_${seconds}`,
        subtypes: {
          AD: options.ad_subtypes_distribution ?? [0.05, 0.85, 0.1],
          CN: options.cn_subtypes_distribution ?? [1, 0, 0],
        },
      },
      out,
      options,
    );
  });

  const pet = ofScans('hypometabolic', 'PET scans that lack tracer where a pathology lowers it');
  addHypometabolicOptions(pet).action(
    async (caps: string, out: string, options: HypometabolicOptions) => {
      const { pathology, anomaly_degree: degree, sigma, n_subjects: subjects } = options;
      const uncropped = options.use_uncropped_image === true;
      const source = await sourceOf(caps, options, { ...PET_OF_HYPOMETABOLISM, uncropped });
      const masks = await folderOf(options.mask_path);
      const set = { kind: 'hypometabolic', source, pathology, degree, sigma } as const;
      await run({ ...set, subjects, masks }, out, options, caps);
    },
  );

  const artifacts = ofScans('artifacts', 'scans with motion, another contrast or noise');
  addArtifactOptions(artifacts).action(
    async (caps: string, out: string, options: ArtifactFlags) => {
      const source = await sourceOf(caps, options, preprocessingIn(options));
      await run({ kind: 'artifacts', source, ...artifactsIn(options) }, out, options, caps);
    },
  );
  for (const command of group.commands) addCommonOptions(command);
}

async function sourceOf(
  capsDirectory: string,
  { participants_tsv: path }: Pick<ScanOptions, 'participants_tsv'>,
  preprocessing: Preprocessing,
): Promise<ScanSource> {
  const caps = await openPath(capsDirectory);
  if (path === undefined) return { caps, capsDirectory, preprocessing };
  const { table, file } = await readNamedTable(new DiskTree(dirname(path)), basename(path), path);
  return { caps, capsDirectory, preprocessing, sessions: sessionsOf(table, { file }) };
}

const folderOf = async (path: string | undefined) =>
  path === undefined ? undefined : openPath(path);

async function run(
  set: GeneratedSet,
  out: string,
  options: CommonOptions,
  caps?: string,
): Promise<void> {
  const interrupt = onInterrupt();
  const { seed, n_proc: atOnce, ground_truth, overwrite = false, ...others } = options;
  const given = { ...(caps === undefined ? {} : { caps_dir: caps }), ...others };
  const commandLine = { command: `generate ${set.kind}`, output_dir: out, ...given };
  try {
    const { scans } = await follow(
      generate(
        {
          ...{ set, output: new DiskTree(out), seed, groundTruth: ground_truth, overwrite, atOnce },
          commandLine: { ...commandLine, seed, n_proc: atOnce, ground_truth },
        },
        { clock: systemClock, signal: interrupt.signal },
      ),
    );
    process.stdout.write(`${out}: ${scans} scans\n`);
  } finally {
    interrupt.end();
  }
}
