/** `capsule export`: a model of a MAPS for other programs, its card, or the MAPS itself as a zip. */
import { basename, dirname, join } from 'node:path';
import type { Command } from 'commander';
import type { ExportRequest } from '../../src/jobs/export/chosen-model.ts';
import { exportModelCard } from '../../src/jobs/export/card.ts';
import { exportMaps } from '../../src/jobs/export/maps.ts';
import { exportOnnx, exportSafetensors } from '../../src/jobs/export/weights.ts';
import { systemClock } from '../../src/platform/node/clock.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { openPath } from '../../src/platform/node/open-path.ts';
import { openEngine } from '../engine.ts';
import { wholeNumber } from '../terminal/numbers.ts';
import { follow } from '../terminal/progress.ts';

interface Options {
  readonly split?: number;
  readonly selection_metrics?: string;
}

export function addExport(program: Command): void {
  const command = program
    .command('export')
    .description(
      'take a model out of a MAPS: ONNX, safetensors, a model card; or the MAPS as a zip',
    );
  ofModel(command, 'onnx', 'model.onnx with its preprocessing and a test vector').action(
    async (maps: string, folder: string, options: Options) => {
      const [request, output] = await prepare(maps, folder, options);
      const engine = await openEngine();
      try {
        const context = { device: engine.device, clock: systemClock, signal: engine.signal };
        print(folder, await follow(exportOnnx(request, output, context)));
      } finally {
        engine.close();
      }
    },
  );
  ofModel(command, 'safetensors', 'model.safetensors under the keys of PyTorch').action(
    async (maps: string, folder: string, options: Options) => {
      const [request, output] = await prepare(maps, folder, options);
      const { signal } = new AbortController();
      print(folder, await follow(exportSafetensors(request, output, { signal })));
    },
  );
  ofModel(command, 'model-card', 'model-card.md: data, training, results and limits').action(
    async (maps: string, folder: string, options: Options) => {
      const [request, output] = await prepare(maps, folder, options);
      print(folder, [await exportModelCard(request, output, { clock: systemClock })]);
    },
  );
  command
    .command('maps')
    .description('the MAPS as a zip, without what tells of single participants')
    .argument('<INPUT_MAPS_DIRECTORY>', 'a MAPS')
    .argument('<OUTPUT_ZIP>', 'the archive to write')
    .option('--with_participants', 'with the tables, predictions and maps of participants')
    .action(async (maps: string, zip: string, options: { with_participants?: boolean }) => {
      const withParticipants = options.with_participants === true;
      const output = new DiskTree(dirname(zip));
      const request = { maps: await openPath(maps), file: basename(zip), withParticipants };
      const { written, leftOut } = await exportMaps(request, output);
      const hint = leftOut === 0 ? '' : `; ${leftOut} left out (--with_participants keeps them)`;
      process.stderr.write(`${written} files${hint}\n`);
      process.stdout.write(`${zip}\n`);
    });
}

function ofModel(command: Command, name: string, description: string): Command {
  return command
    .command(name)
    .description(description)
    .argument('<INPUT_MAPS_DIRECTORY>', 'a finished MAPS, a folder or a zip')
    .argument('<OUTPUT_DIRECTORY>', 'folder of the files, made where it is not there')
    .option('--split <number>', 'the split [-s] (default: the first)', wholeNumber)
    .option('--selection_metrics <name>', 'the model [-sm] (default: loss)');
}

async function prepare(
  maps: string,
  folder: string,
  { split, selection_metrics: metric }: Options,
): Promise<[ExportRequest, DiskTree]> {
  return [{ maps: await openPath(maps), split, metric }, new DiskTree(folder)];
}

function print(folder: string, paths: readonly string[]): void {
  for (const path of paths) process.stdout.write(`${join(folder, path)}\n`);
}
