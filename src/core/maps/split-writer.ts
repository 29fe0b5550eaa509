/** One split of a MAPS while it is trained, and what is predicted and explained with its models. */
import { CapsuleError } from '../errors.ts';
import type { Content, WritableTree } from '../files/file-tree.ts';
import { listPaths } from '../files/read.ts';
import type { MetricValue } from '../metrics/classification.ts';
import type { PartPrediction } from '../metrics/ensemble.ts';
import type { MetricWithInterval } from '../metrics/report.ts';
import {
  checkpointBytes,
  optimizerCheckpointBytes,
  readCheckpoint,
  readOptimizerCheckpoint,
  type Checkpoint,
  type OptimizerCheckpoint,
} from '../torch/checkpoint.ts';
import type { TorchTensor } from '../torch/tensor.ts';
import { archiveStream, writeTorch } from '../torch/write.ts';
import {
  interpretationPath,
  modelPath,
  profilePath,
  resultFolder,
  resultTablePath,
  temporaryFolder,
  trainingLogPath,
  type Mode,
} from './layout.ts';
import { descriptionLog, type Description } from './logs.ts';
import {
  intervalTable,
  plainMetricsTable,
  predictionTable,
  trainingTable,
  type TrainingRow,
} from './tables.ts';

/** What a network says about a group of a classification. */
export interface ClassificationResults {
  readonly mode: Mode;
  readonly classes: number;
  /** One an image, patch, slice or region. */
  readonly predictions: readonly PartPrediction[];
  /** With intervals and, last, the loss; undefined where the group has no labels. */
  readonly metrics: readonly MetricWithInterval[] | undefined;
  /** After voting, for a mode other than image. */
  readonly image?: {
    readonly predictions: readonly PartPrediction[];
    readonly metrics: ReadonlyMap<string, MetricValue> | undefined;
  };
  readonly description: Description;
}

/** A saliency map: at least one of its two forms. */
export interface Interpretation {
  /** `mean`, or `<participant>_<session>`. */
  readonly of: string;
  readonly mode: Mode;
  readonly part: number;
  readonly tensor?: TorchTensor;
  /** A .nii.gz file. */
  readonly nifti?: Content;
}

export class SplitWriter {
  readonly #tree: WritableTree;
  readonly #name: string;

  constructor(tree: WritableTree, name: string) {
    this.#tree = tree;
    this.#name = name;
  }

  /** Writes training.tsv whole, so that a crash costs a row and never the table. */
  async writeTrainingLog(metrics: readonly string[], rows: readonly TrainingRow[]): Promise<void> {
    await this.#tree.write(trainingLogPath(this.#name), trainingTable(metrics, rows));
  }

  /**
   * @param trace - JSON that Perfetto opens
   * @param table - the same by kernel
   * @returns path of the trace
   */
  async writeProfile(trace: string, table: string): Promise<string> {
    const path = profilePath(this.#name, '_trace.json');
    await this.#tree.write(path, trace);
    await this.#tree.write(profilePath(this.#name, '_kernels.tsv'), table);
    return path;
  }

  /**
   * The end of an epoch: first the checkpoint in `tmp/`, which marks the split as unfinished, then
   * the same weights for every metric that improved.
   */
  async saveEpoch(
    checkpoint: Checkpoint,
    optimizer: OptimizerCheckpoint,
    improved: readonly string[],
  ): Promise<void> {
    const temporary = temporaryFolder(this.#name);
    const model = checkpointBytes(checkpoint);
    await this.#tree.write(`${temporary}/checkpoint.pth.tar`, archiveStream(model));
    const state = archiveStream(optimizerCheckpointBytes(optimizer));
    await this.#tree.write(`${temporary}/optimizer.pth.tar`, state);
    for (const metric of improved) {
      await this.#tree.write(modelPath(this.#name, metric), archiveStream(model));
    }
  }

  /** What `saveEpoch` wrote last; undefined before the first epoch is done. */
  async savedEpoch(): Promise<
    { readonly model: Checkpoint; readonly optimizer: OptimizerCheckpoint } | undefined
  > {
    const [model, optimizer] = await Promise.all(
      ['checkpoint.pth.tar', 'optimizer.pth.tar'].map(async (name) => {
        const path = `${temporaryFolder(this.#name)}/${name}`;
        return { path, bytes: await (await this.#tree.file(path))?.bytes() };
      }) as [Promise<Saved>, Promise<Saved>],
    );
    if (model.bytes === undefined || optimizer.bytes === undefined) return undefined;
    return {
      model: readCheckpoint(model.bytes, model.path),
      optimizer: readOptimizerCheckpoint(optimizer.bytes, optimizer.path),
    };
  }

  /**
   * Writes, or writes anew, what a model says about a group. description.log goes first and comes
   * back last: without it there are no results.
   */
  async writeResults(metric: string, group: string, results: ClassificationResults): Promise<void> {
    const folder = resultFolder(this.#name, metric, group);
    await this.#tree.remove(`${folder}/description.log`);
    for (const path of await listPaths(this.#tree, folder)) {
      if (path.startsWith(`${folder}/${group}_`) && path.endsWith('.tsv')) {
        await this.#tree.remove(path);
      }
    }
    for (const [path, text] of resultTables(folder, group, results)) {
      await this.#tree.write(path, text);
    }
    await this.#tree.write(`${folder}/description.log`, descriptionLog(results.description));
  }

  /** @param name - of the interpretation, as the user called it. */
  async writeInterpretation(
    metric: string,
    group: string,
    name: string,
    { of, mode, part, tensor, nifti }: Interpretation,
  ): Promise<void> {
    const folder = resultFolder(this.#name, metric, group);
    const path = interpretationPath(folder, name, of, mode, part);
    const stem = path.slice(path.lastIndexOf('/') + 1);
    if (nifti !== undefined) await this.#tree.write(`${path}.nii.gz`, nifti);
    if (tensor !== undefined) {
      await this.#tree.write(`${path}.pt`, archiveStream(writeTorch(tensor, stem)));
    }
  }

  /**
   * Declares the split whole: the last thing done to it.
   * @param metrics - the selection metrics; INTERNAL when one of them has no model.
   */
  async finish(metrics: readonly string[]): Promise<void> {
    for (const metric of metrics) {
      const path = modelPath(this.#name, metric);
      if ((await this.#tree.file(path)) === undefined) {
        throw new CapsuleError('INTERNAL', {
          file: path,
          found: 'a split finished without its model',
        });
      }
    }
    await this.#tree.remove(temporaryFolder(this.#name));
  }
}

interface Saved {
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
}

/** Paths and texts in the order of writing. */
function resultTables(
  folder: string,
  group: string,
  { mode, classes, predictions, metrics, image }: ClassificationResults,
): [string, string][] {
  const path = (level: Mode, table: 'prediction' | 'metrics') =>
    resultTablePath(folder, group, level, table);
  const tables: [string, string][] = [
    [path(mode, 'prediction'), predictionTable(mode, classes, predictions)],
  ];
  if (metrics !== undefined) tables.push([path(mode, 'metrics'), intervalTable(metrics)]);
  if (image === undefined) return tables;
  tables.push([path('image', 'prediction'), predictionTable(mode, classes, image.predictions)]);
  if (image.metrics !== undefined) {
    tables.push([path('image', 'metrics'), plainMetricsTable(image.metrics)]);
  }
  return tables;
}
