/**
 * The methods of explanation as the page offers them: their settings with ranges, and from what was
 * typed the method as the session takes it. Names, settings and defaults are those of
 * `capsule interpret`.
 */
import { METHOD_DEFAULTS } from '../../core/interpret/defaults.ts';
import type { Method } from '../../jobs/session-api.ts';

export type MethodName = Method['method'];

/** In the order of the list: cheap and plain first. */
export const METHOD_NAMES: readonly MethodName[] = [
  'gradients',
  'grad-cam',
  'grad-cam++',
  'guided-backpropagation',
  'smoothgrad',
  'integrated-gradients',
  'occlusion',
];

export const SETTINGS = [
  'level',
  'form',
  'steps',
  'baseline',
  'samples',
  'noise',
  'size',
  'stride',
  'value',
] as const;
export type SettingName = (typeof SETTINGS)[number];

/** What was typed; '' for the default. */
export type MethodSettings = Readonly<Partial<Record<SettingName, string>>>;

interface Range {
  readonly min?: number;
  readonly max?: number;
  readonly whole?: boolean;
}

export const RANGES: Readonly<Record<Exclude<SettingName, 'form'>, Range>> = {
  level: { min: 1, max: 999, whole: true },
  steps: { min: 1, max: 1000, whole: true },
  baseline: {},
  samples: { min: 1, max: 1000, whole: true },
  noise: { min: 0.001, max: 1 },
  size: { min: 1, max: 256, whole: true },
  stride: { min: 1, max: 256, whole: true },
  value: {},
};

const OF: Readonly<Record<MethodName, readonly SettingName[]>> = {
  gradients: [],
  'guided-backpropagation': [],
  'grad-cam': ['level', 'form'],
  'grad-cam++': ['level'],
  'integrated-gradients': ['steps', 'baseline'],
  smoothgrad: ['samples', 'noise'],
  occlusion: ['size', 'stride', 'value'],
};

/** Settings that a method looks at, in the order of the form. */
export const settingsOf = (name: MethodName): readonly SettingName[] => OF[name];

/** @returns whether a setting holds what cannot be used; '' is the default and right. */
export function isWrong(name: SettingName, text: string): boolean {
  if (text.trim() === '') return false;
  if (name === 'form') return text !== 'clinicadl' && text !== 'paper';
  const value = Number(text);
  const { min = -Infinity, max = Infinity, whole = false } = RANGES[name];
  if (!Number.isFinite(value) || value < min || value > max) return true;
  return whole && !Number.isInteger(value);
}

/** @returns the default of a setting, as it stands in an empty field. */
export function defaultOf(name: SettingName, settings: MethodSettings): string {
  if (name === 'level') return '';
  if (name === 'stride') return settings.size?.trim() || String(METHOD_DEFAULTS.size);
  return String(METHOD_DEFAULTS[name]);
}

/** @returns undefined while a setting is wrong, or cubes would leave voxels out. */
export function methodOf(name: MethodName, settings: MethodSettings): Method | undefined {
  const asked = OF[name];
  if (asked.some((setting) => isWrong(setting, settings[setting] ?? ''))) return undefined;
  const number = (setting: Exclude<SettingName, 'form'>): number =>
    Number(settings[setting]?.trim() || defaultOf(setting, settings));
  const level = settings.level?.trim() ? { level: number('level') } : {};
  switch (name) {
    case 'gradients':
    case 'guided-backpropagation':
      return { method: name };
    case 'grad-cam':
      return { method: name, ...level, form: settings.form === 'paper' ? 'paper' : 'clinicadl' };
    case 'grad-cam++':
      return { method: name, ...level };
    case 'integrated-gradients':
      return { method: name, steps: number('steps'), baseline: number('baseline') };
    case 'smoothgrad': {
      const { seed } = METHOD_DEFAULTS;
      return { method: name, samples: number('samples'), noise: number('noise'), seed };
    }
    case 'occlusion': {
      const [size, stride] = [number('size'), number('stride')];
      return stride > size ? undefined : { method: name, size, stride, value: number('value') };
    }
  }
}

/** How many times the network is run for one map, as far as it follows from the settings alone. */
export function runsOf(method: Method): number | undefined {
  if (method.method === 'integrated-gradients') return method.steps;
  if (method.method === 'smoothgrad') return method.samples;
  return method.method === 'occlusion' ? undefined : 1;
}
