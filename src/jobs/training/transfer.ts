/**
 * Weights that a training starts from: of the same split of another MAPS, chosen there by a metric.
 * A MAPS of one network starts each of several; one of several networks starts them one by one.
 */
import type { Config } from '../../core/config/schema.ts';
import { CapsuleError } from '../../core/errors.ts';
import { modelPath, splitName } from '../../core/maps/layout.ts';
import type { Maps } from '../../core/maps/reader.ts';
import type { Checkpoint } from '../../core/torch/checkpoint.ts';

export interface Start {
  readonly checkpoint: Checkpoint;
  /** Where it came from, for messages. */
  readonly file: string;
}

/**
 * @param network - number of the network that starts, where there are several
 * @throws CapsuleError MAPS_UNFINISHED without the split, SELECTION_METRIC without the metric,
 *   WEIGHTS_MISMATCH when several networks would have to start one
 */
export async function startOf(
  source: Maps,
  index: number,
  config: Pick<Config, 'transfer_selection_metric'>,
  network: number | undefined,
): Promise<Start> {
  const metric = config.transfer_selection_metric;
  const split = source.wholeSplits().find((candidate) => candidate.index === index);
  if (split === undefined) {
    throw new CapsuleError('MAPS_UNFINISHED', {
      ...{ file: source.name, steps: [splitName(index)] },
      expected: 'the same split in the MAPS that weights are taken from',
    });
  }
  const isMulti = source.parameters.config.multi_network;
  const { num_networks: count } = source.parameters.extra;
  if (isMulti && (network === undefined || network >= count)) {
    throw new CapsuleError('WEIGHTS_MISMATCH', {
      file: source.name,
      expected: network === undefined ? 'one network' : `a network for part ${network}`,
      found: `${count} networks, one a part`,
    });
  }
  const number = isMulti ? network : undefined;
  const file = modelPath(split.name, metric, number);
  return { checkpoint: await split.checkpoint(metric, number), file };
}
