import { describe, expect, it } from 'vitest';
import { describe as problem, type ErrorCode } from '../../core/errors.ts';
import type { QualityRow } from '../../jobs/session-api.ts';
import { countFindings, gravest, tileAfterKey, worstFirst } from './quality-order.ts';

function row(name: string, score: number | undefined, ...codes: ErrorCode[]): QualityRow {
  const findings = codes.map((code) => problem(code));
  const place = { participant: name, session: 'ses-M000', file: `${name}.nii` };
  return score === undefined ? { ...place, findings } : { ...place, score, findings };
}
const names = (rows: readonly QualityRow[]) => rows.map(({ participant }) => participant);

describe('the order of checked scans', () => {
  it('has the lowest score first, and among equal ones the graver finding', () => {
    const rows = [
      row('a', 0.9),
      row('b', 0, 'QUALITY_NOISE'),
      row('c', 0, 'QUALITY_CONSTANT'),
      row('d', 0.4),
    ];
    expect(names(worstFirst(rows))).toEqual(['c', 'b', 'd', 'a']);
    expect(names(rows)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('follows the findings where there are no scores', () => {
    const rows = [
      row('a', undefined),
      row('b', undefined, 'QUALITY_NOISE'),
      row('c', undefined, 'QUALITY_NOISE', 'QUALITY_SHAPE'),
      row('d', undefined, 'QUALITY_DUPLICATE'),
    ];
    expect(names(worstFirst(rows))).toEqual(['d', 'c', 'b', 'a']);
  });

  it('counts each finding once a scan, errors first', () => {
    const rows = [
      row('a', 1, 'QUALITY_NOISE', 'QUALITY_NOISE'),
      row('b', 1, 'QUALITY_NOISE', 'QUALITY_DUPLICATE'),
    ];
    expect(countFindings(rows).map(({ code, scans }) => [code, scans])).toEqual([
      ['QUALITY_DUPLICATE', 1],
      ['QUALITY_NOISE', 2],
    ]);
    expect(gravest([])).toBe(0);
  });
});

describe('keys among tiles', () => {
  const tiles = { count: 11, perLine: 4, linesShown: 2 };

  it('move by one, by a line, by a page and to the ends', () => {
    expect(tileAfterKey('ArrowRight', 3, tiles)).toBe(4);
    expect(tileAfterKey('ArrowLeft', 0, tiles)).toBe(0);
    expect(tileAfterKey('ArrowDown', 1, tiles)).toBe(5);
    expect(tileAfterKey('PageDown', 1, tiles)).toBe(5);
    expect(tileAfterKey('Home', 7, tiles)).toBe(0);
    expect(tileAfterKey('End', 0, tiles)).toBe(10);
  });

  it('stay in the first line, and end at the last tile', () => {
    expect(tileAfterKey('ArrowUp', 2, tiles)).toBe(2);
    expect(tileAfterKey('ArrowDown', 9, tiles)).toBe(10);
  });

  it('move nothing with another key, or where there is no tile', () => {
    expect(tileAfterKey('x', 2, tiles)).toBeUndefined();
    expect(tileAfterKey('End', 0, { ...tiles, count: 0 })).toBeUndefined();
  });
});
