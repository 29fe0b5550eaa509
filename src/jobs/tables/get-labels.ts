/**
 * `get-labels`: writes `labels.tsv` and `labels.json`. The merged table and the tables of modalities
 * are those given, else those in the output folder, else they are made from the BIDS folder and
 * written there, so that Clinica is not needed.
 */
import { pythonJson } from '../../core/config/python-json.ts';
import { CapsuleError } from '../../core/errors.ts';
import type { FileTree, WritableTree } from '../../core/files/file-tree.ts';
import {
  readAvailability,
  sessionOfFile,
  type SessionTable,
} from '../../core/labels/availability.ts';
import { readBidsTables, type BidsTables } from '../../core/labels/bids-tables.ts';
import { makeLabels, type LabelChoice } from '../../core/labels/make-labels.ts';
import { readNamedTable } from '../../core/tsv/read-table.ts';
import { compareText } from '../../core/tsv/session-time.ts';
import { writeTable } from '../../core/tsv/table.ts';
import type { Job, JobEvent } from '../events.ts';
import { problemEvents, readTableFile, type TableFile } from './table-file.ts';

export interface GetLabelsInput {
  /** Called only when a table has to be made from the folder. */
  readonly openBids: () => Promise<FileTree>;
  readonly output: WritableTree;
  readonly merged?: TableFile | undefined;
  /** Folder with a table of modalities a session. */
  readonly missingModalities?: FileTree | undefined;
  readonly restriction?: TableFile | undefined;
  readonly modality: string;
  readonly choice: Omit<LabelChoice, 'restriction'>;
  /** Paths as the user wrote them, for `labels.json`. */
  readonly paths: LabelPaths;
}

export interface LabelPaths {
  readonly bids: string;
  readonly restriction: string | null;
  readonly missingModalities: string;
  readonly merged: string;
  readonly caps: string | null;
}

export interface GetLabelsResult {
  readonly sessions: number;
  readonly participants: number;
}

const MERGED = 'merged.tsv';
const MISSING = 'missing_mods';

export async function* getLabels(input: GetLabelsInput): Job<GetLabelsResult> {
  const restriction =
    input.restriction === undefined ? undefined : await readTableFile(input.restriction);
  const made = yield* madeFromBids(input);
  const merged =
    input.merged === undefined
      ? await readNamedTable(input.output, MERGED, input.paths.merged)
      : await readTableFile(input.merged);
  const tables = await modalityTables(input, made);
  const modalities = readAvailability(tables, input.modality);
  const { table, counts, problems } = makeLabels(merged, modalities, {
    ...input.choice,
    restriction,
  });
  yield* problemEvents([...(made?.problems ?? []), ...problems]);
  for (const { rule, participants, sessions } of counts) {
    const message = `${rule}: ${sessions} sessions of ${participants} participants`;
    yield { kind: 'log', message };
  }
  await input.output.write('labels.tsv', writeTable(table));
  await input.output.write('labels.json', pythonJson(record(input), { indent: 4 }));
  const people = new Set(table.rows.map(([participant]) => participant));
  return { sessions: table.rows.length, participants: people.size };
}

/** Makes what was neither given nor found, and writes it. */
async function* madeFromBids(
  input: GetLabelsInput,
): AsyncGenerator<JobEvent, BidsTables | undefined, void> {
  const { output, paths } = input;
  const needsMerged = input.merged === undefined && (await output.file(MERGED)) === undefined;
  const needsModalities =
    input.missingModalities === undefined && (await tablesIn(output, MISSING)).length === 0;
  const isUsed = (what: string): JobEvent => ({
    ...{ kind: 'log', message: `${what} is used as it is; remove it to make it from the BIDS.` },
  });
  if (input.merged === undefined && !needsMerged) yield isUsed(paths.merged);
  if (input.missingModalities === undefined && !needsModalities) {
    yield isUsed(paths.missingModalities);
  }
  if (!needsMerged && !needsModalities) return undefined;
  const bids = await input.openBids();
  const made = await readBidsTables(bids).catch((error: unknown) => {
    throw error instanceof CapsuleError ? error.at({ file: paths.bids }) : error;
  });
  if (needsMerged) await output.write(MERGED, writeTable(made.merged));
  if (needsModalities) {
    for (const [session, table] of made.modalities) {
      await output.write(`${MISSING}/${MISSING}_${session}.tsv`, writeTable(table));
    }
  }
  const sessions = made.merged.rows.length;
  yield { kind: 'log', message: `Read ${sessions} sessions from ${paths.bids}.` };
  return made;
}

/** @throws FILE_NOT_FOUND when the folder holds no such table */
async function modalityTables(
  { output, missingModalities, paths }: GetLabelsInput,
  made?: BidsTables,
): Promise<SessionTable[]> {
  const tree = missingModalities ?? output;
  const folder = missingModalities === undefined ? MISSING : '';
  const tables: SessionTable[] = [];
  for (const path of await tablesIn(tree, folder)) {
    const session = sessionOfFile(path);
    if (session === undefined) continue;
    const name = path.slice(path.lastIndexOf('/') + 1);
    const table = await readNamedTable(tree, path, `${paths.missingModalities}/${name}`);
    tables.push({ ...table, session });
  }
  if (tables.length > 0 || made?.modalities.size === 0) return tables;
  throw new CapsuleError('FILE_NOT_FOUND', {
    ...{ file: paths.missingModalities, expected: 'files <prefix>_ses-<session>.tsv' },
    ...{ found: 'none', action: 'Leave --missing_mods out to make them from the BIDS folder.' },
  });
}

/** Paths of the tables of modalities in a folder, sorted. */
async function tablesIn(tree: FileTree, folder: string): Promise<string[]> {
  const found: string[] = [];
  const prefix = folder === '' ? '' : `${folder}/`;
  for await (const path of tree.paths(folder)) {
    const isHere = !path.slice(prefix.length).includes('/');
    if (isHere && sessionOfFile(path) !== undefined) found.push(path);
  }
  return found.sort(compareText);
}

/** The keys of 1.6.1, in its order. */
function record({ choice, modality, paths }: GetLabelsInput): Record<string, unknown> {
  return {
    bids_directory: paths.bids,
    diagnoses: choice.diagnoses,
    modality,
    restriction_path: paths.restriction,
    variables_of_interest: choice.variables.length === 0 ? null : choice.variables,
    remove_smc: !choice.keepSmc,
    missing_mods: paths.missingModalities,
    merged_tsv: paths.merged,
    remove_unique_session: choice.removeUniqueSession,
    caps_directory: paths.caps,
  };
}
