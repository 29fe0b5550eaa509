/**
 * What an experiment wants of its networks: classes, a value, or the input again. Everything that
 * differs between the three is asked of here: outputs, loss, metrics and which way they get better.
 */
import { CLASSIFICATION_METRICS } from '../../core/metrics/classification.ts';
import { RECONSTRUCTION_METRICS } from '../../core/metrics/reconstruction.ts';
import { REGRESSION_METRICS } from '../../core/metrics/regression.ts';
import { didYouMean } from '../../core/config/nearest.ts';
import type { Config, Task as TaskKind } from '../../core/config/schema.ts';
import { CapsuleError } from '../../core/errors.ts';
import { classNames, type LabelCode } from '../../core/split/label-code.ts';
import { lossFor, type Loss } from '../../engine/losses/loss.ts';
import type { NetworkPlan } from '../../engine/networks/network.ts';
import type { NetworkOptions } from '../../engine/networks/registry.ts';

export type { TaskKind };

/** Whether less or more of a metric is better. */
export type Direction = 'min' | 'max';

export interface Task {
  readonly kind: TaskKind;
  /** Of a classification; none otherwise. */
  readonly code: LabelCode;
  /** Names of the classes, by code. */
  readonly classes: readonly string[];
  /** Column that is predicted; '' for a reconstruction. */
  readonly label: string;
  /** Scores of an element; 0 where the network makes volumes. */
  readonly outputs: number;
  /** Columns of training.tsv but `loss`, in their order: what can select a model beside the loss. */
  readonly metricNames: readonly string[];
  /** @throws CapsuleError CONFIG_VALUE for a loss that the network cannot be trained with */
  loss(plan: NetworkPlan): Loss;
  direction(metric: string): Direction;
}

const METRICS: Readonly<Record<TaskKind, readonly string[]>> = {
  classification: CLASSIFICATION_METRICS,
  regression: REGRESSION_METRICS,
  reconstruction: RECONSTRUCTION_METRICS,
};

const SMALLER_IS_BETTER: ReadonlySet<string> = new Set(['loss', 'LR_minus', 'MAE', 'RMSE']);

/** @param code - of a classification; {} otherwise */
export function taskOf(config: Config, code: LabelCode): Task {
  const { network_task: kind, loss, label } = config;
  const isClassification = kind === 'classification';
  const classes = isClassification ? classNames(code) : [];
  return {
    ...{ kind, classes, code: isClassification ? code : {} },
    label: kind === 'reconstruction' ? '' : (label ?? ''),
    outputs: { classification: classes.length, regression: 1, reconstruction: 0 }[kind],
    metricNames: METRICS[kind],
    loss: (plan) => lossFor(loss, plan, config),
    direction: (metric) => (SMALLER_IS_BETTER.has(metric) ? 'min' : 'max'),
  };
}

/** @throws CapsuleError SELECTION_METRIC for one by which this task cannot select a model */
export function refuseUnknownMetrics({
  network_task,
  selection_metrics,
}: Pick<Config, 'network_task' | 'selection_metrics'>): void {
  const known = ['loss', ...METRICS[network_task]];
  const stranger = selection_metrics.find((metric) => !known.includes(metric));
  if (stranger === undefined) return;
  throw new CapsuleError('SELECTION_METRIC', {
    ...{ expected: known.join(', '), found: stranger },
    ...didYouMean(stranger, known),
  });
}

/** What `planNetwork` is told beside sizes: the keys of maps.json that some networks are built by. */
export function networkOptions(config: Config): NetworkOptions {
  const { latent_space_size, feature_size, n_conv, io_layer_channels, normalization } = config;
  // Of RandomArchitecture.
  const { convolutions_dict, n_fcblocks, network_normalization } = config;
  return {
    ...{ latent_space_size, feature_size, n_conv, io_layer_channels },
    ...(convolutions_dict === undefined ? {} : { convolutions_dict }),
    ...(n_fcblocks === undefined ? {} : { n_fcblocks }),
    ...(network_normalization === undefined ? {} : { network_normalization }),
    normalization: normalization as Required<NetworkOptions>['normalization'],
  };
}
