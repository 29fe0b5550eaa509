/**
 * Writes a MAPS. Every step leaves a tree that tells what it is: maps.json comes last of what a MAPS
 * is created with, a split has its `tmp/` from its first checkpoint until all of it stands, and the
 * `description.log` of a prediction comes after its tables. So a crash never leaves anything that
 * opens as whole but is not.
 */
import { pythonJson } from '../config/python-json.ts';
import { CapsuleError } from '../errors.ts';
import type { FileTree, WritableTree } from '../files/file-tree.ts';
import { listPaths } from '../files/read.ts';
import { sessionName, type SessionKey } from '../tsv/sessions.ts';
import { ensembleLog, ensembleTables, type EnsembleResults } from './ensemble-results.ts';
import {
  ensembleFolder,
  ENVIRONMENT,
  groupFolder,
  INFORMATION,
  isTrainingGroup,
  LEAKAGE,
  MAPS_JSON,
  splitName,
  TRAIN_VALIDATION,
  type TargetGroup,
} from './layout.ts';
import { informationLog } from './logs.ts';
import { SplitWriter } from './split-writer.ts';
import { groupTable, sessionTable, type GroupRow } from './tables.ts';

/** Who belongs to a group, and where their images are. */
export interface GroupDefinition {
  readonly rows: readonly GroupRow[];
  /** Name of the label's column, undefined for a task without one. */
  readonly label: string | undefined;
  readonly capsDirectory: string;
  readonly multiCohort: boolean;
}

export interface SplitDefinition {
  readonly index: number;
  readonly train: GroupDefinition;
  readonly validation: GroupDefinition;
  /** Of a domain adaptation. */
  readonly target?: Readonly<Record<TargetGroup, GroupDefinition>>;
}

/** All that a MAPS holds before its first epoch. */
export interface NewMaps {
  /** Text of maps.json (`mapsJson` of core/config). */
  readonly mapsJson: string;
  /** Text of environment.txt: versions of what made it. */
  readonly environment: string;
  /** Such as `23 Nov 2026, 07:24:49`. */
  readonly date: string;
  /** Where the MAPS is, as information.log says. */
  readonly path: string;
  /** Layers of the network, as printed in information.log. */
  readonly network: string;
  /** Everyone who may not be tested on: this training's sessions and those of its pre-training. */
  readonly trainValidation: readonly SessionKey[];
  readonly splits: readonly SplitDefinition[];
  /** Text of leakage.json: what the audit found before training. */
  readonly leakage?: string;
}

export class MapsWriter {
  readonly #tree: WritableTree;

  /** For a MAPS that exists: to go on with it, or to add groups and predictions. */
  constructor(tree: WritableTree) {
    this.#tree = tree;
  }

  /** @throws FOLDER_NOT_EMPTY when there is anything in the tree. */
  static async refuseNotEmpty(tree: FileTree): Promise<void> {
    for await (const path of tree.paths()) {
      throw new CapsuleError('FOLDER_NOT_EMPTY', { file: tree.name, found: path });
    }
  }

  /** @throws FOLDER_NOT_EMPTY when there is anything in the tree. */
  static async create(tree: WritableTree, maps: NewMaps): Promise<MapsWriter> {
    await MapsWriter.refuseNotEmpty(tree);
    try {
      await writeNew(tree, maps);
    } catch (error) {
      // So that the same folder can be taken once there is room.
      for (const path of await listPaths(tree)) await tree.remove(path).catch(() => undefined);
      throw error;
    }
    return new MapsWriter(tree);
  }

  split(index: number): SplitWriter {
    return this.splitNamed(splitName(index));
  }

  /** @param name - folder of a split that exists: old MAPS call it `fold-<i>`. */
  splitNamed(name: string): SplitWriter {
    return new SplitWriter(this.#tree, name);
  }

  /**
   * Defines a group to predict on. The check for leakage is the caller's.
   * @throws MAPS_GROUP for a name that is no folder's, or one that training has taken.
   */
  async addGroup(name: string, definition: GroupDefinition): Promise<void> {
    if (!/^[A-Za-z0-9][\w.+-]*$/.test(name) || isTrainingGroup(name)) {
      throw new CapsuleError('MAPS_GROUP', {
        expected: 'letters, digits, "_", "-", "." and "+"; no name of a training set',
        found: `"${name}"`,
      });
    }
    await writeGroup(this.#tree, groupFolder(name), definition, false);
  }

  /** Removes all that any model of any split said about a group, and what the splits said together. */
  async removeResults(group: string): Promise<void> {
    const folders = new Set<string>();
    for await (const path of this.#tree.paths()) {
      const folder = /^[^/]+\/best-[^/]+\/([^/]+)(?=\/)/.exec(path);
      if (folder?.[1] === group) folders.add(folder[0]);
    }
    for (const folder of folders) await this.#tree.remove(folder);
  }

  /** What several splits say about a group together. */
  async writeEnsemble(metric: string, group: string, results: EnsembleResults): Promise<void> {
    const folder = ensembleFolder(metric, group);
    await this.#tree.remove(folder);
    for (const [path, text] of ensembleTables(folder, group, results)) {
      await this.#tree.write(path, text);
    }
    await this.#tree.write(`${folder}/description.log`, ensembleLog(results));
  }

  /** Puts the audit of a group beside that of the training. */
  async writeLeakage(text: string): Promise<void> {
    await this.#tree.write(LEAKAGE, text);
  }
}

async function writeNew(tree: WritableTree, maps: NewMaps): Promise<void> {
  await tree.write(ENVIRONMENT, maps.environment);
  await tree.write(TRAIN_VALIDATION, sessionTable(unique(maps.trainValidation)));
  for (const split of maps.splits) {
    const { index, train, validation, target = {} } = split;
    for (const [group, definition] of Object.entries({ train, validation, ...target })) {
      await writeGroup(tree, groupFolder(group, splitName(index)), definition, true);
    }
  }
  if (maps.leakage !== undefined) await tree.write(LEAKAGE, maps.leakage);
  await tree.write(INFORMATION, informationLog(maps.date, maps.path, maps.network));
  await tree.write(MAPS_JSON, maps.mapsJson);
}

/** data.tsv first: a group without maps.json is none. */
async function writeGroup(
  tree: WritableTree,
  folder: string,
  { rows, label, capsDirectory, multiCohort }: GroupDefinition,
  indexed: boolean,
): Promise<void> {
  await tree.write(`${folder}/data.tsv`, groupTable(rows, label, indexed));
  const parameters = { caps_directory: capsDirectory, multi_cohort: multiCohort };
  await tree.write(`${folder}/maps.json`, pythonJson(parameters, { indent: 4 }));
}

function unique(sessions: readonly SessionKey[]): SessionKey[] {
  return [...new Map(sessions.map((session) => [sessionName(session), session])).values()];
}
