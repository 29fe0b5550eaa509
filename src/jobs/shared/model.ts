/** A trained model as a MAPS describes it: what it was fed with, how it is built, what it was made for. */
import { readExtraction, type Extraction } from '../../core/caps/extraction.ts';
import { withReduction } from '../../core/caps/size-reduction.ts';
import { didYouMean } from '../../core/config/nearest.ts';
import type { Config } from '../../core/config/schema.ts';
import { CapsuleError } from '../../core/errors.ts';
import { isSourceGroup, MAPS_JSON, modelPath } from '../../core/maps/layout.ts';
import type { Maps } from '../../core/maps/reader.ts';
import type { MapsSplit } from '../../core/maps/split-reader.ts';
import type { LabelCode } from '../../core/split/label-code.ts';
import { Network, type NetworkPlan } from '../../engine/networks/network.ts';
import { planNetwork } from '../../engine/networks/registry.ts';
import type { StepOptions } from '../../engine/networks/steps.ts';
import { targetPlan } from '../../engine/networks/target-head.ts';
import { networkOptions, taskOf, type Task } from './task.ts';
import { loadCheckpoint } from './weights.ts';

export interface Model {
  readonly config: Config;
  readonly extraction: Extraction;
  readonly plan: NetworkPlan;
  readonly task: Task;
  /** Of a classification; {} otherwise. */
  readonly code: LabelCode;
  /** Names of the classes, by code; none but in a classification. */
  readonly classes: readonly string[];
  /** Column of the tables that is predicted; '' for a reconstruction. */
  readonly label: string;
  /** Of a domain adaptation: how images of the target cohort are prepared. */
  readonly targetExtraction?: Extraction | undefined;
  /** Numbers of the networks where there is one a part; undefined for a single network. */
  readonly networks: readonly number[] | undefined;
}

/** @throws CapsuleError CONFIG_VALUE, NETWORK_* for a network that cannot be built */
export function modelOf(maps: Maps): Model {
  const { config, extra } = maps.parameters;
  const task = taskOf(config, config.label_code ?? {});
  const { architecture, dropout, multi_network: isMulti } = config;
  const options = networkOptions(config);
  const ofTarget = extra.preprocessing_dict_target ?? extra.preprocessing_dict;
  const extractionOf = (said: Readonly<Record<string, unknown>>) =>
    withReduction(readExtraction(said, MAPS_JSON), config);
  return {
    ...{ config, task, code: task.code, classes: task.classes, label: task.label },
    extraction: extractionOf(extra.preprocessing_dict),
    ...(config.ssda_network && { targetExtraction: extractionOf(ofTarget) }),
    plan: planNetwork(architecture, extra.input_size, task.outputs, dropout, options),
    networks: isMulti ? Array.from({ length: extra.num_networks }, (_, n) => n) : undefined,
  };
}

/**
 * The model as it is applied to a group. One that was adapted to a target cohort was made for it: new
 * groups are of the target, prepared as its images and predicted by its head. The source's training
 * and validation sets stay the source's.
 */
export function modelForGroup(model: Model, group: string): Model {
  const { targetExtraction: extraction } = model;
  if (extraction === undefined || isSourceGroup(group)) return model;
  return { ...model, extraction, plan: targetPlan(model.plan) };
}

/**
 * For what works with classes and one network alone.
 * @throws CapsuleError CONFIG_NOT_YET for another task, or several networks
 */
export function refuseOtherThanClassifier({ task, networks }: Model, maps: Maps): void {
  if (task.kind === 'classification' && networks === undefined) return;
  throw new CapsuleError('CONFIG_NOT_YET', {
    file: `${maps.name}/${MAPS_JSON}`,
    expected: 'a classification by a single network',
    found: networks === undefined ? task.kind : 'several networks',
  });
}

/**
 * @param network - its number, where there are several
 * @returns the network with the weights that a selection metric chose; the caller disposes it.
 */
export async function loadNetwork(
  model: Model,
  split: MapsSplit,
  metric: string,
  network?: number,
  options: StepOptions = {},
): Promise<Network> {
  const checkpoint = await split.checkpoint(metric, network);
  const made = new Network(model.plan, model.config.seed, options);
  try {
    loadCheckpoint(made, checkpoint, modelPath(split.name, metric, network));
  } catch (error) {
    made.dispose();
    throw error;
  }
  return made;
}

/**
 * @param asked - selection metrics that the user named; all that there are when empty
 * @throws CapsuleError SELECTION_METRIC when a split has no model for one of them
 */
export function metricsOf(split: MapsSplit, asked: readonly string[]): readonly string[] {
  for (const metric of asked) {
    if (split.metrics.includes(metric)) continue;
    throw new CapsuleError('SELECTION_METRIC', {
      steps: [split.name],
      expected: split.metrics.join(', '),
      found: metric,
      action: `Choose among the models that there are with --selection_metrics: ${split.metrics.join(' or ')}.`,
      ...didYouMean(metric, split.metrics),
    });
  }
  return asked.length > 0 ? asked : split.metrics;
}

/** Refuses volumes of another shape than the network was made for. */
export function refuseOtherShape(model: Model, inputSize: readonly number[]): void {
  const [channels = 1, ...spatial] = inputSize;
  const found = [...spatial, channels];
  if (found.join() === model.plan.inputShape.join()) return;
  throw new CapsuleError('NETWORK_INPUT', {
    expected: `elements of ${model.plan.inputShape.slice(0, -1).join(' x ')} voxels, as in training`,
    found: spatial.join(' x '),
    action: 'Choose the preprocessing that the model was trained with.',
  });
}
