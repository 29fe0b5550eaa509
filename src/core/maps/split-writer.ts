/** One split of a MAPS while it is trained, and what is predicted and explained with its models. */
import { CapsuleError } from '../errors.ts';
import type { Content, WritableTree } from '../files/file-tree.ts';
import { isFull } from '../files/full-storage.ts';
import { listPaths } from '../files/read.ts';
import {
  checkpointBytes,
  optimizerCheckpointBytes,
  type Checkpoint,
  type OptimizerCheckpoint,
} from '../torch/checkpoint.ts';
import type { TorchTensor } from '../torch/tensor.ts';
import { writeTorch } from '../torch/write.ts';
import { CheckpointSlots } from './checkpoint-slots.ts';
import {
  epochModelPath,
  eventsPath,
  interpretationPath,
  modelPath,
  profilePath,
  resultFolder,
  slotsFolder,
  targetLogPath,
  temporaryFolder,
  temporaryPath,
  volumePath,
  type KeptTensor,
  tensorPath,
  trainingLogPath,
  type Mode,
  type TrainingGroup,
} from './layout.ts';
import { descriptionLog } from './logs.ts';
import { resultTables, type TaskResults } from './results.ts';
import { trainingTable, type TrainingRow } from './tables.ts';

export type { NetworkMetrics, ScoreTables, TaskResults } from './results.ts';

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

  /**
   * Writes training.tsv whole, so that a crash costs a row and never the table.
   * @param network - its number, where there are several
   */
  async writeTrainingLog(
    metrics: readonly string[],
    rows: readonly TrainingRow[],
    network?: number,
  ): Promise<void> {
    await this.#tree.write(trainingLogPath(this.#name, network), trainingTable(metrics, rows));
  }

  /** Of a domain adaptation: writes training_target.tsv whole. */
  async writeTargetLog(metrics: readonly string[], rows: readonly TrainingRow[]): Promise<void> {
    await this.#tree.write(targetLogPath(this.#name), trainingTable(metrics, rows));
  }

  /** Writes an event file of TensorBoard whole. */
  async writeEvents(
    set: TrainingGroup,
    name: string,
    content: Uint8Array<ArrayBuffer>,
    network?: number,
  ): Promise<void> {
    await this.#tree.write(eventsPath(this.#name, set, name, network), content);
  }

  /** Keeps the model of an epoch beside the best ones. */
  async saveEpochModel(checkpoint: Checkpoint, network?: number): Promise<void> {
    const path = epochModelPath(this.#name, checkpoint.epoch, network);
    await this.#tree.write(path, checkpointBytes(checkpoint));
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
   * the same weights for every metric that improved. Where there is no room for that checkpoint it is
   * left out, both files of it, if the training is saved in its slots: then these are the mark.
   * @returns whether it was written
   */
  async saveEpoch(
    checkpoint: Checkpoint,
    optimizer: OptimizerCheckpoint,
    improved: readonly string[],
    network?: number,
  ): Promise<boolean> {
    const model = checkpointBytes(checkpoint);
    const isSaved = await this.#saveTemporary(
      [
        [temporaryPath(this.#name, 'checkpoint', network), model],
        [temporaryPath(this.#name, 'optimizer', network), optimizerCheckpointBytes(optimizer)],
      ],
      network,
    );
    for (const metric of improved) {
      await this.#tree.write(modelPath(this.#name, metric, network), model);
    }
    return isSaved;
  }

  async #saveTemporary(
    files: readonly (readonly [path: string, content: Content])[],
    network: number | undefined,
  ): Promise<boolean> {
    try {
      for (const [path, content] of files) await this.#tree.write(path, content);
      return true;
    } catch (error) {
      if (!isFull(error) || (await this.slots(network).state()) === undefined) throw error;
      for (const [path] of files) await this.#tree.remove(path);
      return false;
    }
  }

  /** Where the training goes on from when it is interrupted. */
  slots(network?: number): CheckpointSlots {
    return new CheckpointSlots(this.#tree, slotsFolder(this.#name, network));
  }

  /**
   * Writes, or writes anew, what a model says about a group. description.log goes first and comes
   * back last: without it there are no results.
   */
  async writeResults(metric: string, group: string, results: TaskResults): Promise<void> {
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

  /**
   * What a network was given or made of an element of a group.
   * @param of - `<participant>_<session>_<mode>-<part>`
   */
  async writeTensor(
    metric: string,
    group: string,
    of: string,
    what: KeptTensor,
    tensor: TorchTensor,
  ): Promise<void> {
    const path = tensorPath(resultFolder(this.#name, metric, group), of, what);
    await this.#tree.write(path, writeTorch(tensor, `${of}_${what}`));
  }

  /** @param nifti - a .nii.gz file */
  async writeVolume(
    metric: string,
    group: string,
    of: string,
    what: 'input' | 'output',
    nifti: Content,
  ): Promise<void> {
    await this.#tree.write(volumePath(resultFolder(this.#name, metric, group), of, what), nifti);
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
      await this.#tree.write(`${path}.pt`, writeTorch(tensor, stem));
    }
  }

  /**
   * Declares the split whole: the last thing done to it.
   * @param metrics - the selection metrics; INTERNAL when one of them has no model.
   * @param networks - how many there are, where every part has its own
   */
  async finish(metrics: readonly string[], networks?: number): Promise<void> {
    const numbers = networks === undefined ? [undefined] : [...new Array(networks).keys()];
    const models = metrics.flatMap((metric) =>
      numbers.map((network) => modelPath(this.#name, metric, network)),
    );
    for (const path of models) {
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
