/**
 * `train --dry_run`: all that can be known of a training before it starts, from tables and headers
 * alone. Nothing is written, no voxel is read, no GPU is asked for. What would stop the training is
 * collected, so that everything can be put right at once.
 */
import type { Extraction } from '../core/caps/extraction.ts';
import { SINGLE } from '../core/caps/cohorts.ts';
import { withReduction } from '../core/caps/size-reduction.ts';
import { isSound, type Survey } from '../core/caps/survey.ts';
import { learningRateProblem } from '../core/config/learning-rate.ts';
import type { Config } from '../core/config/schema.ts';
import { unsupportedOptions } from '../core/config/support.ts';
import { CapsuleError, toProblem, type Problem } from '../core/errors.ts';
import type { FileTree } from '../core/files/file-tree.ts';
import { splitName } from '../core/maps/layout.ts';
import { MapsWriter } from '../core/maps/writer.ts';
import type { LabelledSession } from '../core/split/cohort-table.ts';
import type { LabelCode } from '../core/split/label-code.ts';
import { refuseOtherTask, resolveNetwork } from '../engine/networks/registry.ts';
import { auditTraining } from './audit/audit-training.ts';
import { treesOf } from './data/cohort-sources.ts';
import type { Job } from './events.ts';
import { capsOf, type CapsSource } from './shared/caps-source.ts';
import type { PlainContext } from './shared/context.ts';
import { refuseUnknownMetrics, taskOf } from './shared/task.ts';
import { survey } from './survey.ts';
import { planOf, refuseNetworksOfImages } from './training/prepare.ts';
import { readSets, type Sets, type SetsPlace } from './training/read-sets.ts';
import { networkNumbers } from './training/split-request.ts';
import {
  readTargetSets,
  refuseOtherElements,
  refuseOtherMode,
  type TargetRequest,
  type TargetSets,
} from './training/target-cohort.ts';
import {
  openTransfer,
  refuseOtherStart,
  type Transfer,
  type TransferSource,
} from './training/transfer.ts';

export interface DryRunRequest extends CapsSource {
  readonly config: Config;
  readonly extraction: Extraction;
  readonly places: readonly SetsPlace[];
  /** The cohort that the network is adapted to (`ssda_network`). */
  readonly target?: TargetRequest | undefined;
  /** Where the MAPS would go. */
  readonly maps: FileTree;
  readonly transfer?: Transfer;
  readonly iKnow?: boolean;
}

/** A set of a split as it would be used. */
export interface SetFacts {
  /** Such as `split-0 train`. */
  readonly name: string;
  readonly sessions: number;
  readonly participants: number;
  /** Number of sessions by class, labels in order; empty for tasks without classes. */
  readonly labels: ReadonlyMap<string, number>;
}

export interface DryRun {
  readonly sets: readonly SetFacts[];
  /** One a cohort. */
  readonly surveys: readonly { readonly cohort: string; readonly survey: Survey }[];
  /** What the leakage audit says, and what the network is fed with. */
  readonly messages: readonly string[];
  /** What would stop the training, beside what the surveys tell. */
  readonly problems: readonly Problem[];
}

/** @returns whether the training would start. */
export const canStart = ({ surveys, problems }: DryRun): boolean =>
  surveys.every((of) => isSound(of.survey)) &&
  problems.every(({ severity }) => severity !== 'error');

