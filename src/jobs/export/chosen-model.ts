/** Which of a MAPS's models leaves it, and what all ways out say about it. */
import type { FileTree } from '../../core/files/file-tree.ts';
import { rootOf } from '../../core/files/sub-tree.ts';
import { MAPS_JSON } from '../../core/maps/layout.ts';
import { openMaps, type Maps } from '../../core/maps/reader.ts';
import type { MapsSplit } from '../../core/maps/split-reader.ts';
import {
  inputAxes,
  preprocessingSteps,
  voxelGrid,
  type PreprocessingFacts,
} from '../../core/onnx/preprocessing.ts';
import { VERSION } from '../../core/version.ts';
import { chosenSplits } from '../predict.ts';
import { metricsOf, modelOf, type Model } from '../shared/model.ts';

export interface ExportRequest {
  readonly maps: FileTree;
  /** The first that is finished when absent. */
  readonly split?: number | undefined;
  /** Selection metric; `loss` when absent, or the only one that there is. */
  readonly metric?: string | undefined;
}

export interface ChosenModel {
  readonly tree: FileTree;
  readonly maps: Maps;
  readonly model: Model;
  readonly split: MapsSplit;
  readonly metric: string;
  /** Folder of each network's files: '' for the only one. */
  readonly networks: readonly { readonly number: number | undefined; readonly folder: string }[];
}

export const WRITER = `Capsule ${VERSION}`;

/** @throws CapsuleError MAPS_NOT_MAPS, MAPS_UNFINISHED, SELECTION_METRIC, NETWORK_UNKNOWN */
export async function chooseModel(request: ExportRequest): Promise<ChosenModel> {
  const maps = await openMaps(request.maps);
  const [split] = chosenSplits(maps, request.split === undefined ? [] : [request.split]) as [
    MapsSplit,
  ];
  const asked = request.metric === undefined ? [] : [request.metric];
  const metrics = metricsOf(split, asked);
  const model = modelOf(maps);
  return {
    ...{ maps, model, split, tree: (await rootOf(request.maps, MAPS_JSON)) ?? request.maps },
    metric: metrics.includes('loss') ? 'loss' : (metrics[0] as string),
    networks: model.networks?.map((number) => ({ number, folder: `network-${number}/` })) ?? [
      { number: undefined, folder: '' },
    ],
  };
}

export function preprocessingOf({ maps, model }: ChosenModel): PreprocessingFacts {
  const { extra } = maps.parameters;
  return {
    ...{ extraction: model.extraction, preprocessing: extra.preprocessing_dict },
    ...{ normalize: model.config.normalize, inputSize: extra.input_size },
  };
}

/**
 * @param network - number of the part that it is for, where there is one a part
 * @param outputs - of the exported model; absent where the file holds weights alone
 * @returns the text of preprocessing.json
 */
export function preprocessingText(
  chosen: ChosenModel,
  network: number | undefined,
  outputs?: readonly { readonly name: string; readonly shape: readonly unknown[] }[],
): string {
  const { model, split, metric, maps } = chosen;
  const facts = preprocessingOf(chosen);
  const { config, classes, label } = model;
  const content = {
    ...{ version: 1, made_by: WRITER, research_only: 'Not a medical device.' },
    model: {
      ...{ architecture: config.architecture, task: config.network_task, label: label || null },
      ...{ maps: maps.name, split: split.index, selection_metric: metric },
      ...(network === undefined ? {} : { part: network }),
    },
    input: {
      ...{ name: 'input', type: 'float32', shape: ['batch', ...facts.inputSize] },
      axes: inputAxes(facts.extraction),
      order: 'axes of the NIfTI array as stored, C order: the last axis is the fastest',
    },
    ...(outputs === undefined ? {} : { outputs: outputs.map((port) => meaningOf(port, chosen)) }),
    ...(classes.length > 0 ? { label_code: model.code, classes_by_code: classes } : {}),
    volumes: facts.preprocessing,
    steps: preprocessingSteps(facts),
    voxel_grid: voxelGrid(facts),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

const MEANINGS: Readonly<Record<string, string>> = {
  scores: 'one a class, before softmax',
  prediction: 'the value',
  reconstruction: 'the element made again',
  code: 'what the decoder begins with',
  mu: 'mean of the code',
  log_variance: 'logarithm of the variance of the code',
};

function meaningOf(
  { name, shape }: { readonly name: string; readonly shape: readonly unknown[] },
  { model: { label } }: ChosenModel,
) {
  const meaning = name === 'prediction' ? `${MEANINGS[name]} of ${label}` : MEANINGS[name];
  return { name, shape, ...(meaning === undefined ? {} : { meaning }) };
}
