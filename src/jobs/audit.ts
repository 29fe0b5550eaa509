/**
 * `capsule audit`: who and what is shared between the sets of an experiment, of a folder of tables or
 * of a MAPS, across cohorts and through transfer. Reads tables, and volumes where a CAPS is given;
 * writes nothing.
 */
import { CapsuleError } from '../core/errors.ts';
import type { FileTree } from '../core/files/file-tree.ts';
import { auditExperiment, type AuditReport } from '../core/leakage/audit.ts';
import type { Ancestor, AuditRow, AuditSet, Experiment, Scan } from '../core/leakage/experiment.ts';
import { auditRows, ofDiagnoses, withVisits } from '../core/leakage/table-rows.ts';
import { openMaps } from '../core/maps/reader.ts';
import { readNamedTable } from '../core/tsv/read-table.ts';
import { ancestorsOf, asAncestor, setsOfMaps, type OpenSource } from './audit/maps-sets.ts';
import { describeTables, mergeSets, type TableFolder } from './audit/table-sets.ts';
import { hashScans } from './audit/voxel-hashes.ts';
import type { Job } from './events.ts';
import type { JobContext } from './shared/context.ts';

/** A table by its place, and by the name that the user gave it. */
export interface NamedFile {
  readonly tree: FileTree;
  readonly path: string;
  readonly name: string;
}

export interface AuditRequest {
  /** Folders of sets, one a cohort; none when a MAPS is audited. */
  readonly tables: readonly TableFolder[];
  /** The MAPS that is audited, or that training on the tables starts from. */
  readonly maps?: FileTree | undefined;
  /** Opens the MAPS that this one started from. */
  readonly openSource: OpenSource;
  /** Tables to test on, beside those of the folders and the groups of the MAPS. */
  readonly tests: readonly NamedFile[];
  /** All visits of the participants with their diagnosis. */
  readonly labels?: NamedFile | undefined;
  /** Column that is predicted; that of the MAPS, else the diagnosis, when absent. */
  readonly label?: string | undefined;
  readonly diagnoses: readonly string[];
  /** Columns that the network is given beside the image. */
  readonly inputs: readonly string[];
  readonly stratification?: string | undefined;
  /** Models of all splits vote together on the test sets. */
  readonly pooled: boolean;
  /** Where the scans are, one a cohort; none leaves them unread. */
  readonly caps: readonly { readonly tree: FileTree; readonly cohort?: string | undefined }[];
  /** Preprocessing JSON of the volumes that are compared. */
  readonly preprocessing?: string | undefined;
}

/** @throws CapsuleError of tables, MAPS and CAPS; CANCELLED */
export async function* audit(
  request: AuditRequest,
  context: Pick<JobContext, 'clock' | 'signal'>,
): Job<AuditReport> {
  const experiment = await describeExperiment(request);
  return auditExperiment({ ...experiment, scans: yield* scansOf(request, experiment, context) });
}

async function describeExperiment(request: AuditRequest): Promise<Experiment> {
  const { tables, tests, inputs, pooled, labels, diagnoses } = request;
  const maps = request.maps === undefined ? undefined : await openMaps(request.maps);
  if (tables.length === 0 && maps === undefined) {
    throw new CapsuleError('CONFIG_MISSING', { expected: 'a folder of tables, or a MAPS' });
  }
  const label = request.label ?? maps?.parameters.config.label ?? 'diagnosis';
  const { stratification } = request;
  const columns = stratification === undefined ? inputs : [...inputs, stratification];
  const read = async ({ tree, path, name }: NamedFile): Promise<AuditRow[]> => {
    const { table } = await readNamedTable(tree, path, name);
    return auditRows(table, { file: name, label, columns });
  };
  const given = labels === undefined ? undefined : await read(labels);
  const described = await Promise.all(
    tables.map((folder) =>
      describeTables(folder, { label, inputs, stratification, visits: given }),
    ),
  );
  const visits = given ?? described.flatMap((one) => one.visits);
  const testSets = tests.map(async (file): Promise<AuditSet> => {
    const rows = withVisits(await read(file), visits);
    return { name: file.name, role: 'test', rows: [...ofDiagnoses(rows, diagnoses)] };
  });
  const ofMaps = maps === undefined || tables.length > 0 ? [] : await setsOfMaps(maps);
  const earlier: Ancestor[] =
    maps === undefined
      ? []
      : [
          ...(tables.length > 0 ? [await asAncestor(maps)] : []),
          ...(await ancestorsOf(maps, request.openSource)),
        ];
  return {
    sets: [
      ...mergeSets(described.flatMap(({ sets }) => sets)),
      ...ofMaps.map((set) => ({ ...set, rows: withVisits(set.rows, visits) })),
      ...(await Promise.all(testSets)),
    ],
    ...{ label, visits, hasAllVisits: given !== undefined, inputs, pooled },
    stratification: described.map((one) => one.stratification).find((name) => name !== undefined),
    ancestors: earlier,
  };
}

async function* scansOf(
  { caps, preprocessing }: AuditRequest,
  { sets }: Experiment,
  context: Pick<JobContext, 'clock' | 'signal'>,
): Job<Scan[] | undefined> {
  if (caps.length === 0) return undefined;
  const rows = sets.flatMap((set) => set.rows);
  const scans: Scan[] = [];
  for (const { tree, cohort } of caps) {
    const sessions = rows.filter((row) => cohort === undefined || row.cohort === cohort);
    scans.push(...(yield* hashScans({ caps: tree, cohort, sessions, preprocessing }, context)));
  }
  return scans;
}
