/**
 * The audit of a data group that is added to a MAPS, for its `leakage.json`. ClinicaDL's own check of
 * participants, which refuses a group, is made elsewhere and stays as it is.
 */
import { CapsuleError } from '../../core/errors.ts';
import { auditExperiment } from '../../core/leakage/audit.ts';
import type { Experiment } from '../../core/leakage/experiment.ts';
import { groupFolder } from '../../core/maps/layout.ts';
import type { Maps } from '../../core/maps/reader.ts';
import type { GroupRow } from '../../core/maps/tables.ts';
import { NOT_CHECKED, recordOf, withGroup, type AuditRecord } from './leakage-record.ts';
import { ancestorsOf, auditRow, setsOfMaps } from './maps-sets.ts';

/**
 * @param isChecked - false when the user asked for no check: what is found is then known
 * @returns the text of `leakage.json` with the group in it
 * @throws MAPS_DAMAGED when there is one that cannot be read: what it said must not be lost
 */
export async function leakageWithGroup(
  maps: Maps,
  name: string,
  rows: readonly GroupRow[],
  isChecked: boolean,
): Promise<string> {
  const known = await maps.leakage();
  return withGroup(known, name, await auditGroup(maps, name, rows, isChecked));
}

async function auditGroup(
  maps: Maps,
  name: string,
  rows: readonly GroupRow[],
  isChecked: boolean,
): Promise<AuditRecord> {
  try {
    const experiment = await describeGroup(maps, name, rows);
    return await recordOf(experiment, auditExperiment(experiment), !isChecked);
  } catch (error) {
    // A MAPS without the tables of its training can still predict.
    if (error instanceof CapsuleError) return NOT_CHECKED;
    throw error;
  }
}

async function describeGroup(
  maps: Maps,
  name: string,
  rows: readonly GroupRow[],
): Promise<Experiment> {
  const file = `${groupFolder(name)}/data.tsv`;
  const group = rows.map((row) => auditRow(row, file));
  return {
    sets: [...(await setsOfMaps(maps, [])), { name: `group "${name}"`, role: 'test', rows: group }],
    label: maps.parameters.config.label ?? undefined,
    ancestors: await ancestorsOf(maps, () => Promise.resolve(undefined)),
  };
}
