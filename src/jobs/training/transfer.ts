/**
 * Weights that a training starts from. A MAPS gives those of the same split, chosen there by a metric;
 * one of one network starts each of several, one of several starts them one by one. A file of weights
 * starts every split and network alike.
 */
import type { Config } from '../../core/config/schema.ts';
import { CapsuleError } from '../../core/errors.ts';
import type { FileTree, SourceFile } from '../../core/files/file-tree.ts';
import { modelPath, splitName } from '../../core/maps/layout.ts';
import { Maps, openMaps } from '../../core/maps/reader.ts';
import type { StateDict } from '../../core/torch/checkpoint.ts';
import { readWeights } from '../../core/torch/weights-file.ts';
import type { NetworkPlan } from '../../engine/networks/network.ts';
import { refuseOtherWeights } from '../shared/weights.ts';

/** What `transfer_path` names: the tree of a MAPS, or a file of weights. */
export type Transfer = FileTree | SourceFile;

export interface WeightsFile {
  /** As the user named it. */
  readonly file: string;
  readonly weights: StateDict;
}

export type TransferSource = Maps | WeightsFile;

export interface Start {
  readonly weights: StateDict;
  /** Where they came from, for messages. */
  readonly file: string;
}

/** @throws CapsuleError MAPS_* of a tree, SAFETENSORS_FORMAT or TORCH_* of a file */
export async function openTransfer(transfer: Transfer): Promise<TransferSource> {
  if ('paths' in transfer) return openMaps(transfer);
  const { path } = transfer;
  return { file: path, weights: readWeights(await transfer.bytes(), path) };
}

/**
 * @param network - number of the network that starts, where there are several
 * @throws CapsuleError MAPS_UNFINISHED without the split, SELECTION_METRIC without the metric,
 *   WEIGHTS_MISMATCH when several networks would have to start one
 */
export async function startOf(
  source: TransferSource,
  index: number,
  config: Pick<Config, 'transfer_selection_metric'>,
  network: number | undefined,
): Promise<Start> {
  if (!(source instanceof Maps)) return source;
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
  return { weights: (await split.checkpoint(metric, number)).model, file };
}

/**
 * Looks at the start of every split before a MAPS is made. Of several networks the first and the last
 * are looked at: they are of one shape.
 * @param networks - their numbers; undefined where there is one
 * @throws CapsuleError as `startOf`; WEIGHTS_MISMATCH for weights that do not fit
 */
export async function refuseOtherStart(
  source: TransferSource,
  splits: Iterable<number>,
  networks: readonly (number | undefined)[],
  { config, plan }: { readonly config: Config; readonly plan: NetworkPlan },
): Promise<void> {
  for (const index of splits) {
    for (const network of new Set([networks[0], networks.at(-1)])) {
      const { weights, file } = await startOf(source, index, config, network);
      refuseOtherWeights(plan, weights, file);
    }
  }
}
