/** A choice on the command line: a name that is none is refused with the nearest that is. */
import { InvalidArgumentError } from 'commander';
import { didYouMean } from '../../src/core/config/nearest.ts';

/** For `argParser` of an option or an argument. */
export function oneOf(choices: readonly string[]): (text: string) => string {
  return (text) => {
    if (choices.includes(text)) return text;
    const { action = '' } = didYouMean(text, choices);
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}. ${action}`.trim());
  };
}
