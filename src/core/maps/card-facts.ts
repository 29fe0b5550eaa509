/**
 * What a MAPS says about one of its models, gathered for its card (Mitchell et al. 2019, "Model Cards
 * for Model Reporting"): counts instead of people. What is not in the MAPS stays undefined, and the
 * card says so.
 */
import { CapsuleError } from '../errors.ts';
import type { FileTree } from '../files/file-tree.ts';
import { readText } from '../files/read.ts';
import type { MistakeNote } from '../sample/mistakes.ts';
import { groupFigures, type GroupFigure } from './group-figures.ts';
import { ENVIRONMENT, INFORMATION } from './layout.ts';
import type { GroupTable } from './parse-tables.ts';
import type { Maps } from './reader.ts';
import type { MapsSplit } from './split-reader.ts';

export interface SetFacts {
  readonly name: string;
  readonly participants: number;
  readonly sessions: number;
  readonly cohorts: readonly string[];
  /** Sessions of each label, in the order of the codes; undefined where labels are not classes. */
  readonly labels?: ReadonlyMap<string, number>;
  /** Of a label that is a number. */
  readonly values?: { readonly mean: number; readonly deviation: number };
}

export interface ResultFacts {
  readonly group: string;
  readonly metrics: readonly GroupFigure[];
  /** Of a mode other than image: metrics of the vote stand without intervals. */
  readonly sessions: number | undefined;
}

export interface CardFacts {
  readonly sets: readonly SetFacts[];
  readonly results: readonly ResultFacts[];
  /** Of the training, as information.log has it. */
  readonly date: string | undefined;
  /** Of a training in a lesson, on a deliberate mistake. */
  readonly mistake?: MistakeNote | undefined;
  /** Lines of environment.txt. */
  readonly environment: readonly string[] | undefined;
}

/**
 * @param tree - of the MAPS, for the files that `maps` does not read
 * @throws CapsuleError MAPS_DAMAGED for a table that is there and cannot be read
 */
export async function cardFacts(
  tree: FileTree,
  maps: Maps,
  split: MapsSplit,
  metric: string,
): Promise<CardFacts> {
  const sets: SetFacts[] = [];
  for (const name of maps.groups) {
    const table = await ifThere(() => maps.group(name, split));
    if (table !== undefined) sets.push(setFacts(maps, name, table));
  }
  const results: ResultFacts[] = [];
  for (const group of split.resultGroups(metric)) {
    // Undefined where a group has no labels, so that nothing could be measured.
    const blocks = await ifThere(() => groupFigures(maps, split, metric, group, 'image'));
    const sessions = sets.find(({ name }) => name === group)?.sessions;
    if (blocks?.[0] !== undefined) results.push({ group, metrics: blocks[0], sessions });
  }
  const information = await ifThere(() => readText(tree, INFORMATION));
  const environment = await ifThere(() => readText(tree, ENVIRONMENT));
  return {
    ...{ sets, results, date: /Date\s*:\s*(.+)/.exec(information ?? '')?.[1]?.trim() },
    mistake: await maps.mistake(),
    environment: environment?.split('\n').filter((line) => line.trim() !== ''),
  };
}

function setFacts(maps: Maps, name: string, { rows, label }: GroupTable): SetFacts {
  const { config } = maps.parameters;
  const counted = {
    ...{ name, sessions: rows.length },
    participants: new Set(rows.map(({ participant }) => participant)).size,
    cohorts: [...new Set(rows.map(({ cohort }) => cohort))].sort(),
  };
  if (label === undefined) return counted;
  if (config.network_task === 'regression') {
    const values = rows.map((row) => Number(row.label)).filter(Number.isFinite);
    return values.length === 0 ? counted : { ...counted, values: momentsOf(values) };
  }
  const labels = new Map(Object.keys(config.label_code ?? {}).map((key) => [key, 0]));
  for (const row of rows) {
    const text = String(row.label ?? '');
    labels.set(text, (labels.get(text) ?? 0) + 1);
  }
  return { ...counted, labels };
}

/** Standard deviation of a sample. */
function momentsOf(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / Math.max(1, values.length - 1)) };
}

/** A file that the MAPS does not have is a fact that is absent; a damaged one is an error. */
async function ifThere<Value>(read: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  if (!(error instanceof CapsuleError)) return false;
  return error.code === 'FILE_NOT_FOUND' || isMissing(error.cause);
}
