import { describe, expect, it } from 'vitest';
import { describe as problem } from '../errors.ts';
import { findingsTable, scoreTable, t1VolumeTables } from './tables.ts';

const sessions = [
  { participant: 'sub-01', session: 'ses-M000', score: 0.5 },
  { participant: 'sub-02', session: 'ses-M000', score: NaN },
  { participant: 'sub-03', session: 'ses-M006', score: 0.9375 },
  { participant: 'sub-04', session: 'ses-M000', score: 1 },
];

describe('the table of scores', () => {
  it('has the columns of 1.6.1, the best first; a score at the threshold does not pass', () => {
    expect(scoreTable(sessions, 0.5, 'down')).toBe(
      [
        'participant_id\tsession_id\tpass_probability\tpass',
        'sub-04\tses-M000\t1.0\tTrue',
        'sub-03\tses-M006\t0.9375\tTrue',
        'sub-01\tses-M000\t0.5\tFalse',
        'sub-02\tses-M000\t\tFalse',
        '',
      ].join('\n'),
    );
  });

  it('has the worst first for PET, and what is missing last all the same', () => {
    const order = scoreTable(sessions, 0.9, 'up')
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t')[0]);
    expect(order).toEqual(['participant_id', 'sub-01', 'sub-03', 'sub-04', 'sub-02']);
  });
});

describe('the tables of t1-volume', () => {
  const row = (participant: string, maxIntensity: number, nz: number, frontal: number) => ({
    ...{ participant, session: 'ses-M000', maxIntensity },
    ...{ nonZeroPercentage: nz, frontalSimilarity: frontal },
  });
  const tables = t1VolumeTables([
    row('sub-1', 0.99, 0.3, 0.5),
    row('sub-2', 0.9, 0.3, 0.5),
    row('sub-3', 0.97, 0.5, 0.5),
    row('sub-4', 0.98, 0.2, 0.1),
  ]);
  const ids = (name: string) =>
    (tables.get(name) ?? '')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t')[0]);

  it('are sorted by the largest value, with the columns of 1.6.1', () => {
    expect(tables.get('QC_metrics.tsv')?.split('\n')[0]).toBe(
      'participant_id\tsession_id\tmax_intensity\tnon_zero_percentage\tfrontal_similarity',
    );
    expect(ids('QC_metrics.tsv')).toEqual(['sub-2', 'sub-3', 'sub-4', 'sub-1']);
  });

  it('let pass less at each step', () => {
    expect(ids('pass_step-1.tsv')).toEqual(['sub-3', 'sub-4', 'sub-1']);
    expect(ids('pass_step-2.tsv')).toEqual(['sub-4', 'sub-1']);
    expect(ids('pass_step-3.tsv')).toEqual(['sub-1']);
  });
});

describe('the table of findings', () => {
  it('has a line a finding', () => {
    const findings = [
      problem('QUALITY_NOISE', { expected: 'noise below 0.5', found: '0.7' }),
      problem('QUALITY_CONSTANT'),
    ];
    const lines = findingsTable([
      { participant: 'sub-1', session: 'ses-M000', file: 'a.nii', findings },
    ]).split('\n');
    expect(lines[1]).toBe(
      'sub-1\tses-M000\ta.nii\tQUALITY_NOISE\twarning\tThe scan is noisy.\tnoise below 0.5\t0.7',
    );
    expect(lines[2]).toContain('QUALITY_CONSTANT\terror');
    expect(lines).toHaveLength(4);
  });
});
