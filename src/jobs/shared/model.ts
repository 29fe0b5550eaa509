/** A trained model as a MAPS describes it: what it was fed with, how it is built, what its classes are. */
import { readExtraction, type Extraction } from '../../core/caps/extraction.ts';
import type { Config } from '../../core/config/schema.ts';
import { CapsuleError } from '../../core/errors.ts';
import { MAPS_JSON, modelPath } from '../../core/maps/layout.ts';
import type { Maps } from '../../core/maps/reader.ts';
import type { MapsSplit } from '../../core/maps/split-reader.ts';
import { classNames, type LabelCode } from '../../core/split/label-code.ts';
import { Network, type NetworkPlan } from '../../engine/networks/network.ts';
import { planNetwork } from '../../engine/networks/registry.ts';
import { loadCheckpoint } from './weights.ts';

export interface Model {
  readonly config: Config;
  readonly extraction: Extraction;
  readonly plan: NetworkPlan;
  readonly code: LabelCode;
  /** Names of the classes, by code. */
  readonly classes: readonly string[];
  /** Column of the tables that is predicted. */
  readonly label: string;
}

/** @throws CapsuleError CONFIG_NOT_YET for a task or network that Capsule does not know yet */
export function modelOf(maps: Maps): Model {
  const { config, extra } = maps.parameters;
  if (config.network_task !== 'classification' || config.multi_network) {
    throw new CapsuleError('CONFIG_NOT_YET', {
      file: `${maps.name}/${MAPS_JSON}`,
      expected: 'a classification by a single network',
      found: config.multi_network ? 'several networks' : config.network_task,
    });
  }
  const code = config.label_code ?? {};
  const classes = classNames(code);
  return {
    ...{ config, code, classes, label: config.label ?? '' },
    extraction: readExtraction(extra.preprocessing_dict, MAPS_JSON),
    plan: planNetwork(config.architecture, extra.input_size, classes.length, config.dropout),
  };
}

/** @returns the network with the weights that a selection metric chose; the caller disposes it. */
export async function loadNetwork(
  model: Model,
  split: MapsSplit,
  metric: string,
): Promise<Network> {
  const checkpoint = await split.checkpoint(metric);
  const network = new Network(model.plan, model.config.seed);
  try {
    loadCheckpoint(network, checkpoint, modelPath(split.name, metric));
  } catch (error) {
    network.dispose();
    throw error;
  }
  return network;
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
