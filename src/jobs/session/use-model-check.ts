/**
 * Whether scans fit a model, from names, headers and the table alone: the preprocessing it was made
 * for, the shape and spacing of the volumes, the labels, and whether training has seen someone.
 */
import { elementShape } from '../../core/caps/extract.ts';
import { indexCaps } from '../../core/caps/index.ts';
import { readCapsGeometry } from '../../core/caps/volume-file.ts';
import { volumesOf } from '../../core/caps/volumes.ts';
import { CapsuleError, toProblem } from '../../core/errors.ts';
import { needFile } from '../../core/files/read.ts';
import type { Maps } from '../../core/maps/reader.ts';
import { voxelSizes } from '../../core/nifti/matrix.ts';
import { sessionName, type SessionKey } from '../../core/tsv/sessions.ts';
import { isMissing } from '../../core/tsv/table.ts';
import type { Shape3 } from '../../core/volume.ts';
import { measuredRate, multiplications } from '../../engine/processor/estimate.ts';
import type { Job } from '../events.ts';
import type { JobContext } from '../shared/context.ts';
import { modelForGroup, modelOf, type Model } from '../shared/model.ts';
import { ProgressMeter } from '../shared/progress-meter.ts';
import type { OpenedCohort } from './opened-cohort.ts';
import type { CheckedAspect, CheckedScan, ScanCheck, SeenIn } from './use-model-api.ts';

const DEFAULT_GROUP = 'scans';
/** Voxel sizes that differ by less are the same. */
const SAME_SPACING = 0.01;

/** The model as it is applied to a group that is new to it. */
export const modelForScans = (maps: Maps): Model => modelForGroup(modelOf(maps), DEFAULT_GROUP);

interface Looked {
  readonly scan: CheckedScan;
  readonly spacing?: string;
  readonly shape?: string;
}

/** @throws CapsuleError CANCELLED; MAPS_DAMAGED; those of the CAPS */
export async function* checkScans(
  maps: Maps,
  cohort: OpenedCohort,
  { clock, signal, device }: JobContext,
): Job<ScanCheck> {
  const model = modelForScans(maps);
  const { pattern } = model.extraction.fileType;
  const index = await indexCaps(cohort.caps);
  const keys = keysOf(cohort, index.sessions);
  const { paths, missing, doubles } = volumesOf(index, pattern, keys);
  const nearest = new Map(missing.map((one) => [sessionName(one), one.nearest ?? '']));
  const several = new Map(doubles.map((one) => [sessionName(one), one.files.join(', ')]));
  const seen = await seenBy(maps);
  const labels = new Map(
    cohort.rows().map((row) => [sessionName(row), (row.cells[model.label] ?? '').trim()]),
  );
  const meter = new ProgressMeter(clock, 'scans', keys.length);
  const looked: Looked[] = [];
  for (const [done, key] of keys.entries()) {
    if (signal.aborted) throw new CapsuleError('CANCELLED');
    if (done % 20 === 0) yield meter.event('Checking the scans', done);
    const name = sessionName(key);
    const label = labels.get(name) ?? '';
    const about = {
      ...{ participant: key.participant, session: key.session, seen: seen?.get(key.participant) },
      label: isKnown(model, label) ? label : '',
    };
    const path = paths.get(name);
    if (path === undefined) {
      const found = several.get(name) ?? nearest.get(name) ?? '';
      looked.push({ scan: { ...about, fault: 'missing', found } });
    } else looked.push(await lookAt(maps, model, cohort, path, about));
  }
  const scans = looked.map(({ scan }) => scan);
  return {
    aspects: [
      preprocessingAspect(model, cohort, scans),
      shapeAspect(maps, model, looked),
      spacingAspect(pattern, looked),
      labelAspect(model, cohort, scans),
      peopleAspect(scans, seen),
    ],
    ...{ scans, group: freeName(maps, cohort.caps.name) },
    ...(device.report.kind === 'none'
      ? { secondsPerScan: secondsOf(model, measuredRate(clock)) }
      : {}),
  };
}

/** Everyone of the table and everyone who has a folder. */
function keysOf(cohort: OpenedCohort, sessions: readonly SessionKey[]): SessionKey[] {
  const all = [...cohort.rows(), ...sessions].map(({ participant, session }) => {
    return { participant, session };
  });
  const byName = new Map(all.map((key) => [sessionName(key), key]));
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
}

async function lookAt(
  maps: Maps,
  model: Model,
  cohort: OpenedCohort,
  path: string,
  about: Omit<CheckedScan, 'fault' | 'found'>,
): Promise<Looked> {
  const { participant, session } = about;
  try {
    const file = await needFile(cohort.caps, path);
    const { shape, affine } = await readCapsGeometry(file, { participant, session });
    const text = shape.join(' × ');
    const spacing = spacingText(voxelSizes(affine));
    const fits = fitsShape(maps, model, shape) !== false;
    const scan = { ...about, found: text, ...(fits ? {} : { fault: 'shape' as const }) };
    return { scan, spacing, shape: text };
  } catch (thrown) {
    const { sentence, code } = toProblem(thrown);
    return { scan: { ...about, fault: 'unreadable', found: `${sentence} (${code})` } };
  }
}

/** @returns undefined where only the voxels of a region's mask could tell */
function fitsShape(maps: Maps, { extraction }: Model, shape: Shape3): boolean | undefined {
  if (extraction.mode === 'roi') return undefined;
  try {
    return elementShape(shape, extraction).join() === maps.parameters.extra.input_size.join();
  } catch {
    return false;
  }
}

