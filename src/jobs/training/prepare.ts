/**
 * Everything of a training that can be wrong, looked at before a MAPS is made: options, tables,
 * leakage, volumes, network. What comes out is an experiment that only has to be computed.
 */
import { withReduction } from '../../core/caps/size-reduction.ts';
import type { Config } from '../../core/config/schema.ts';
import { refuseUnsupported } from '../../core/config/support.ts';
import { CapsuleError } from '../../core/errors.ts';
import { splitName } from '../../core/maps/layout.ts';
import { Maps } from '../../core/maps/reader.ts';
import { MapsWriter } from '../../core/maps/writer.ts';
import type { LabelledSession } from '../../core/split/cohort-table.ts';
import type { Split } from '../../core/split/read-split.ts';
import type { SessionKey } from '../../core/tsv/sessions.ts';
import type { Loss } from '../../engine/losses/loss.ts';
import { statesOf, type NetworkPlan } from '../../engine/networks/network.ts';
import { planNetwork, refuseOtherTask, resolveNetwork } from '../../engine/networks/registry.ts';
import { auditTraining } from '../audit/audit-training.ts';
import { openCohort, type Cohort } from '../data/cohort.ts';
import type { Job } from '../events.ts';
import { capsOf } from '../shared/caps-source.ts';
import type { JobContext } from '../shared/context.ts';
import { networkOptions, taskOf, type Task } from '../shared/task.ts';
import type { TrainRequest } from '../train.ts';
import { refuseAugmentation } from './augmentation.ts';
import { LoopState } from './loop-state.ts';
import { readSets, seenInTables } from './read-sets.ts';
import { networkNumbers } from './split-request.ts';
import {
  openTarget,
  readTargetSets,
  sessionsOf,
  type TargetRequest,
  type TargetSets,
  type TargetSplit,
} from './target-cohort.ts';
import { openTransfer, refuseOtherStart, type TransferSource } from './transfer.ts';

export interface Experiment {
  /** With the architecture's name and the label code as they were found. */
  readonly config: Config;
  readonly cohort: Cohort;
  readonly task: Task;
  readonly plan: NetworkPlan;
  readonly loss: Loss;
  /** Column that is predicted; undefined for a task without a label. */
  readonly label: string | undefined;
  /** Every split of the folder; groups are defined for all of them. */
  readonly all: ReadonlyMap<number, Split>;
  /** Splits to train, without the sessions that cannot be used. */
  readonly splits: ReadonlyMap<number, Split>;
  /** Everyone whom the models will have seen. */
  readonly seen: readonly SessionKey[];
  /** Where weights come from. */
  readonly source: TransferSource | undefined;
  /** The cohort that a domain adaptation is for. */
  readonly target: TargetExperiment | undefined;
  /** Text of leakage.json. */
  readonly leakage: string;
}

export interface TargetExperiment {
  readonly cohort: Cohort;
  readonly capsDirectory: string;
  /** Every split of the folder, and those to train, as of the source. */
  readonly all: ReadonlyMap<number, TargetSplit>;
  readonly splits: ReadonlyMap<number, TargetSplit>;
}

/** @throws CapsuleError of configuration, tables, CAPS, network */
export async function* prepareExperiment(
  request: TrainRequest,
  context: JobContext,
): Job<Experiment> {
  const { config: asked, tables, tablesFolder } = request;
  refuseOtherTask(asked.architecture, asked.network_task);
  refuseUnsupported(asked);
  const extraction = withReduction(request.extraction, asked);
  refuseNetworksOfImages(asked, extraction.mode);
  await MapsWriter.refuseNotEmpty(request.maps);
  const places = request.places ?? [{ tables, tablesFolder }];
  const sets = await readSets(asked, places);
  const { label, code, all, chosen, sessions } = sets;
  refuseWithoutTarget(asked, request.target);
  const target = request.target && {
    ...request.target,
    extraction: withReduction(request.target.extraction, asked),
  };
  const targetSets = target && (await readTargetSets(asked, target, sets));
  const architecture = resolveNetwork(asked.architecture, asked.network_task);
  const isClassification = asked.network_task === 'classification';
  const config = { ...asked, architecture, label_code: isClassification ? code : null };
  const task = taskOf(config, code);
  // Says now, not after the first epoch, that a metric cannot select.
  new LoopState(config, task);
  const source = request.transfer === undefined ? undefined : await openTransfer(request.transfer);
  const audited = await auditTraining({
    ...{ splits: all, label, diagnoses: config.diagnoses, tables, folder: tablesFolder, source },
    ...(request.places === undefined ? {} : { cohorts: request.places }),
    ...(target && targetSets && { target: { place: target.place, sets: targetSets } }),
    isKnown: request.iKnow === true,
  });
  for (const message of audited.messages) yield { kind: 'log', message };
  for (const problem of audited.problems) yield { kind: 'problem', problem };
  const { unreadable, store } = request;
  const volumes = { ...capsOf(request), extraction, sessions, unreadable, store };
  const cohort = yield* openCohort(volumes, context);
  const splits = new Map(
    [...chosen].map(([index, split]) => [index, usable(split, index, cohort)]),
  );
  const adapted =
    target &&
    targetSets &&
    (yield* openTargetSets(target, targetSets, { cohort, unreadable }, context));
  const plan = planOf(config, task, cohort.inputSize);
  refuseAugmentation(config, cohort.inputSize, context.device);
  if (source !== undefined) {
    const networks = networkNumbers(config, cohort.partsPerImage);
    await refuseOtherStart(source, splits.keys(), networks, { config, plan });
  }
  const nested = await seenInTables(places, [...all.values()]);
  const inherited = source instanceof Maps ? await source.trainValidation() : [];
  const ofTarget =
    target && targetSets
      ? [
          ...(await seenInTables([target.place], [])),
          ...[...targetSets.all.values()].flatMap(sessionsOf),
        ]
      : [];
  const seen = [...nested, ...sessions, ...ofTarget, ...inherited];
  return {
    ...{ config, cohort, task, plan, loss: task.loss(plan), label, all, splits, seen, source },
    ...{ target: adapted, leakage: audited.record },
  };
}

