/** What works today: an option that would be ignored is refused, by name, before anything starts. */
import { transformNamed } from '../augmentation/catalogue.ts';
import { readPipeline, transformsOf } from '../augmentation/pipeline.ts';
import { CapsuleError, describe, toProblem, type Problem } from '../errors.ts';
import { adaptationProblems } from './adaptation.ts';
import type { Option } from './option.ts';
import { optionsOf, type Config } from './schema.ts';

/**
 * @returns one problem (CONFIG_NOT_YET) for each option whose value does not work today, and those of
 * options that do not go together.
 */
export function unsupportedOptions(config: Config): Problem[] {
  const values = config as unknown as Readonly<Record<string, unknown>>;
  const problems = optionsOf(config.network_task).flatMap(({ key, option }) => {
    const accepted = acceptedToday(option);
    const value = values[key];
    if (accepted === undefined || accepted.some((other) => same(other, value))) return [];
    const reason = option.supported === true ? undefined : option.supported;
    return [notYet(key, value, accepted.map(inWords).join(' or '), reason)];
  });
  return [...problems, ...adaptationProblems(config), ...augmentationProblems(config)];
}

/** @throws the first of `unsupportedOptions` */
export function refuseUnsupported(config: Config): void {
  const problem = unsupportedOptions(config)[0];
  if (problem !== undefined) throw new CapsuleError(problem.code, problem);
}

/** What is wrong with the transforms; those that change the size are not for training. */
function augmentationProblems({ data_augmentation: given }: Config): Problem[] {
  try {
    const names = transformsOf(readPipeline(given)).map(({ name }) => name);
    const other = names.find((name) => transformNamed(name)?.keepsShape === false);
    if (other === undefined) return [];
    const expected = 'transforms in "data_augmentation" that keep the size of an image';
    return [describe('CONFIG_VALUE', { expected, found: other })];
  } catch (thrown) {
    return [toProblem(thrown)];
  }
}

/** @returns the values that work today, or undefined when all do. */
export function acceptedToday(option: Option): readonly unknown[] | undefined {
  if (option.works !== undefined) return option.works;
  return option.supported === true ? undefined : [option.fallback];
}

function notYet(key: string, value: unknown, accepted: string, reason?: string): Problem {
  return describe('CONFIG_NOT_YET', {
    expected: `"${key}" to be ${accepted}`,
    found: inWords(value),
    ...(reason === undefined ? {} : { action: `${reason} Leave "${key}" out.` }),
  });
}

const inWords = (value: unknown): string => JSON.stringify(value);

/** Values of options are plain data; an empty list of augmentations asks for none, like false. */
function same(a: unknown, b: unknown): boolean {
  if (a === false && Array.isArray(b) && b.length === 0) return true;
  return JSON.stringify(a) === JSON.stringify(b);
}
