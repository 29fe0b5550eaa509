/**
 * Hashes the voxels of the opened cohort, so that the audit finds a scan that stands under two names.
 * It runs beside other jobs, reads one volume after the other, and what it has found is kept: a second
 * run reads only what is new.
 */
import { CapsuleError, toProblem } from '../../core/errors.ts';
import type { Clock } from '../../core/clock.ts';
import { sessionName } from '../../core/tsv/sessions.ts';
import { voxelHash } from '../audit/voxel-hashes.ts';
import type { Job } from '../events.ts';
import { ProgressMeter } from '../shared/progress-meter.ts';
import type { OpenedCohort } from './opened-cohort.ts';

/** @returns how many scans have a hash @throws CapsuleError CANCELLED */
export async function* compareScans(
  cohort: OpenedCohort,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Job<number> {
  const rows = cohort.rows().filter(({ path, damaged }) => path !== '' && !damaged);
  const missing = rows.filter((row) => !cohort.hasHash(row));
  const meter = new ProgressMeter(clock, 'scans', missing.length);
  let done = 0;
  for (const { participant, session, path } of missing) {
    if (signal.aborted) throw new CapsuleError('CANCELLED');
    const key = { participant, session };
    try {
      cohort.noteHash(key, path, await voxelHash(await cohort.store.read(path, key)));
    } catch (thrown) {
      const problem = toProblem(thrown, { ...key, file: path });
      cohort.noteFaults(new Map([[sessionName(key), problem]]));
      yield { kind: 'problem', problem };
    }
    done += 1;
    yield meter.event('Comparing scans', done);
  }
  cohort.endComparison();
  return cohort.scans?.length ?? 0;
}