/** @returns by participant; undefined where the MAPS does not say whom it has seen */
export async function seenBy(maps: Maps): Promise<ReadonlyMap<string, SeenIn> | undefined> {
  if (!maps.namesParticipants) return undefined;
  const seen = new Map<string, SeenIn>();
  for (const { participant } of await maps.trainValidation()) seen.set(participant, 'train');
  const splits = maps.wholeSplits();
  const [only] = splits;
  // Of several splits everyone was trained on by one of them.
  if (splits.length !== 1 || only === undefined) return seen;
  const rows = async (group: string) =>
    maps.group(group, only).then(
      (table) => table.rows,
      () => [],
    );
  const trained = new Set((await rows('train')).map(({ participant }) => participant));
  for (const { participant } of await rows('validation')) {
    if (trained.size > 0 && !trained.has(participant)) seen.set(participant, 'validation');
  }
  return seen;
}

function isKnown({ task, code }: Model, label: string): boolean {
  if (task.kind === 'classification') return Object.hasOwn(code, label);
  return task.kind === 'regression' && !isMissing(label) && Number.isFinite(Number(label));
}

function preprocessingAspect(
  model: Model,
  cohort: OpenedCohort,
  scans: readonly CheckedScan[],
): CheckedAspect {
  const { pattern, description } = model.extraction.fileType;
  const there = scans.filter(({ fault }) => fault !== 'missing').length;
  return {
    ...{ aspect: 'preprocessing', verdict: there === scans.length ? 'fits' : 'differs' },
    expected: description === '' ? pattern : `${description} (${pattern})`,
    found: `${there} of ${scans.length} sessions have it; the folder has ${cohort.preprocessingIds.join('; ')}`,
  };
}

function shapeAspect(maps: Maps, model: Model, looked: readonly Looked[]): CheckedAspect {
  const [channels = 1, ...sizes] = maps.parameters.extra.input_size;
  const { mode } = model.extraction;
  const unit = { image: 'voxels', patch: 'voxels a patch', slice: 'a slice', roi: 'a region' }[
    mode
  ];
  const more = channels > 1 ? `, ${channels} channels` : '';
  const isUnknown = mode === 'roi';
  const some = looked.filter(({ shape }) => shape !== undefined);
  const wrong = some.filter(({ scan }) => scan.fault === 'shape').length;
  return {
    aspect: 'shape',
    verdict: isUnknown || some.length === 0 ? 'unknown' : wrong === 0 ? 'fits' : 'differs',
    expected: `${sizes.join(' × ')} ${unit}${more}`,
    found: counted(some.flatMap(({ shape }) => shape ?? [])),
  };
}

/** Names of volumes tell their spacing where the preprocessing has one: `res-1x1x1`. */
function spacingAspect(pattern: string, looked: readonly Looked[]): CheckedAspect {
  const said = /res-(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)/.exec(pattern);
  const expected = said === null ? '' : spacingText(said.slice(1).map(Number));
  const all = looked.flatMap(({ spacing }) => spacing ?? []);
  const fits = all.every((spacing) => spacing === expected);
  return {
    aspect: 'spacing',
    verdict: expected === '' || all.length === 0 ? 'unknown' : fits ? 'fits' : 'differs',
    ...{ expected, found: counted(all) },
  };
}

function labelAspect(
  { task, label, classes }: Model,
  cohort: OpenedCohort,
  scans: readonly CheckedScan[],
): CheckedAspect {
  if (task.kind === 'reconstruction') {
    return { aspect: 'labels', verdict: 'absent', expected: '', found: '' };
  }
  const known = scans.filter((scan) => scan.label !== '').length;
  const hasColumn = cohort.columns.includes(label);
  return {
    aspect: 'labels',
    verdict: known === 0 ? 'absent' : known === scans.length ? 'fits' : 'differs',
    expected: `${label}: ${classes.length > 0 ? classes.join(', ') : 'a number'}`,
    found: hasColumn ? `${known} of ${scans.length} sessions have one` : `no column "${label}"`,
  };
}

function peopleAspect(
  scans: readonly CheckedScan[],
  seen: ReadonlyMap<string, SeenIn> | undefined,
): CheckedAspect {
  if (seen === undefined) {
    return { aspect: 'people', verdict: 'unknown', expected: '', found: '' };
  }
  const shared = new Set(scans.filter((scan) => scan.seen !== undefined).map(nameOf));
  return {
    ...{ aspect: 'people', verdict: shared.size === 0 ? 'fits' : 'differs' },
    expected: `nobody of the ${seen.size} whom training has seen`,
    found: `${shared.size} of ${new Set(scans.map(nameOf)).size} participants`,
  };
}

const nameOf = ({ participant }: CheckedScan): string => participant;

function spacingText(sizes: readonly number[]): string {
  const rounded = sizes.map((size) => {
    const whole = Math.round(size);
    return Math.abs(size - whole) < SAME_SPACING * size ? whole : Number(size.toFixed(2));
  });
  return `${rounded.join(' × ')} mm`;
}

/** The different ones, the most frequent first, with how often each is there. */
function counted(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 4);
  return sorted.map(([text, count]) => `${text} (${count})`).join('; ');
}

function freeName(maps: Maps, folder: string): string {
  const safe = folder.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '');
  const first = safe === '' ? DEFAULT_GROUP : safe;
  let name = first;
  for (let number = 2; maps.groups.includes(name); number++) name = `${first}-${number}`;
  return name;
}

function secondsOf({ plan, networks, extraction }: Model, rate: number): number {
  const parts = networks?.length ?? (extraction.mode === 'image' ? 1 : undefined) ?? 1;
  return (parts * multiplications(plan)) / rate;
}
