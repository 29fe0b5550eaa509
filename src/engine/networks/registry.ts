/** The networks that Capsule knows by name, and what each is for. */
import { CapsuleError } from '../../core/errors.ts';
import { convFc } from './conv-fc.ts';
import type { NetworkPlan } from './network.ts';

export interface NetworkEntry {
  readonly name: string;
  readonly tasks: readonly string[];
  readonly dimension: '2D' | '3D' | '2D or 3D';
  /** `channels@axis x axis`, as ClinicaDL's `list_models` prints it. */
  readonly exampleInput: string;
  plan(inputShape: readonly number[], outputs: number, dropout: number): NetworkPlan;
}

const convEntry = (name: 'Conv5_FC3' | 'Conv4_FC3'): NetworkEntry => ({
  name,
  tasks: ['classification', 'regression'],
  dimension: '2D or 3D',
  exampleInput: '1@128x128',
  plan: (inputShape, outputs, dropout) => convFc(name, inputShape, outputs, dropout),
});

export const NETWORKS: readonly NetworkEntry[] = [convEntry('Conv4_FC3'), convEntry('Conv5_FC3')];

/** ClinicaDL's choice for classification and regression when the architecture is "default". */
const DEFAULT_NETWORK = 'Conv5_FC3';

/** @returns the name that `default` stands for, or the name itself. */
export function resolveNetwork(name: string): string {
  return name === 'default' ? DEFAULT_NETWORK : name;
}

/** @throws CapsuleError NETWORK_UNKNOWN naming those that there are */
export function findNetwork(name: string): NetworkEntry {
  const entry = NETWORKS.find((network) => network.name === resolveNetwork(name));
  if (entry !== undefined) return entry;
  const expected = NETWORKS.map((network) => network.name).join(', ');
  throw new CapsuleError('NETWORK_UNKNOWN', { expected, found: name });
}

/**
 * @param inputSize - channels first, as in maps.json: `[1, 169, 208, 179]`
 * @throws CapsuleError NETWORK_UNKNOWN, NETWORK_INPUT
 */
export function planNetwork(
  name: string,
  inputSize: readonly number[],
  outputs: number,
  dropout: number,
): NetworkPlan {
  const entry = findNetwork(name);
  const [channels = 1, ...spatial] = inputSize;
  return entry.plan([...spatial, channels], outputs, dropout);
}
