/**
 * ClinicaDL's Conv5_FC3, Conv4_FC3 and Stride_Conv5_FC3: five blocks of convolution, batch
 * normalisation and ReLU, halved by PadMaxPool or by a stride of two, then three dense layers.
 * Conv4 and Conv5 differ in the widths of the dense layers only (the name Conv4 is misleading in the
 * original, and kept). Conv5_FC3_SSDA has three dense heads on the same blocks.
 */
import { gradientReversal } from '../layers/composite.ts';
import type { Layer } from '../layers/layer.ts';
import { convBlocks, denseHead, type ConvBlock } from './conv-blocks.ts';
import type { NetworkPlan, OnnxStage, Stage } from './plan.ts';

/** Widths of the two hidden dense layers. */
export const HIDDEN = {
  Conv5_FC3: [1300, 50],
  Conv4_FC3: [50, 40],
  Stride_Conv5_FC3: [1300, 50],
} as const;

/**
 * @param inputShape - `[...spatial, channels]`, two or three spatial axes
 * @throws CapsuleError NETWORK_INPUT, see `convBlocks`
 */
export function convFc(
  name: keyof typeof HIDDEN,
  inputShape: readonly number[],
  outputs: number,
  dropoutRate: number,
): NetworkPlan {
  const halving = name === 'Stride_Conv5_FC3' ? 'stride' : 'pooling';
  const blocks = convBlocks('convolutions', inputShape, { halving });
  const widths = [...HIDDEN[name], outputs];
  const head = denseHead('fc', outputShapeOf(blocks), widths, dropoutRate);
  return { name, inputShape, outputs, sequentials: [layersOf(blocks), head] };
}

/**
 * For semi-supervised domain adaptation: heads for the source, for the target, and for telling
 * domains apart, whose gradient is turned round on its way into the blocks. `predict` gives the
 * scores of the source's head.
 */
export function convFcSsda(
  inputShape: readonly number[],
  outputs: number,
  dropoutRate: number,
): NetworkPlan {
  const blocks = convBlocks('convolutions', inputShape, { halving: 'pooling' });
  const shape = outputShapeOf(blocks);
  const widths = [...HIDDEN.Conv5_FC3, outputs];
  const heads = ['fc_class_source', 'fc_class_target', 'fc_domain'].map((name) =>
    denseHead(name, shape, widths, dropoutRate),
  );
  const reversal = gradientReversal(shape);
  return {
    name: 'Conv5_FC3_SSDA',
    ...{ inputShape, outputs, sequentials: [layersOf(blocks), ...heads] },
    flow(stages, input, pass) {
      const [convolutions, source, target, domain] = stages as [Stage, Stage, Stage, Stage];
      const features = convolutions(input, pass);
      return {
        output: source(features, pass),
        target: target(features, pass),
        domain: domain(reversal.forward(features, pass), pass),
      };
    },
    onnxFlow(stages, graph, input) {
      const [convolutions, source, target, domain] = stages as Four;
      const features = convolutions(graph, input);
      return {
        output: source(graph, features),
        target: target(graph, features),
        domain: domain(graph, features),
      };
    },
  };
}

type Four = [OnnxStage, OnnxStage, OnnxStage, OnnxStage];

function layersOf(blocks: readonly ConvBlock[]): Layer[] {
  return blocks.flatMap(({ layers }) => layers);
}

function outputShapeOf(blocks: readonly ConvBlock[]): readonly number[] {
  return (blocks.at(-1) as ConvBlock).outputShape;
}
