import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeCell, forSpreadsheets } from './spreadsheet.ts';
import { parseTable } from './table.ts';

describe('cells for spreadsheets', () => {
  it.each(['=1+1', '+SUM(A1)', '-cmd|x', '@here', '\t=1', ' =1', '-', '+49 30', '=HYPERLINK("x")'])(
    '%s is made text',
    (cell) => expect(escapeCell(cell)).toBe(`'${cell}`),
  );

  it.each(['', 'AD', 'sub-01', '-1.5', '+3', '-1e-05', '.5', '-inf', '0.25', "it's"])(
    '%s stays',
    (cell) => expect(escapeCell(cell)).toBe(cell),
  );

  it('no cell of any table begins a formula, and numbers are not touched', () => {
    const cell = fc.oneof(fc.string(), fc.double().map(String), fc.constantFrom('=1', '-2', '@a'));
    fc.assert(
      fc.property(cell, (text) => {
        const escaped = escapeCell(text);
        expect(/^\s*[=@]/.test(escaped)).toBe(false);
        expect(escaped === text || escaped === `'${text}`).toBe(true);
      }),
    );
  });

  it('a table keeps its shape, its header among what is escaped', () => {
    const text = 'participant_id\t=bad\nsub-1\t=HYPERLINK("http://x")\nsub-2\t-0.25\n';
    const { columns, rows } = parseTable(forSpreadsheets(text, 't.tsv'), { file: 't.tsv' });
    expect(columns).toEqual(['participant_id', "'=bad"]);
    expect(rows).toEqual([
      ['sub-1', '\'=HYPERLINK("http://x")'],
      ['sub-2', '-0.25'],
    ]);
  });

  it('refuses what is no table', () => {
    expect(() => forSpreadsheets('', 't.tsv')).toThrow(/TSV_EMPTY/);
  });
});
