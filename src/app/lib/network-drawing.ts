/**
 * The network as a row of blocks: one for the input and one for each layer that changes the shape
 * of the data. Shapes are those of the engine, channels last. Height stands for the edge of the volume, sheets for the channels on a log scale.
 */
import type { PlannedNetwork } from '../../jobs/session-api.ts';

export interface Block {
  readonly name: string;
  /** [X, Y, Z, channels] of a volume, [length] of a vector. */
  readonly shape: readonly number[];
  /** Share of the largest, 0 to 1. */
  readonly height: number;
  /** 1 for one channel, one more for each doubling; at most 8. */
  readonly sheets: number;
  /** A vector rather than a volume. */
  readonly flat: boolean;
}

/**
 * @param inputShape - [X, Y, Z] of a scan
 * @param inputName - what to call the first block
 */
export function networkBlocks(
  layers: PlannedNetwork['layers'],
  inputShape: readonly number[],
  inputName: string,
): Block[] {
  const all = [{ name: inputName, outputShape: [...inputShape, 1] }, ...layers];
  const changing = all.filter((layer, index) => {
    const next = all[index + 1];
    const spatial = layer.outputShape.length > 1;
    // Of the layers of a convolution block the last stands for all: its shape is what goes on.
    return next === undefined || !spatial || !sameKind(layer.outputShape, next.outputShape);
  });
  const distinct = changing.filter(
    (layer, index) => String(layer.outputShape) !== String(changing[index - 1]?.outputShape),
  );
  const edge = Math.max(1, ...inputShape);
  return distinct.map(({ name, outputShape }) => {
    const flat = outputShape.length < 2;
    const tall = flat
      ? Math.log2((outputShape[0] ?? 1) + 1) / 24
      : Math.max(...outputShape.slice(0, -1)) / edge;
    return {
      name,
      shape: outputShape,
      flat,
      sheets: Math.min(8, 1 + Math.round(Math.log2(channels(outputShape)))),
      height: Math.max(0.08, Math.min(1, tall)),
    };
  });
}

const channels = (shape: readonly number[]): number => (shape.length > 1 ? (shape.at(-1) ?? 1) : 1);

/** Same channels: a convolution opens a block, pooling closes it. */
function sameKind(shape: readonly number[], next: readonly number[]): boolean {
  return shape.length === next.length && channels(shape) === channels(next);
}
