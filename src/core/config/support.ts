/** What works today: an option that would be ignored is refused, by name, before anything starts. */
import { CapsuleError, describe, type Problem } from '../errors.ts';
import type { Option } from './option.ts';
import { optionsOf, type Config } from './schema.ts';

/** @returns one problem (CONFIG_NOT_YET) for each option whose value does not work today. */
export function unsupportedOptions(config: Config): Problem[] {
  const values = config as unknown as Readonly<Record<string, unknown>>;
  const problems = optionsOf(config.network_task).flatMap(({ key, option }) => {
    const accepted = acceptedToday(option);
    const value = values[key];
    if (accepted === undefined || accepted.some((other) => same(other, value))) return [];
    const reason = option.supported === true ? undefined : option.supported;
    return [notYet(key, value, accepted.map(inWords).join(' or '), reason)];
  });
  if (config.architecture !== ADAPTING) return problems;
  const other = 'a network of one cohort, such as "Conv5_FC3"';
  return [
    ...problems,
    notYet('architecture', ADAPTING, other, 'Domain adaptation is not there yet.'),
  ];
}

/** Two of its three heads learn from a second cohort only. */
const ADAPTING = 'Conv5_FC3_SSDA';

/** @throws CONFIG_NOT_YET for the first option whose value does not work today. */
export function refuseUnsupported(config: Config): void {
  const problem = unsupportedOptions(config)[0];
  if (problem !== undefined) throw new CapsuleError(problem.code, problem);
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
