/**
 * The part of the address after `#`: the sample that a workshop (or a test) starts from, the step in
 * view, and options of the experiment: `#sample=participants:8,mm:6,seed:1&epochs=2&batch=4`, or a
 * link that the page wrote (config-link.ts). It names no participant and starts nothing; whatever is
 * not allowed is reported and the default is used.
 */
import { describe, type Problem } from '../../core/errors.ts';
import type { SampleOptions } from '../../jobs/session-api.ts';
import { stepNames, type StepName } from '../state/steps.ts';
import { readLink, type LinkedChoice } from './config-link.ts';

export interface HashOptions {
  readonly sample: SampleOptions;
  readonly epochs?: number;
  readonly batchSize?: number;
  /** Step to open once there is something to show in it. */
  readonly step?: StepName;
  readonly linked?: LinkedChoice;
  /** Whether explanations are shown; absent where the address leaves it to the browser's own memory. */
  readonly teaching?: boolean;
  readonly problems: readonly Problem[];
}

export const defaultSample: SampleOptions = { participants: 24, millimetres: 4, seed: 42 };

/** Characters; a link of every option is shorter. */
export const longest = 4000;

interface Rule {
  readonly allowed: string;
  readonly accepts: (value: number) => boolean;
}

const between = (low: number, high: number): Rule => ({
  allowed: `a whole number from ${low} to ${high}`,
  accepts: (value) => value >= low && value <= high,
});

const sampleRules: Readonly<Record<string, Rule>> = {
  participants: between(4, 400),
  mm: { allowed: '3, 4 or 6', accepts: (value) => [3, 4, 6].includes(value) },
  seed: between(0, 4_294_967_295),
};

const rules: Readonly<Record<string, Rule>> = {
  epochs: between(1, 1_000_000),
  batch: between(1, 64),
};

/** @param hash - `location.hash`, with or without its `#` */
export function parseHash(hash: string): HashOptions {
  const text = hash.replace(/^#/, '');
  if (text === '') return { sample: defaultSample, problems: [] };
  if (text.length > longest) {
    const problem = describe('CONFIG_VALUE', {
      expected: `at most ${longest} characters after #`,
      found: String(text.length),
    });
    return { sample: defaultSample, problems: [problem] };
  }
  const problems: Problem[] = [];
  // Old links to a step (`#train`) are no option.
  const pairs = pairsOf(stepNames.some((name) => name === text) ? `step=${text}` : text, problems);
  const take = (key: string): string | undefined => {
    const value = pairs.get(key);
    pairs.delete(key);
    return value;
  };
  const inner = numbersOf(take('sample') ?? '', problems);
  const asked = take('step');
  const step = stepNames.find((name) => name === asked);
  if (asked !== undefined && step === undefined) {
    const expected = `step: ${stepNames.join(', ')}`;
    problems.push(describe('CONFIG_VALUE', { expected, found: asked }));
  }
  const teach = take('teach');
  if (teach !== undefined && teach !== 'on' && teach !== 'off') {
    problems.push(describe('CONFIG_VALUE', { expected: 'teach: on or off', found: teach }));
  }
  const epochs = number('epochs', take('epochs'), rules, problems);
  const batchSize = number('batch', take('batch'), rules, problems);
  const linked = readLink(pairs, problems);
  return {
    sample: {
      participants: inner.get('participants') ?? defaultSample.participants,
      millimetres: inner.get('mm') ?? defaultSample.millimetres,
      seed: inner.get('seed') ?? defaultSample.seed,
    },
    ...(epochs === undefined ? {} : { epochs }),
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(step === undefined ? {} : { step }),
    ...(linked === undefined ? {} : { linked }),
    ...(teach === 'on' || teach === 'off' ? { teaching: teach === 'on' } : {}),
    problems,
  };
}

/** The step of an address is gone to once. */
export function withoutStep(options: HashOptions): HashOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([key]) => key !== 'step'),
  ) as unknown as HashOptions;
}

/** @returns decoded texts by key; the last of two with one key counts */
function pairsOf(text: string, problems: Problem[]): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const [key = '', value = ''] = cut(pair, '=');
    try {
      pairs.set(decodeURIComponent(key), decodeURIComponent(value));
    } catch {
      problems.push(describe('CONFIG_VALUE', { expected: 'text with %-escapes', found: pair }));
    }
  }
  return pairs;
}

function numbersOf(text: string, problems: Problem[]): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const pair of text.split(',')) {
    if (pair === '') continue;
    const [key = '', value = ''] = cut(pair, ':');
    if (!Object.hasOwn(sampleRules, key)) {
      problems.push(describe('CONFIG_UNKNOWN_KEY', { found: key }));
      continue;
    }
    const read = number(key, value, sampleRules, problems);
    if (read !== undefined) numbers.set(key, read);
  }
  return numbers;
}

function number(
  key: string,
  text: string | undefined,
  known: Readonly<Record<string, Rule>>,
  problems: Problem[],
): number | undefined {
  const rule = known[key];
  if (text === undefined || rule === undefined) return undefined;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (rule.accepts(value)) return value;
  problems.push(describe('CONFIG_VALUE', { expected: `${key}: ${rule.allowed}`, found: text }));
  return undefined;
}

function cut(pair: string, within: string): [string, string] {
  const at = pair.indexOf(within);
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
}
