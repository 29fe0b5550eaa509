/** Every rule against ClinicaDL 1.6.1: two cohorts of 160 (tests/fixtures/tsv/labels/README.md). */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { NamedTable } from '../tsv/read-table.ts';
import { parseTable, selectColumns, writeTable, type Table } from '../tsv/table.ts';
import { analyse } from './analysis.ts';
import { readAvailability, sessionOfFile } from './availability.ts';
import { makeLabels, type LabelChoice } from './make-labels.ts';
import { addMetadata } from './metadata.ts';
import { addProgression } from './progression.ts';

const FIXTURES = 'tests/fixtures/tsv/labels';

describe.each(['cohort-5', 'cohort-11'])('%s', (cohort) => {
  const load = (path: string): NamedTable => {
    const file = `${FIXTURES}/${cohort}/${path}`;
    return { table: parseTable(readFileSync(file, 'utf8'), { file }), file };
  };
  const merged = load('merged.tsv');

  /** Column by column and row by row, as text; the order of the columns is free. */
  const expectEqual = (table: Table, path: string): void => {
    const reference = load(path);
    expect([...table.columns].sort()).toEqual([...reference.table.columns].sort());
    const ours = selectColumns(table, reference.table.columns, { file: 'ours' });
    expect(writeTable(ours)).toBe(readFileSync(reference.file, 'utf8'));
  };

  const labels = (modality: string, choice: Partial<LabelChoice>): Table => {
    const tables = readdirSync(`${FIXTURES}/${cohort}/missing_mods`).map((name) => ({
      ...load(`missing_mods/${name}`),
      session: sessionOfFile(name) ?? '',
    }));
    return makeLabels(merged, readAvailability(tables, modality), {
      ...{ diagnoses: ['AD', 'CN'], variables: [], keepSmc: false, removeUniqueSession: false },
      ...choice,
    }).table;
  };

  test('labels of AD and CN', () => {
    expectEqual(labels('t1w', {}), 'adcn/labels.tsv');
  });

  test('labels of all, SMC kept, with the MMSE', () => {
    const choice = { diagnoses: ['AD', 'MCI', 'CN'], variables: ['MMS'], keepSmc: true };
    expectEqual(labels('t1w', choice), 'all/labels.tsv');
  });

  test('labels restricted to some sessions, of participants with several, with a FLAIR', () => {
    const choice = { restriction: load('restriction.tsv'), removeUniqueSession: true };
    expectEqual(labels('flair', choice), 'restricted/labels.tsv');
  });

  test.each([24, 36])('progression within %i months', (horizon) => {
    const { table } = addProgression(load('all/labels.tsv'), { horizon, threeDigits: false });
    expectEqual(table, `progression${horizon}/labels.tsv`);
  });

  test('metadata', () => {
    const choice = { variables: ['education_level', 'site'], bySession: false, threeDigits: true };
    const { table, problems } = addMetadata(load('adcn/labels.tsv'), merged, choice);
    expectEqual(table, 'metadata/labels.tsv');
    expect(problems.map(({ code }) => code)).toEqual(['METADATA_LOST']);
  });

  test('analysis, digit for digit', () => {
    const { table } = analyse(merged, load('all/labels.tsv'), ['AD', 'MCI', 'CN']);
    expectEqual(table, 'analysis.tsv');
  });
});
