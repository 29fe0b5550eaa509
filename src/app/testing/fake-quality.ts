/** The quality check of a session without a worker: most scans are good, the last ones are not. */
import { describe } from '../../core/errors.ts';
import type { OnEvent, ParticipantRow, QualityReport, QualityRow } from '../../jobs/session-api.ts';
import { generator } from './fake-data.ts';

type Steps = (onEvent: OnEvent, phase: string, unit: string, total: number) => Promise<void>;

export function fakeQuality(steps: Steps, rows: () => readonly ParticipantRow[]) {
  return {
    checkQuality: async (onEvent: OnEvent): Promise<QualityReport> => {
      await steps(onEvent, 'Checking scans', 'scans', 20);
      const random = generator(7);
      const usable = rows().filter(({ path, damaged }) => path !== '' && !damaged);
      return {
        ...{ method: 'linear', threshold: 0.5 },
        rows: usable.map((row, index) => checked(row, index, random())),
      };
    },
    cancelQuality: async (): Promise<void> => undefined,
  };
}

function checked(row: ParticipantRow, index: number, chance: number): QualityRow {
  const { participant, session, path: file } = row;
  const where = { participant, session, file };
  const isBad = index % 17 === 5;
  const isOdd = index % 11 === 3;
  const similarity = isBad ? 0.1 + 0.3 * chance : 0.7 + 0.15 * chance;
  const distance = isBad ? 14 + 6 * chance : 1 + 4 * chance;
  const overlap = isBad ? 0.78 : 0.9;
  const score = similarity * overlap * (1 - distance / 30);
  const found = similarity.toFixed(2);
  const findings = [
    ...(isBad
      ? [
          describe('QUALITY_UNLIKE', { ...where, expected: 'a correlation of 0.5 or more', found }),
          describe('QUALITY_OFF_CENTRE', {
            ...{ ...where, expected: 'at most 10 mm from the template’s centre' },
            found: `${distance.toFixed(0)} mm`,
          }),
        ]
      : []),
    ...(isOdd
      ? [
          describe('QUALITY_BRAIN_SIZE', {
            ...{ ...where, expected: '1500 to 2100 ml in its outline, as the others' },
            found: '1310 ml',
          }),
        ]
      : []),
  ];
  const parts = {
    ...{ score, template: 'brain' as const, similarity, overlap, distance },
    ...{ noise: 0.03, inside: 1, millilitres: 1750 },
  };
  return { participant, session, file, score, parts, findings };
}
