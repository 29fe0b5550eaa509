/** The scans that a generated set is made of: those of a CAPS, or of its sessions in a table. */
import { indexCaps } from '../../core/caps/index.ts';
import { fileTypeOf, type Preprocessing } from '../../core/caps/patterns.ts';
import { readCapsVolume } from '../../core/caps/volume-file.ts';
import { volumesOf } from '../../core/caps/volumes.ts';
import { CapsuleError } from '../../core/errors.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import { needFile } from '../../core/files/read.ts';
import { baselinePositions, sessionName, type SessionKey } from '../../core/tsv/sessions.ts';
import type { Volume } from '../../core/volume.ts';

export interface ScanSource {
  readonly caps: FileTree;
  /** As the user named it. */
  readonly capsDirectory: string;
  readonly preprocessing: Preprocessing;
  /** In the order of their table; all that have a volume when absent. */
  readonly sessions?: readonly SessionKey[] | undefined;
}

export interface Scan extends SessionKey {
  /** Below the CAPS root. */
  readonly path: string;
}

export interface Scans {
  readonly all: readonly Scan[];
  /** The first session of each participant. */
  readonly baseline: readonly Scan[];
  /** Undefined where a table listed them. */
  readonly listed: readonly SessionKey[] | undefined;
  read(scan: Scan): Promise<Volume>;
}

/** @throws CAPS_NOT_CAPS, CAPS_NO_VOLUME, CAPS_SEVERAL_VOLUMES */
export async function findScans({ caps, preprocessing, sessions }: ScanSource): Promise<Scans> {
  const index = await indexCaps(caps);
  const { pattern } = fileTypeOf(preprocessing);
  const { paths, problems } = volumesOf(index, pattern, sessions);
  // Without a table nobody has asked for the sessions that have no volume.
  const fault = problems.find(
    ({ code }) => sessions !== undefined || code !== 'CAPS_NO_VOLUME' || paths.size === 0,
  );
  if (fault !== undefined) throw new CapsuleError(fault.code, fault);
  const all = (sessions ?? index.sessions).flatMap(({ participant, session }): Scan[] => {
    const path = paths.get(sessionName({ participant, session }));
    return path === undefined ? [] : [{ participant, session, path }];
  });
  if (all.length === 0) {
    throw new CapsuleError('CAPS_NO_VOLUME', { expected: `files ${pattern}`, found: 'none' });
  }
  const first = baselinePositions(all).map((at) => all[at] as Scan);
  return {
    ...{ all, baseline: first },
    listed: sessions === undefined ? all : undefined,
    async read({ participant, session, path }) {
      return readCapsVolume(await needFile(caps, path), { participant, session });
    },
  };
}

/**
 * @param wanted - how many; when absent, as many as there are, up to ClinicaDL's default
 * @throws CONFIG_VALUE for more than there are
 */
export function firstOf(scans: readonly Scan[], wanted: number | undefined): readonly Scan[] {
  if (wanted !== undefined && wanted > scans.length) {
    throw new CapsuleError('CONFIG_VALUE', {
      expected: `"n_subjects" to be at most ${scans.length}, the participants with a scan`,
      found: String(wanted),
    });
  }
  return scans.slice(0, wanted ?? SUBJECTS);
}

/** `--n_subjects` of ClinicaDL by default. */
export const SUBJECTS = 300;
