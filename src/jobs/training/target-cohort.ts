/**
 * The target cohort of a domain adaptation: labelled sets in the layout of the source's, a table of
 * unlabelled sessions, and a CAPS with a preprocessing JSON of its own. Both cohorts have to give the
 * network elements of one shape.
 */
import type { Extraction } from '../../core/caps/extraction.ts';
import type { CohortSession } from '../../core/caps/cohorts.ts';
import type { Config } from '../../core/config/schema.ts';
import { CapsuleError } from '../../core/errors.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import type { LabelledSession } from '../../core/split/cohort-table.ts';
import type { Split } from '../../core/split/read-split.ts';
import { readUnlabelled } from '../../core/split/unlabelled-table.ts';
import { openCohort, type Cohort } from '../data/cohort.ts';
import type { VolumeStore } from '../data/volume-store.ts';
import type { Job } from '../events.ts';
import type { PlainContext } from '../shared/context.ts';
import { readSplits, refuseUnknownLabels, type Sets, type SetsPlace } from './read-sets.ts';

/** Where the volumes of the target are. */
export interface TargetCaps {
  readonly caps: FileTree;
  /** As the user named it. */
  readonly capsDirectory: string;
  /** Volumes that were read already; a new store when absent. */
  readonly store?: VolumeStore | undefined;
}

export interface TargetRequest extends TargetCaps {
  readonly extraction: Extraction;
  /** Its labelled sets. */
  readonly place: SetsPlace;
  /** The table of its unlabelled sessions, by the name that the user gave it. */
  readonly unlabelled: { readonly tree: FileTree; readonly path: string; readonly name: string };
}

/** A split of the target; the unlabelled sessions are the same in all of them. */
export interface TargetSplit extends Split {
  readonly unlabelled: readonly LabelledSession[];
}

export interface TargetSets {
  readonly all: ReadonlyMap<number, TargetSplit>;
  /** Splits to train. */
  readonly chosen: ReadonlyMap<number, TargetSplit>;
  /** Of the chosen splits; some stand in several of them. */
  readonly sessions: readonly LabelledSession[];
  /** Name of the table of the unlabelled sessions. */
  readonly file: string;
}

/**
 * @param source - sets of the source, whose labels the target's have to be
 * @throws CapsuleError as `readSets`, with "target"; TSV_VALUE for domains that are not apart
 */
export async function readTargetSets(
  config: Config,
  { place, unlabelled }: TargetRequest,
  { label, code, all: sourceSplits, chosen: trained }: Sets,
): Promise<TargetSets> {
  const { tree, path, name } = unlabelled;
  const sessions = await readUnlabelled(tree, path, name).catch(inTarget);
  const without = sessions.map((key): LabelledSession => ({ ...key, label: '' }));
  const splits = await readSplits(config, label, [place]).catch(inTarget);
  const all = new Map([...splits].map(([index, of]) => [index, { ...of, unlabelled: without }]));
  for (const [index, { train, validation }] of all) {
    try {
      refuseUnknownLabels(train, code, label ?? '', 'the training set of the target');
      refuseUnknownLabels(validation, code, label ?? '', 'the validation set of the target');
    } catch (thrown) {
      inTarget(thrown);
    }
    const source = sourceSplits.get(index);
    if (source !== undefined) {
      refuseSameDomain(
        [...source.train, ...source.validation],
        [...train, ...validation],
        splits.get(index)?.files.train ?? '',
      );
    }
  }
  const chosen = new Map([...all].filter(([index]) => trained.has(index)));
  return { all, chosen, sessions: [...chosen.values()].flatMap(sessionsOf), file: name };
}

export const sessionsOf = ({ train, validation, unlabelled }: TargetSplit): LabelledSession[] => [
  ...train,
  ...validation,
  ...unlabelled,
];

/**
 * @param sessions - every one that may be needed
 * @throws CapsuleError as `openCohort`; NETWORK_INPUT for elements of another shape than the source's
 */
export async function* openTarget(
  { caps, store, extraction }: Pick<TargetRequest, 'caps' | 'store' | 'extraction'>,
  sessions: readonly CohortSession[],
  source: Cohort,
  unreadable: 'stop' | 'leave-out',
  context: PlainContext,
): Job<Cohort> {
  refuseOtherMode(extraction, source.extraction);
  const cohort = yield* openCohort({ caps, store, extraction, sessions, unreadable }, context);
  refuseOtherElements(cohort, source);
  return cohort;
}

/** @throws CapsuleError CONFIG_VALUE */
export function refuseOtherMode(target: Extraction, source: Extraction): void {
  if (target.mode === source.mode) return;
  throw new CapsuleError('CONFIG_VALUE', {
    ...{ steps: ['target'], expected: `"preprocessing_dict_target" of mode ${source.mode}` },
    found: `mode ${target.mode}`,
    action: 'Prepare source and target in the same way.',
  });
}

interface Elements {
  readonly inputSize: readonly number[];
  readonly partsPerImage: number;
}

/** @throws CapsuleError NETWORK_INPUT */
export function refuseOtherElements(target: Elements, source: Elements): void {
  const inWords = ({ partsPerImage, inputSize }: Elements) =>
    `${partsPerImage} of ${inputSize.join(' x ')} an image`;
  if (inWords(target) === inWords(source)) return;
  throw new CapsuleError('NETWORK_INPUT', {
    ...{ steps: ['target'], expected: `${inWords(source)}, as in the source` },
    found: inWords(target),
    action: 'Prepare source and target in the same way.',
  });
}

/**
 * Which domain a session is of follows from its cohort. Tables may say it too, in a column `domain`
 * (ClinicaDL asks for one and does not use it): then no row of the target is of a domain of the source.
 */
function refuseSameDomain(
  source: readonly LabelledSession[],
  target: readonly LabelledSession[],
  file: string,
): void {
  const known = new Set(source.flatMap(({ domain }) => domain ?? []));
  const stranger = target.find(({ domain }) => domain !== undefined && known.has(domain));
  if (stranger === undefined) return;
  const { participant, session, domain } = stranger;
  throw new CapsuleError('TSV_VALUE', {
    ...{ participant, session, file, column: 'domain', steps: ['target'] },
    expected: `another domain than those of the source, ${[...known].sort().join(', ')}`,
    found: `"${domain ?? ''}"`,
  });
}

/** @throws what was thrown, with its place */
function inTarget(thrown: unknown): never {
  throw thrown instanceof CapsuleError ? thrown.at({ steps: ['target'] }) : thrown;
}
