/**
 * The part of the address after `#` can set a few numbers, so that a workshop (or a test) starts
 * from a small sample: `#sample=participants:8,mm:6,seed:1&epochs=2&batch=4`. It names no
 * participant and starts nothing; whatever is not allowed is reported and the default is used.
 */
import { describe, type Problem } from '../../core/errors.ts';
import type { SampleOptions } from '../../jobs/session-api.ts';

export interface HashOptions {
  readonly sample: SampleOptions;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly problems: readonly Problem[];
}

export const defaultSample: SampleOptions = { participants: 24, millimetres: 4, seed: 42 };

const longest = 500;

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
  epochs: between(1, 1000),
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
  const outer = readPairs(text, '&', '=', { ...rules, sample: undefined }, problems);
  const inner = readPairs(outer.texts.get('sample') ?? '', ',', ':', sampleRules, problems).numbers;
  const epochs = outer.numbers.get('epochs');
  const batchSize = outer.numbers.get('batch');
  return {
    sample: {
      participants: inner.get('participants') ?? defaultSample.participants,
      millimetres: inner.get('mm') ?? defaultSample.millimetres,
      seed: inner.get('seed') ?? defaultSample.seed,
    },
    ...(epochs === undefined ? {} : { epochs }),
    ...(batchSize === undefined ? {} : { batchSize }),
    problems,
  };
}

/** A key without a rule keeps its text, for a second reading. */
function readPairs(
  text: string,
  between: string,
  within: string,
  known: Readonly<Record<string, Rule | undefined>>,
  problems: Problem[],
) {
  const numbers = new Map<string, number>();
  const texts = new Map<string, string>();
  for (const pair of text.split(between)) {
    if (pair === '') continue;
    const cut = pair.indexOf(within);
    const key = cut < 0 ? pair : pair.slice(0, cut);
    const value = cut < 0 ? '' : pair.slice(cut + 1);
    if (!Object.hasOwn(known, key)) {
      problems.push(describe('CONFIG_UNKNOWN_KEY', { found: key }));
      continue;
    }
    const rule = known[key];
    const number = /^\d{1,10}$/.test(value) ? Number(value) : NaN;
    if (rule === undefined) texts.set(key, value);
    else if (rule.accepts(number)) numbers.set(key, number);
    else {
      const details = { expected: `${key}: ${rule.allowed}`, found: value };
      problems.push(describe('CONFIG_VALUE', details));
    }
  }
  return { numbers, texts };
}