/** @throws CapsuleError of the target's volumes; SPLIT_EMPTY when one of its sets loses all sessions */
async function* openTargetSets(
  target: TargetRequest,
  { all, chosen, sessions, file }: TargetSets,
  { cohort: source, unreadable }: { cohort: Cohort; unreadable: 'stop' | 'leave-out' },
  context: JobContext,
): Job<TargetExperiment> {
  const cohort = yield* openTarget(target, sessions, source, unreadable, context);
  const splits = [...chosen].map(([index, split]): [number, TargetSplit] => {
    const unlabelled = usableOf(split.unlabelled, file, index, cohort);
    return [index, { ...usable(split, index, cohort), unlabelled }];
  });
  const { capsDirectory } = target;
  return { cohort, capsDirectory, all, splits: new Map(splits) };
}

/** @throws CapsuleError CONFIG_NOT_YET where nobody gave the cohort that the options name */
export function refuseWithoutTarget(config: Config, target: TargetRequest | undefined): void {
  if (config.ssda_network === (target !== undefined)) return;
  throw new CapsuleError('CONFIG_NOT_YET', {
    expected: '"ssda_network" on the command line, where a second cohort can be opened',
    found: config.ssda_network ? 'no target cohort' : 'a target cohort without "ssda_network"',
    action: 'Train with `capsule train classification ... --ssda_network`.',
  });
}

/**
 * @param inputSize - channels first
 * @throws CapsuleError NETWORK_INPUT; CONFIG_VALUE for a loss, or a number of layers, that it does not have
 */
export function planOf(config: Config, task: Task, inputSize: readonly number[]): NetworkPlan {
  const { architecture, dropout, nb_unfrozen_layer: unfrozen } = config;
  const plan = planNetwork(architecture, inputSize, task.outputs, dropout, networkOptions(config));
  task.loss(plan);
  const most = Math.floor(statesOf(plan).filter(({ trained }) => trained).length / 2);
  if (unfrozen <= most) return plan;
  throw new CapsuleError('CONFIG_VALUE', {
    expected: `"nb_unfrozen_layer" to be at most ${most} for ${plan.name}`,
    found: String(unfrozen),
  });
}

/** @throws CapsuleError CONFIG_VALUE */
export function refuseNetworksOfImages(config: Config, mode: string): void {
  if (!config.multi_network || mode !== 'image') return;
  throw new CapsuleError('CONFIG_VALUE', {
    expected: '"multi_network" for patches, slices or regions',
    found: 'whole images, of which there is one part',
    action: 'Leave --multi_network out, or choose the preprocessing JSON of another mode.',
  });
}

/** @throws CapsuleError SPLIT_EMPTY when a set loses all its sessions */
function usable(split: Split, index: number, cohort: Cohort): Split {
  const { train, validation, files } = split;
  return {
    ...split,
    train: usableOf(train, files.train, index, cohort),
    validation: usableOf(validation, files.validation, index, cohort),
  };
}

function usableOf(
  sessions: readonly LabelledSession[],
  file: string,
  index: number,
  cohort: Cohort,
): LabelledSession[] {
  const kept = sessions.filter((session) => cohort.isUsable(session));
  if (kept.length > 0) return kept;
  throw new CapsuleError('SPLIT_EMPTY', {
    ...{ steps: [splitName(index)], file },
    found: `${sessions.length} sessions, none with a volume that can be used`,
  });
}
