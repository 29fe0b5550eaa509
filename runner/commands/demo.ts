/**
 * `capsule demo`: the sample, end to end. The same session that serves the page makes the sample
 * brains, trains, tests and explains; everything stays in one folder.
 */
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { mergeConfig } from '../../src/core/config/parse.ts';
import { readText } from '../../src/core/files/read.ts';
import { openMaps } from '../../src/core/maps/reader.ts';
import { CapsuleSession, sampleFolder } from '../../src/jobs/session.ts';
import type { ExperimentChoice } from '../../src/jobs/session-api.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { releaseNodeGpu } from '../../src/platform/node/gpu.ts';
import { nodePlatform } from '../../src/platform/node/session-platform.ts';
import { RUNTIME } from '../engine.ts';
import { packageRoot } from '../package-root.ts';
import { loaderProgram } from '../volume-store.ts';
import { countingNumber, positiveNumber, wholeNumber } from '../terminal/numbers.ts';
import { terminalView } from '../terminal/progress.ts';
import { printResults } from '../terminal/results.ts';

interface Options {
  readonly participants: number;
  readonly millimetres: number;
  readonly epochs: number;
  readonly batch_size: number;
  readonly learning_rate: number;
  readonly architecture: string;
  readonly seed: number;
  readonly amp?: boolean;
}

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description(
      'make sample brains, train on them, test and explain: a few minutes, no data needed',
    )
    .argument('[OUTPUT_DIRECTORY]', 'folder for the sample and the MAPS', 'capsule-demo')
    .option('--participants <count>', 'half of them with hippocampal atrophy', wholeNumber, 24)
    .option('--millimetres <size>', 'voxel size: 3, 4 or 6', positiveNumber, 4)
    .option('--epochs <count>', 'passes over the training set', countingNumber, 20)
    .option('--batch_size <count>', 'images at once', countingNumber, 4)
    .option('--learning_rate <rate>', 'step size of Adam', positiveNumber, 1e-3)
    .option('--architecture <name>', 'network', 'Conv4_FC3')
    .option('--seed <number>', 'every random choice follows from it', wholeNumber, 42)
    .option('--amp', 'feature maps in half precision while training')
    .action(run);
}

async function run(output: string, options: Options): Promise<void> {
  const root = resolve(output);
  const brain = join(packageRoot(), 'public', 'sample', 'colin27-3mm.nii.gz');
  const platform = await nodePlatform(root, brain, RUNTIME, loaderProgram());
  const session = new CapsuleSession(platform);
  const view = terminalView();
  const onEvent = view.show.bind(view);
  const stop = () => void session.cancel();
  process.on('SIGINT', stop);
  try {
    const { name, kind } = await session.device();
    process.stderr.write(`Adapter: ${name} (${kind})\n`);
    const { participants, millimetres, seed } = options;
    const sample = { participants, millimetres, seed };
    const { name: folder, preprocessing } = await session.makeSample(sample, onEvent);
    const model = await session.train(choiceOf(options, preprocessing), onEvent);
    const maps = join(root, 'maps', model.name);
    const asked = model.results.find(({ group }) => group === 'test')?.predictions[0];
    if (asked !== undefined) {
      const { participant, session: visit } = asked;
      const request = { participant, session: visit, selectionMetric: 'loss', targetClass: 0 };
      await session.explain(request, onEvent);
    }
    view.end();
    await printResults(await openMaps(new DiskTree(maps)), ['train', 'validation', 'test']);
    process.stdout.write(`${maps}\n`);
    await writeTables(new DiskTree(maps), new DiskTree(root));
    process.stderr.write(nextSteps(output, join(output, sampleFolder(sample), folder), model.name));
  } finally {
    view.end();
    process.off('SIGINT', stop);
    await session.close();
    releaseNodeGpu();
  }
}

function choiceOf(options: Options, preprocessing: string): ExperimentChoice {
  return {
    ...{ preprocessing, mode: { mode: 'image' }, classes: ['AD', 'CN'], excluded: [] },
    ...{ validationShare: 0.2, testShare: 0.2 },
    config: mergeConfig('classification', {
      ...{ label: 'diagnosis', selection_metrics: ['loss', 'BA'], seed: options.seed },
      ...{ architecture: options.architecture, epochs: options.epochs },
      ...{ batch_size: options.batch_size, learning_rate: options.learning_rate },
      amp: options.amp === true,
    }),
  };
}

/** The sets as tables that `train` and `predict` read. */
async function writeTables(maps: DiskTree, root: DiskTree): Promise<void> {
  const copies = [
    ['groups/train/split-0/data.tsv', 'split/train.tsv'],
    ['groups/validation/split-0/data.tsv', 'split/validation_baseline.tsv'],
    ['groups/test/data.tsv', 'test_baseline.tsv'],
  ] as const;
  for (const [from, to] of copies) await root.write(to, await readText(maps, from));
}

/** Commands that work on what the demo has written. */
function nextSteps(output: string, caps: string, model: string): string {
  const maps = join(output, `my-${model}`);
  const lines = [
    `train classification ${caps} image ${join(output, 'split')} ${maps} --architecture Conv4_FC3 --epochs 5`,
    `predict ${maps} test --participants_tsv ${join(output, 'test_baseline.tsv')} --caps_directory ${caps}`,
    `interpret ${maps} test saliency gradients --save_nifti`,
  ];
  return `\nStep by step, on the same files:\n${lines.map((line) => `  npx capsule ${line}\n`).join('')}`;
}
