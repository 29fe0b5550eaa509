/**
 * Numbers in the tables of a MAPS, in the way Python prints them: an integer is a bigint and prints
 * `0`, a float is a number and prints `0.0` or `1e-05`. What was read prints back digit for digit.
 */
import { pythonFloat } from '../config/python-json.ts';
import { CapsuleError } from '../errors.ts';

/** Text, a Python float, or a Python int; a missing value is an empty text. */
export type Cell = string | number | bigint;

/** @returns the text of a cell; a float that is not a number leaves it empty, as pandas does. */
export function printCell(cell: Cell): string {
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'bigint') return String(cell);
  return Number.isNaN(cell) ? '' : pythonFloat(cell);
}

export interface CellPlace {
  readonly file: string;
  /** One-based, header line included. */
  readonly row: number;
  readonly column: string;
}

/** @returns a bigint for digits alone, a number otherwise; NaN for an empty cell. */
export function parseNumber(text: string, place: CellPlace): number | bigint {
  if (/^-?\d+$/.test(text)) return BigInt(text);
  if (text === '' || text === 'nan') return Number.NaN;
  const magnitude = text.replace(/^-/, '');
  if (magnitude === 'inf') return text === magnitude ? Infinity : -Infinity;
  if (!/^(\d+\.\d*|\.\d+|\d+)(e[+-]?\d+)?$/i.test(magnitude)) {
    throw new CapsuleError('MAPS_DAMAGED', { ...place, expected: 'a number', found: `"${text}"` });
  }
  return Number(text);
}
