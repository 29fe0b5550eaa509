/** One split of a MAPS on disk: its training log, its models, and what they predicted. */
import { CapsuleError } from '../errors.ts';
import type { FileTree } from '../files/file-tree.ts';
import { needFile, readText } from '../files/read.ts';
import type { PartPrediction } from '../metrics/ensemble.ts';
import type { MetricWithInterval } from '../metrics/report.ts';
import {
  readCheckpoint,
  readOptimizerCheckpoint,
  type Checkpoint,
  type OptimizerCheckpoint,
} from '../torch/checkpoint.ts';
import {
  modelPath,
  resultFolder,
  resultTablePath,
  temporaryFolder,
  temporaryPath,
  trainingLogPath,
  type Mode,
  type ResultTable,
} from './layout.ts';
import { naming } from './naming-errors.ts';
import {
  parseMetricsTable,
  parsePredictionTable,
  parseTrainingTable,
  type TrainingLog,
} from './parse-tables.ts';

/** The two files of `tmp/`. */
export interface Interrupted {
  readonly model: Checkpoint;
  readonly optimizer: OptimizerCheckpoint;
}

/**
 * @param split - name of its folder
 * @param network - its number, where there are several
 * @returns where an interrupted training stood; undefined when one of the files is not there
 * @throws CapsuleError TORCH_FORMAT, TORCH_FORBIDDEN, with the file
 */
export async function readInterrupted(
  tree: FileTree,
  split: string,
  network?: number,
): Promise<Interrupted | undefined> {
  const [model, optimizer] = await Promise.all([
    tree.file(temporaryPath(split, 'checkpoint', network)),
    tree.file(temporaryPath(split, 'optimizer', network)),
  ]);
  if (model === undefined || optimizer === undefined) return undefined;
  return {
    model: await naming(model.path, async () => readCheckpoint(await model.bytes(), model.path)),
    optimizer: await naming(optimizer.path, async () =>
      readOptimizerCheckpoint(await optimizer.bytes(), optimizer.path),
    ),
  };
}

export class MapsSplit {
  readonly #tree: FileTree;
  readonly #paths: readonly string[];
  /** Its folder: `split-<i>`, in old MAPS `fold-<i>`. */
  readonly name: string;
  readonly index: number;

  /** @param paths - all files of the split, relative to the root of the MAPS. */
  constructor(tree: FileTree, name: string, paths: readonly string[]) {
    this.#tree = tree;
    this.#paths = paths;
    this.name = name;
    this.index = Number(name.slice(name.indexOf('-') + 1));
  }

  /** Finished: it has a model and nothing of a training under way. */
  get whole(): boolean {
    const temporary = `${temporaryFolder(this.name)}/`;
    return this.metrics.length > 0 && !this.#paths.some((path) => path.startsWith(temporary));
  }

  /** Selection metrics for which there is a model, in alphabetical order. */
  get metrics(): readonly string[] {
    return this.#match(/^[^/]+\/best-([^/]+)\/(?:network-\d+_)?model\.pth\.tar$/);
  }

  /** @returns groups for which a model's results are complete. */
  resultGroups(metric: string): readonly string[] {
    const prefix = `${this.name}/best-${metric}/`;
    return this.#match(/^[^/]+\/best-[^/]+\/([^/]+)\/description\.log$/, prefix);
  }

  /** @returns names given to interpretations of a group with a model. */
  interpretations(metric: string, group: string): readonly string[] {
    const prefix = `${resultFolder(this.name, metric, group)}/`;
    return this.#match(/\/interpret-([^/]+)\/[^/]+$/, prefix);
  }

  async trainingLog(network?: number): Promise<TrainingLog> {
    const file = trainingLogPath(this.name, network);
    return naming(file, async () => parseTrainingTable(await readText(this.#tree, file), file));
  }

  /** @throws SELECTION_METRIC when no model was selected by this metric. */
  async checkpoint(metric: string, network?: number): Promise<Checkpoint> {
    if (!this.metrics.includes(metric)) {
      throw new CapsuleError('SELECTION_METRIC', {
        steps: [this.name],
        expected: this.metrics.join(', '),
        found: `"${metric}"`,
      });
    }
    const file = modelPath(this.name, metric, network);
    return naming(file, async () => readCheckpoint(await this.#bytes(file), file));
  }

  /** Where an interrupted training stood; undefined when none was. */
  async interrupted(): Promise<Interrupted | undefined> {
    return readInterrupted(this.#tree, this.name);
  }

  /** Whether a table of results is there: those without labels have no metrics. */
  hasTable(metric: string, group: string, level: Mode, table: ResultTable): boolean {
    return this.#paths.includes(this.#resultTable(metric, group, level, table));
  }

  /** @param level - `image`, or the mode for its parts. */
  async predictions(metric: string, group: string, level: Mode): Promise<PartPrediction[]> {
    const file = this.#resultTable(metric, group, level, 'prediction');
    return naming(file, async () => parsePredictionTable(await readText(this.#tree, file), file));
  }

  /** @returns one list, or one a network. */
  async groupMetrics(metric: string, group: string, level: Mode): Promise<MetricWithInterval[][]> {
    const file = this.#resultTable(metric, group, level, 'metrics');
    return naming(file, async () => parseMetricsTable(await readText(this.#tree, file), file));
  }

  #resultTable(metric: string, group: string, level: Mode, table: ResultTable): string {
    return resultTablePath(resultFolder(this.name, metric, group), group, level, table);
  }

  async #bytes(file: string): Promise<Uint8Array<ArrayBuffer>> {
    return (await needFile(this.#tree, file)).bytes();
  }

  #match(pattern: RegExp, prefix = ''): string[] {
    const names = this.#paths
      .filter((path) => path.startsWith(prefix))
      .map((path) => pattern.exec(path)?.[1])
      .filter((name) => name !== undefined);
    return [...new Set(names)].sort();
  }
}
