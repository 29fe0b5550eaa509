/**
 * What helps when a network does not fit this device, or these scans: changes of the choice that a
 * button applies, the gentlest first.
 */
import type { PartialConfig } from '../../core/config/schema.ts';
import type { ExperimentChoice, ModeOptions, Offers, Plan } from '../../jobs/session-api.ts';

export type Remedy =
  | { readonly kind: 'batch'; readonly size: number; readonly config: PartialConfig }
  | { readonly kind: 'half' | 'reduce' | 'single'; readonly config: PartialConfig }
  | { readonly kind: 'network'; readonly name: string; readonly config: PartialConfig }
  | { readonly kind: 'patch'; readonly size: number; readonly mode: ModeOptions }
  | { readonly kind: 'image'; readonly mode: ModeOptions };

/** Faults of the network rather than of an option. */
const OF_NETWORK = ['NETWORK_INPUT', 'NETWORK_TASK', 'NETWORK_UNKNOWN'];

/** @param shape - of a scan, voxels */
export function remediesFor(
  { config, mode }: ExperimentChoice,
  plan: Pick<Plan, 'memory' | 'refused'>,
  offers: Offers | undefined,
  shape: readonly number[],
): Remedy[] {
  const remedies: Remedy[] = [];
  const isImage = mode.mode === 'image';
  if (plan.memory?.fits === false) {
    const size = Math.floor(config.batch_size / 2);
    if (size >= 1) remedies.push({ kind: 'batch', size, config: { batch_size: size } });
    if (!config.amp) remedies.push({ kind: 'half', config: { amp: true } });
    if (isImage && !config.size_reduction) {
      remedies.push({ kind: 'reduce', config: { size_reduction: true } });
    }
    if (isImage) {
      const patch = patchesOf(shape);
      remedies.push({ kind: 'patch', size: patch.patchSize, mode: patch });
    }
  }
  if (plan.refused.some(({ code }) => OF_NETWORK.includes(code))) {
    const fitting = offers?.networks.find(({ parameterCount }) => parameterCount !== undefined);
    if (fitting !== undefined && fitting.name !== config.architecture) {
      const { name } = fitting;
      remedies.push({ kind: 'network', name, config: { architecture: name } });
    }
    if (!isImage) remedies.push({ kind: 'image', mode: { mode: 'image' } });
  }
  if (isImage && config.multi_network) {
    remedies.push({ kind: 'single', config: { multi_network: false } });
  }
  return remedies;
}

/** Cubes of 50 voxels, ClinicaDL's default, or of half of a small scan; side by side. */
export function patchesOf(shape: readonly number[]): Extract<ModeOptions, { mode: 'patch' }> {
  const smallest = shape.length === 0 ? 100 : Math.min(...shape);
  const patchSize = Math.max(1, Math.min(50, Math.floor(smallest / 2)));
  return { mode: 'patch', patchSize, strideSize: patchSize };
}

/** Sagittal slices in three channels, ClinicaDL's default, without the outermost. */
export function slicesOf(shape: readonly number[]): Extract<ModeOptions, { mode: 'slice' }> {
  const out = Math.min(20, Math.floor((shape[0] ?? 0) / 5));
  return { mode: 'slice', direction: 0, channels: 'rgb', discarded: [out] };
}
