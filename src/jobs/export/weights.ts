/** The models of a MAPS as files for other programs: ONNX with a test vector, and safetensors. */
import type { WritableTree } from '../../core/files/file-tree.ts';
import { npyBytes } from '../../core/onnx/npy.ts';
import { safetensorsBytes } from '../../core/torch/safetensors.ts';
import { archiveStream } from '../../core/torch/write.ts';
import { throwIfCancelled } from '../../engine/cancel.ts';
import { networkGraph, networkOnnx } from '../../engine/onnx/network-graph.ts';
import { testVector } from '../../engine/onnx/test-vector.ts';
import type { Job } from '../events.ts';
import type { JobContext, PlainContext } from '../shared/context.ts';
import { loadNetwork } from '../shared/model.ts';
import {
  chooseModel,
  preprocessingText,
  WRITER,
  type ChosenModel,
  type ExportRequest,
} from './chosen-model.ts';

const OUTPUT = {
  ...{ classification: 'scores', regression: 'prediction' },
  reconstruction: 'reconstruction',
} as const;

/**
 * Writes `model.onnx`, `preprocessing.json`, `test-input.npy` and `test-output.npy` (what Capsule's
 * own network makes of the input), of several networks into a folder each.
 * @returns the paths, in the order of writing
 * @throws CapsuleError of `chooseModel`; ONNX_UNSUPPORTED, ONNX_TOO_LARGE; those of the device
 */
export async function* exportOnnx(
  request: ExportRequest,
  output: WritableTree,
  context: JobContext,
): Job<string[]> {
  const chosen = await chooseModel(request);
  const { model, split, metric, networks } = chosen;
  const paths: string[] = [];
  for (const { number, folder } of networks) {
    throwIfCancelled(context.signal);
    yield { kind: 'log', message: `Writing ${folder}model.onnx` };
    const graph = networkGraph(model.plan, OUTPUT[model.config.network_task]);
    const checkpoint = await split.checkpoint(metric, number);
    const states = [...checkpoint.model].map(([name, tensor]) => ({
      ...{ name, shape: tensor.shape, values: tensor.toFloat32(), counter: false },
    }));
    const file = networkOnnx(graph, model.plan, states, descriptionOf(chosen, number));
    const network = await loadNetwork(model, split, metric, number);
    const vector = await testVector(network, model.config.seed).finally(() => network.dispose());
    context.device.check();
    const { input, output: result } = vector;
    await output.write(`${folder}model.onnx`, archiveStream(file));
    await output.write(`${folder}test-input.npy`, npyBytes(input.shape, input.values));
    await output.write(`${folder}test-output.npy`, npyBytes(result.shape, result.values));
    const outputs = graph.outputs.map(({ name, shape }) => ({ name, shape }));
    const text = preprocessingText(chosen, number, outputs);
    await output.write(`${folder}preprocessing.json`, text);
    const names = ['model.onnx', 'test-input.npy', 'test-output.npy', 'preprocessing.json'];
    paths.push(...names.map((name) => folder + name));
  }
  return paths;
}

/**
 * Writes `model.safetensors`, under PyTorch's keys, and `preprocessing.json`.
 * @returns the paths, in the order of writing
 * @throws CapsuleError of `chooseModel`
 */
export async function* exportSafetensors(
  request: ExportRequest,
  output: WritableTree,
  context: Pick<PlainContext, 'signal'>,
): Job<string[]> {
  const chosen = await chooseModel(request);
  const { maps, model, split, metric, networks } = chosen;
  const paths: string[] = [];
  for (const { number, folder } of networks) {
    throwIfCancelled(context.signal);
    yield { kind: 'log', message: `Writing ${folder}model.safetensors` };
    const checkpoint = await split.checkpoint(metric, number);
    const metadata = {
      // Says to readers whose axes the tensors have.
      ...{ format: 'pt', architecture: model.config.architecture, made_by: WRITER },
      ...{ maps: maps.name, split: String(split.index), selection_metric: metric },
      ...{ epoch: String(checkpoint.epoch), task: model.config.network_task },
    };
    const file = archiveStream(safetensorsBytes(checkpoint.model, metadata));
    await output.write(`${folder}model.safetensors`, file);
    await output.write(`${folder}preprocessing.json`, preprocessingText(chosen, number));
    paths.push(`${folder}model.safetensors`, `${folder}preprocessing.json`);
  }
  return paths;
}

function descriptionOf({ model, maps, split, metric }: ChosenModel, part: number | undefined) {
  const { config, classes, label } = model;
  const of = label === '' ? '' : ` of ${label}`;
  const codes = classes.length === 0 ? '' : ` (${classes.join(', ')}, in the order of the scores)`;
  const where = `MAPS ${maps.name}, ${split.name}, best ${metric}`;
  const which = part === undefined ? '' : `, network ${part}`;
  return `${config.architecture}, ${config.network_task}${of}${codes}. ${where}${which}. See preprocessing.json. Not a medical device.`;
}
