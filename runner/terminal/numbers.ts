/** Numbers on the command line: anything else is refused before the work starts. */
import { InvalidArgumentError } from 'commander';

/** For `Option.argParser`. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('It has to be a whole number.');
}

/** For `Option.argParser`: 1 or more. */
export function countingNumber(text: string): number {
  const value = wholeNumber(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('It has to be a whole number above 0.');
}

/** For `Option.argParser`. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It has to be a number above 0.');
}

/** For an option that may be repeated. */
export function wholeNumbers(text: string, all: readonly number[] = []): number[] {
  return [...all, wholeNumber(text)];
}
