import { describe, expect, it } from 'vitest';
import { sampleParticipant } from './demographics.ts';

const cohort = (seed: number, n: number) =>
  Array.from({ length: n }, (_, index) => sampleParticipant(seed, index));

describe('sample participants', () => {
  it.each([0, 1, 7, 2024])('are half AD, half F, each pair of one sex (seed %i)', (seed) => {
    const people = cohort(seed, 24);
    expect(people.filter(({ diagnosis }) => diagnosis === 'AD')).toHaveLength(12);
    expect(people.filter(({ sex }) => sex === 'F')).toHaveLength(12);
    const both = people.filter(({ diagnosis, sex }) => diagnosis === 'AD' && sex === 'F');
    expect(both).toHaveLength(6);
  });

  it('have ages that differ little between the diagnoses and span two decades', () => {
    for (const seed of [0, 1, 2, 3]) {
      const people = cohort(seed, 24);
      const mean = (diagnosis: string): number =>
        people
          .filter((person) => person.diagnosis === diagnosis)
          .reduce((sum, { age }) => sum + age / 12, 0);
      expect(Math.abs(mean('AD') - mean('CN'))).toBeLessThan(1.5);
      const ages = people.map(({ age }) => age);
      expect(Math.max(...ages) - Math.min(...ages)).toBeGreaterThan(18);
    }
  });

  it('do not come in an order that tells the diagnosis', () => {
    const first = Array.from({ length: 200 }, (_, seed) => sampleParticipant(seed, 0).diagnosis);
    const share = first.filter((diagnosis) => diagnosis === 'AD').length / 200;
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.6);
  });

  it('are named as CAPS wants them', () => {
    expect(sampleParticipant(0, 0)).toMatchObject({
      participant: 'sub-CAP001',
      session: 'ses-M000',
    });
    expect(sampleParticipant(0, 99).participant).toBe('sub-CAP100');
  });
});
