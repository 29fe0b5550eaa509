/**
 * The files of a MAPS that tell of nobody in particular. Names decide (participant-paths.ts), but for
 * one thing: a mean map over a single person is that person's, and only the records know over how
 * many it is.
 */
import * as v from 'valibot';
import type { FileTree } from '../files/file-tree.ts';
import { readJson, readText } from '../files/read.ts';
import { parseTable } from '../tsv/table.ts';
import { groupFolder, isTrainingGroup } from './layout.ts';
import { tellsOfParticipants } from './participant-paths.ts';

const MEAN = /^((?:split|fold)-\d+)\/best-[^/]+\/([^/]+)\/interpret-[^/]+\/mean_[^/]*$/;
const RECORD = v.object({ sessions: v.number() });

/**
 * @param root - of a MAPS
 * @param paths - all of its files
 * @returns those that may be passed on without telling of single people
 */
export async function pathsWithoutParticipants(
  root: FileTree,
  paths: readonly string[],
): Promise<string[]> {
  const kept: string[] = [];
  // One that left without its participants before has no other means than those of several.
  const isBare = !paths.some((path) => path.startsWith('groups/'));
  for (const path of paths) {
    if (tellsOfParticipants(path)) continue;
    if (!isBare && MEAN.test(path) && (await peopleInMean(root, path)) < 2) continue;
    kept.push(path);
  }
  return kept;
}

/** As many as are known of; 0 where nobody says. Several sessions may be of one person. */
async function peopleInMean(root: FileTree, path: string): Promise<number> {
  const [, split, group = ''] = MEAN.exec(path) ?? [];
  const folder = path.slice(0, path.lastIndexOf('/'));
  const record = v.safeParse(
    RECORD,
    await readJson(root, `${folder}/interpretation.json`).catch(() => undefined),
  );
  const table = `${groupFolder(group, isTrainingGroup(group) ? split : undefined)}/data.tsv`;
  const people = await participantsOf(root, table);
  // Without the record the map is of the whole group, as ClinicaDL makes it.
  return record.success ? Math.min(record.output.sessions, people) : people;
}

async function participantsOf(root: FileTree, file: string): Promise<number> {
  try {
    const { columns, rows } = parseTable(await readText(root, file), { file });
    const at = columns.indexOf('participant_id');
    return new Set(rows.map((row) => row[at])).size;
  } catch {
    return 0;
  }
}
