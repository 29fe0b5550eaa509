/**
 * What `--save_tensor`, `--save_nifti` and `--save_latent_tensor` write: what a network made of each
 * element, beside what it was made of, one at a time as they come. NIfTI files have the affine of
 * their input (1.6.1 writes the identity).
 */
import type { Mode } from '../../core/maps/layout.ts';
import type { SplitWriter } from '../../core/maps/split-writer.ts';
import { gzipBytes } from '../../core/nifti/gunzip.ts';
import { niftiBytes } from '../../core/nifti/write.ts';
import { TorchTensor } from '../../core/torch/tensor.ts';
import type { LatentCode, MadeVolume } from '../../engine/evaluate.ts';
import { channelsFirst, type CapsElements } from '../data/elements.ts';

export interface Kept {
  readonly tensors: boolean;
  readonly volumes: boolean;
  readonly codes: boolean;
}

export interface KeeperOptions {
  readonly writer: SplitWriter;
  readonly metric: string;
  readonly group: string;
  readonly elements: CapsElements;
  readonly kept: Kept;
}

/** @returns what `evaluate` is to do with volumes and codes; nothing where nothing is kept. */
export function keeper(options: KeeperOptions) {
  const { tensors, volumes, codes } = options.kept;
  return {
    ...(tensors || volumes ? { onVolume: (made: MadeVolume) => keepVolume(options, made) } : {}),
    ...(codes ? { onCode: (code: LatentCode) => keepCode(options, code) } : {}),
  };
}

async function keepVolume(options: KeeperOptions, made: MadeVolume): Promise<void> {
  const { writer, metric, group, elements, kept } = options;
  const { shape } = elements;
  const of = nameOf(elements, made.index);
  for (const what of ['input', 'output'] as const) {
    const values = made[what];
    if (kept.tensors) {
      await writer.writeTensor(metric, group, of, what, tensorOf(values, shape));
    }
    if (kept.volumes) {
      const name = volumeName(elements, made.index);
      const grid = await elements.grid(made.index);
      const channels = shape.at(-1) ?? 1;
      // Of several channels the first, as 1.6.1.
      const first = channelsFirst(values, channels).slice(0, values.length / channels);
      const nifti = await gzipBytes(niftiBytes({ ...grid, data: first }));
      await writer.writeVolume(metric, group, name, what, nifti);
    }
  }
}

async function keepCode(
  { writer, metric, group, elements }: KeeperOptions,
  { index, values, shape }: LatentCode,
): Promise<void> {
  const of = nameOf(elements, index);
  await writer.writeTensor(metric, group, of, 'latent', tensorOf(values, shape));
}

/** Channels first, as PyTorch's; a code of one axis as it is. */
function tensorOf(values: Float32Array, shape: readonly number[]): TorchTensor {
  if (shape.length === 1) return TorchTensor.float32(shape, Float32Array.from(values));
  const channels = shape.at(-1) ?? 1;
  const turned = channelsFirst(values, channels);
  return TorchTensor.float32([channels, ...shape.slice(0, -1)], turned);
}

function nameOf(elements: CapsElements, index: number): string {
  const { participant, session } = elements.session(index);
  return `${participant}_${session}_${elements.mode}-${elements.partNumber(index)}`;
}

/** 1.6.1 has volumes of whole images alone, and gives them no number. */
function volumeName(elements: CapsElements, index: number): string {
  const { participant, session } = elements.session(index);
  const whole: Mode = 'image';
  return elements.mode === whole ? `${participant}_${session}_${whole}` : nameOf(elements, index);
}