/** @throws CapsuleError of the tables: without sets there is nothing to look for; CANCELLED */
export async function* dryRun(request: DryRunRequest, context: PlainContext): Job<DryRun> {
  const { config, places } = request;
  const rate = learningRateProblem(config);
  const problems: Problem[] = [
    ...unsupportedOptions(config),
    ...(rate === undefined ? [] : [rate]),
  ];
  const messages: string[] = [];
  let { extraction } = request;
  await collect(problems, () => refuseOtherTask(config.architecture, config.network_task));
  await collect(problems, () => refuseUnknownMetrics(config));
  await collect(problems, () => refuseNetworksOfImages(config, extraction.mode));
  await collect(problems, () => {
    extraction = withReduction(extraction, config);
  });
  await collect(problems, () => MapsWriter.refuseNotEmpty(request.maps));
  const sets = await readSets(config, places);
  const { target } = request;
  const targetSets = target && (await readTargetSets(config, target, sets));
  let source: TransferSource | undefined;
  await collect(problems, async () => {
    if (request.transfer !== undefined) source = await openTransfer(request.transfer);
    const audited = await audit(request, sets, targetSets, source);
    messages.push(...audited.messages);
    problems.push(...audited.problems);
  });
  const surveys: { cohort: string; survey: Survey }[] = [];
  for (const { cohort, tree } of treesOf(capsOf(request))) {
    const sessions = sets.sessions.filter((session) => (session.cohort ?? SINGLE) === cohort);
    surveys.push({ cohort, survey: yield* survey({ caps: tree, extraction, sessions }, context) });
  }
  if (target && targetSets) {
    await collect(problems, () => refuseOtherMode(target.extraction, extraction));
    const prepared = withReduction(target.extraction, config);
    const of = { caps: target.caps, extraction: prepared, sessions: targetSets.sessions };
    surveys.push({ cohort: 'target', survey: yield* survey(of, context) });
    const [one, other] = [surveys[0]?.survey.elements, surveys.at(-1)?.survey.elements];
    if (one && other)
      await collect(problems, () => refuseOtherElements(sizeOf(other), sizeOf(one)));
  }
  const elements = surveys.map((of) => of.survey.elements).find((found) => found !== undefined);
  if (elements !== undefined) {
    await collect(problems, async () => {
      const architecture = resolveNetwork(config.architecture, config.network_task);
      const task = taskOf(config, sets.code);
      const plan = planOf({ ...config, architecture }, task, elements.shape);
      const outputs = { classification: `, ${task.outputs} classes`, regression: ', one number' };
      const made = task.kind === 'reconstruction' ? '' : outputs[task.kind];
      messages.push(`Network: ${plan.name} on ${elements.shape.join(' x ')}${made}`);
      if (source === undefined) return;
      await refuseOtherStart(source, sets.chosen.keys(), networkNumbers(config, 1), {
        config,
        plan,
      });
    });
  }
  const facts = [...setFacts(sets), ...(targetSets ? targetFacts(targetSets, sets.code) : [])];
  return { sets: facts, surveys, messages, problems };
}

async function audit(
  request: DryRunRequest,
  { all, label }: Sets,
  targetSets: TargetSets | undefined,
  source: TransferSource | undefined,
) {
  const { config, places, cohorts, target } = request;
  const [{ tables, tablesFolder: folder }] = places as [SetsPlace];
  return auditTraining({
    ...{ splits: all, label, diagnoses: config.diagnoses, tables, folder, source },
    ...(cohorts === undefined ? {} : { cohorts: places }),
    ...(target && targetSets && { target: { place: target.place, sets: targetSets } }),
    isKnown: request.iKnow === true,
  });
}

async function collect(problems: Problem[], look: () => void | Promise<void>): Promise<void> {
  try {
    await look();
  } catch (thrown) {
    if (!(thrown instanceof CapsuleError)) throw thrown;
    problems.push(toProblem(thrown));
  }
}

function setFacts({ chosen, code }: Sets): SetFacts[] {
  return [...chosen].flatMap(([index, { train, validation }]) => [
    factsOf(`${splitName(index)} train`, train, code),
    factsOf(`${splitName(index)} validation`, validation, code),
  ]);
}

type Elements = NonNullable<Survey['elements']>;
const sizeOf = ({ count, shape }: Elements) => ({ partsPerImage: count, inputSize: shape });

function targetFacts({ chosen }: TargetSets, code: LabelCode): SetFacts[] {
  return [...chosen].flatMap(([index, { train, validation, unlabelled }]) => [
    factsOf(`${splitName(index)} train of the target`, train, code),
    factsOf(`${splitName(index)} validation of the target`, validation, code),
    factsOf(`${splitName(index)} unlabelled of the target`, unlabelled, code),
  ]);
}

function factsOf(name: string, sessions: readonly LabelledSession[], code: LabelCode): SetFacts {
  const labels = new Map<string, number>();
  // Numbers to predict are too many to count one by one.
  const counted = sessions.filter(({ label }) => Object.hasOwn(code, label));
  for (const { label } of counted) labels.set(label, (labels.get(label) ?? 0) + 1);
  const people = new Set(
    sessions.map(({ cohort = '', participant }) => `${cohort} ${participant}`),
  );
  return {
    ...{ name, sessions: sessions.length, participants: people.size },
    labels: new Map([...labels].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
