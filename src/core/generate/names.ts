/** Names and tables of generated sets, those of ClinicaDL 1.6.1. */
import type { Preprocessing } from '../caps/patterns.ts';
import type { SessionKey } from '../tsv/sessions.ts';
import { writeTable, type Table } from '../tsv/table.ts';

export const KINDS = ['random', 'trivial', 'shepplogan', 'hypometabolic', 'artifacts'] as const;
export type GenerateKind = (typeof KINDS)[number];

export const DATA_TSV = 'data.tsv';
export const COMMAND_LINE = 'commandline.json';
export const SESSIONS_LIST = 'subjects_sessions_list.tsv';
export const MISSING_MODS = 'missing_mods';

/** The one session of participants that nobody scanned. */
export const SESSION = 'ses-M000';

/**
 * The folder of a session's volume: that of the pipeline with a hyphen, as 1.6.1 has it; with an
 * underscore for those of PET, which are looked for in it.
 */
export function folderOf({ pipeline }: Preprocessing): string {
  return pipeline === 'pet-linear' ? 'pet_linear' : pipeline;
}

/** Of `random`, where 1.6.1 writes `t1_linear` whatever the scan is. */
export function randomFolderOf({ pipeline }: Preprocessing): string {
  return pipeline.replace('-', '_');
}

/** @returns the name of a volume without participant, session and ending: `space-..._T1w`. */
export function restOfName(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.(nii(\.gz)?|pt)$/i, '');
  return name.replace(/^sub-[^_]*_(ses-[^_]*_)?/, '');
}

/** @returns the path of a generated volume, without its ending */
export function volumeStem({ participant, session }: SessionKey, folder: string, rest: string) {
  return `subjects/${participant}/${session}/${folder}/${participant}_${session}_${rest}`;
}

/** @returns text of `missing_mods_<session>.tsv` by path, for every session of a set */
export function missingMods(keys: readonly SessionKey[]): Map<string, string> {
  const bySession = new Map<string, string[]>();
  for (const { participant, session } of keys) {
    bySession.set(session, [...(bySession.get(session) ?? []), participant]);
  }
  return new Map(
    [...bySession].map(([session, participants]) => [
      `${MISSING_MODS}/missing_mods_${session}.tsv`,
      writeTable({
        columns: ['participant_id', 'synthetic'],
        rows: participants.map((participant) => [participant, '1']),
      }),
    ]),
  );
}

/** Nobody was asked for age or sex; 1.6.1 writes these so that its splits can be made. */
const MADE_UP = { age_bl: '60', sex: 'F' } as const;

/** `data.tsv` of `random` and `trivial`. */
export function labelTable(rows: readonly (SessionKey & { readonly diagnosis: string })[]): Table {
  return {
    columns: ['participant_id', 'session_id', 'diagnosis', ...Object.keys(MADE_UP)],
    rows: rows.map(({ participant, session, diagnosis }) => [
      ...[participant, session, diagnosis],
      ...Object.values(MADE_UP),
    ]),
  };
}

export function sessionsTable(keys: readonly SessionKey[]): Table {
  return {
    columns: ['participant_id', 'session_id'],
    rows: keys.map(({ participant, session }) => [participant, session]),
  };
}
