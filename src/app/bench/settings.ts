/**
 * What can be chosen on the benchmark page, what is chosen at first on each kind of device, and
 * what the address may choose instead: `#shape=24x24x24&batch=1&precisions=f32&stock=no`. The
 * address starts nothing; whatever is not allowed is reported and the default is used.
 */
import { describe, type Problem } from '../../core/errors.ts';
import type { BenchRequest, DeviceReport, Precision } from '../../jobs/bench/bench-api.ts';

export const networks = ['Conv5_FC3', 'Conv4_FC3'] as const;
export const precisions: readonly Precision[] = ['f32', 'half'];
export const shapes: readonly (readonly number[])[] = [
  [32, 32, 32],
  [64, 64, 64],
  [96, 96, 96],
  [169, 208, 179],
];
export const batchLimits = { min: 1, max: 64 } as const;

/** Voxels along an axis; the networks' five poolings need 17 along one at least. */
const lengths = { min: 17, max: 256 } as const;
const longest = 500;

/** Ends within about a minute on either kind; stock tfjs alone would take minutes in software. */
export function defaultsFor(kind: DeviceReport['kind'] | undefined): BenchRequest {
  const common = { network: networks[0], batch: 2, precisions };
  return kind === 'gpu'
    ? { ...common, shape: [64, 64, 64], stock: true, steps: 5 }
    : { ...common, shape: [32, 32, 32], stock: false, steps: 3 };
}

export interface HashSettings {
  readonly chosen: Partial<BenchRequest>;
  readonly problems: readonly Problem[];
}

interface Rule {
  readonly allowed: string;
  /** @returns undefined for what is not allowed */
  readonly read: (text: string) => Partial<BenchRequest> | undefined;
}

const rules: Readonly<Record<string, Rule>> = {
  network: {
    allowed: networks.join(' or '),
    read: (text) => {
      const network = networks.find((name) => name === text);
      return network === undefined ? undefined : { network };
    },
  },
  shape: {
    allowed: `three numbers from ${lengths.min} to ${lengths.max}, as in 64x64x64`,
    read: (text) => {
      const shape = text.split('x').map((part) => numberIn(part, lengths));
      return shape.length === 3 && shape.every((length) => length !== undefined)
        ? { shape }
        : undefined;
    },
  },
  batch: {
    allowed: `a whole number from ${batchLimits.min} to ${batchLimits.max}`,
    read: (text) => {
      const batch = numberIn(text, batchLimits);
      return batch === undefined ? undefined : { batch };
    },
  },
  steps: {
    allowed: 'a whole number from 1 to 100',
    read: (text) => {
      const steps = numberIn(text, { min: 1, max: 100 });
      return steps === undefined ? undefined : { steps };
    },
  },
  precisions: {
    allowed: 'f32, half, or both with a comma',
    read: (text) => {
      const asked = text.split(',');
      const chosen = precisions.filter((precision) => asked.includes(precision));
      return chosen.length === asked.length ? { precisions: chosen } : undefined;
    },
  },
  stock: {
    allowed: 'yes or no',
    read: (text) => (text === 'yes' || text === 'no' ? { stock: text === 'yes' } : undefined),
  },
};

/** @param hash - `location.hash`, with or without its `#` */
export function parseBenchHash(hash: string): HashSettings {
  const text = hash.replace(/^#/, '');
  if (text.length > longest) {
    const details = { expected: `at most ${longest} characters after #`, found: `${text.length}` };
    return { chosen: {}, problems: [describe('CONFIG_VALUE', details)] };
  }
  let chosen: Partial<BenchRequest> = {};
  const problems: Problem[] = [];
  for (const [key, value] of new URLSearchParams(text)) {
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
    const read = rule?.read(value);
    if (rule === undefined) problems.push(describe('CONFIG_UNKNOWN_KEY', { found: key }));
    else if (read !== undefined) chosen = { ...chosen, ...read };
    else {
      const details = { expected: `${key}: ${rule.allowed}`, found: value };
      problems.push(describe('CONFIG_VALUE', details));
    }
  }
  return { chosen, problems };
}

function numberIn(text: string, { min, max }: { min: number; max: number }): number | undefined {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  return value >= min && value <= max ? value : undefined;
}
