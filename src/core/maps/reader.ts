/**
 * Opens a MAPS from any tree: a folder, a zip, a disk. Opening reads maps.json and the list of
 * files; everything else is read when it is asked for. Names of other things in the folder are
 * passed over. Old MAPS name their splits `fold-<i>`.
 */
import * as v from 'valibot';
import { CapsuleError } from '../errors.ts';
import type { FileTree } from '../files/file-tree.ts';
import { listPaths, readJson, readText } from '../files/read.ts';
import { rootOf } from '../files/sub-tree.ts';
import { sessionsOf, type SessionKey } from '../tsv/sessions.ts';
import { parseTable } from '../tsv/table.ts';
import { MISTAKE_FILE, parseMistake, type MistakeNote } from '../sample/mistakes.ts';
import { groupFolder, isTrainingGroup, LEAKAGE, MAPS_JSON, TRAIN_VALIDATION } from './layout.ts';
import { parseMapsJson, type MapsParameters } from './maps-json.ts';
import { parseGroupTable, type GroupTable } from './parse-tables.ts';
import { naming } from './naming-errors.ts';
import { MapsSplit } from './split-reader.ts';

const GROUP_SOURCE = v.object({
  caps_directory: v.string(),
  multi_cohort: v.optional(v.boolean(), false),
});

/** @throws MAPS_NOT_MAPS without a maps.json of an experiment, MAPS_DAMAGED when it cannot be read. */
export async function openMaps(tree: FileTree): Promise<Maps> {
  const root = await rootOf(tree, MAPS_JSON);
  if (root === undefined) {
    throw new CapsuleError('MAPS_NOT_MAPS', { file: tree.name, found: 'no maps.json' });
  }
  const parameters = parseMapsJson(await readText(root, MAPS_JSON));
  return new Maps(root, parameters, await listPaths(root));
}

export class Maps {
  readonly #tree: FileTree;
  readonly #paths: readonly string[];
  readonly parameters: MapsParameters;
  /** All splits that were begun, by number. */
  readonly splits: readonly MapsSplit[];

  constructor(tree: FileTree, parameters: MapsParameters, paths: readonly string[]) {
    this.#tree = tree;
    this.#paths = paths;
    this.parameters = parameters;
    this.splits = findSplits(tree, paths);
  }

  get name(): string {
    return this.#tree.name;
  }

  /** Numbers of all splits for which sets are defined, begun or not. */
  get plannedSplits(): readonly number[] {
    const numbers = this.#paths.flatMap((path) => {
      const number = /^groups\/train\/split-(\d+)\/data\.tsv$/.exec(path)?.[1];
      return number === undefined ? [] : [Number(number)];
    });
    return numbers.sort((a, b) => a - b);
  }

  /** @returns the splits with models to use; MAPS_UNFINISHED when there is none. */
  wholeSplits(): readonly MapsSplit[] {
    const whole = this.splits.filter((split) => split.whole);
    if (whole.length === 0) {
      throw new CapsuleError('MAPS_UNFINISHED', {
        file: this.name,
        found: `${this.splits.length} splits, none of them finished`,
      });
    }
    return whole;
  }

  /** @returns names of the data groups that are defined, `train` and `validation` first. */
  get groups(): readonly string[] {
    const names = new Set<string>();
    for (const path of this.#paths) {
      const name = /^groups\/([^/]+)\/(?:[^/]+\/)?maps\.json$/.exec(path)?.[1];
      if (name !== undefined) names.add(name);
    }
    const rank = (name: string) => (isTrainingGroup(name) ? 0 : 1);
    return [...names].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  }

  /** Whether it says whom it has seen: one that was exported without participants does not. */
  get namesParticipants(): boolean {
    return this.#paths.includes(TRAIN_VALIDATION);
  }

  /** @returns everyone whom this MAPS, or the one it was started from, has seen in training. */
  async trainValidation(): Promise<SessionKey[]> {
    return naming(TRAIN_VALIDATION, async () => {
      const text = await readText(this.#tree, TRAIN_VALIDATION);
      return sessionsOf(parseTable(text, { file: TRAIN_VALIDATION }), { file: TRAIN_VALIDATION });
    });
  }

  /** @returns the text of leakage.json; undefined for a MAPS that was never audited. */
  async leakage(): Promise<string | undefined> {
    if (!this.#paths.includes(LEAKAGE)) return undefined;
    return naming(LEAKAGE, () => readText(this.#tree, LEAKAGE));
  }

  /** @returns what it was trained on in a lesson; undefined for what was no deliberate mistake. */
  async mistake(): Promise<MistakeNote | undefined> {
    if (!this.#paths.includes(MISTAKE_FILE)) return undefined;
    return parseMistake(await readText(this.#tree, MISTAKE_FILE));
  }

  /** @returns where the images of a group are, as its maps.json says; undefined in old MAPS. */
  async groupSource(
    name: string,
    split?: MapsSplit,
  ): Promise<{ capsDirectory: string; multiCohort: boolean } | undefined> {
    const folder = groupFolder(name, isTrainingGroup(name) ? split?.name : undefined);
    const file = `${folder}/maps.json`;
    if (!this.#paths.includes(file)) return undefined;
    const found = v.safeParse(GROUP_SOURCE, await readJson(this.#tree, file));
    if (!found.success) return undefined;
    const { caps_directory: capsDirectory, multi_cohort: multiCohort } = found.output;
    return { capsDirectory, multiCohort };
  }

  /**
   * @param split - needed for `train` and `validation`, which have one definition a split.
   * @throws MAPS_GROUP when there is no such group.
   */
  async group(name: string, split?: Pick<MapsSplit, 'name'>): Promise<GroupTable> {
    if (!this.groups.includes(name)) throw new CapsuleError('MAPS_GROUP', { found: `"${name}"` });
    const folder = groupFolder(name, isTrainingGroup(name) ? split?.name : undefined);
    const file = `${folder}/data.tsv`;
    return naming(file, async () => parseGroupTable(await readText(this.#tree, file), file));
  }
}

function findSplits(tree: FileTree, paths: readonly string[]): MapsSplit[] {
  const byName = new Map<string, string[]>();
  for (const path of paths) {
    const name = /^(?:split|fold)-\d+(?=\/)/.exec(path)?.[0];
    if (name !== undefined) byName.set(name, [...(byName.get(name) ?? []), path]);
  }
  return [...byName]
    .map(([name, ofSplit]) => new MapsSplit(tree, name, ofSplit))
    .sort((a, b) => a.index - b.index);
}
