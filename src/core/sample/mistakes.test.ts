import { beforeAll, describe, expect, it } from 'vitest';
import { auditExperiment } from '../leakage/audit.ts';
import { MemoryTree } from '../files/memory-tree.ts';
import { needFile, readText } from '../files/read.ts';
import { readVolume } from '../nifti/read.ts';
import { parseTable } from '../tsv/table.ts';
import type { Volume } from '../volume.ts';
import { makeSampleCohort, samplePath } from './cohort.ts';
import { sampleParticipant } from './demographics.ts';
import {
  COHORT_MISTAKES,
  mistakenParticipant,
  mistakeText,
  parseMistake,
  type CohortMistake,
} from './mistakes.ts';
import { colin27 } from './testing/colin27.ts';

let base: Volume;
beforeAll(async () => {
  base = await colin27();
});

async function make(participants: number, mistake?: CohortMistake) {
  const tree = new MemoryTree();
  const options = { participants, millimetres: 6, seed: 5, mistake };
  const made: number[] = [];
  for await (const { done } of makeSampleCohort({ base, options, tree })) made.push(done);
  expect(made).toHaveLength(participants);
  const { rows } = parseTable(await readText(tree, 'labels.tsv'), { file: 'labels.tsv' });
  return { tree, rows };
}

async function voxels(tree: MemoryTree, index: number): Promise<Float32Array> {
  const file = await needFile(tree, samplePath(sampleParticipant(5, index), 6));
  return (await readVolume(file)).volume.data;
}

describe('sample cohorts that are wrong on purpose', () => {
  it('has each brain twice in the one that leaks, under two names and with one label', async () => {
    const { tree, rows } = await make(8, 'leak');
    expect(new Set(rows.map(([name]) => name)).size).toBe(8);
    for (let index = 0; index < 4; index++) {
      expect(await voxels(tree, index)).toEqual(await voxels(tree, index + 4));
      expect(rows[index]?.slice(2)).toEqual(rows[index + 4]?.slice(2));
    }
    expect(await voxels(tree, 0)).not.toEqual(await voxels(tree, 1));
    expect(await readText(tree, 'README.txt')).toContain('DELIBERATE MISTAKE');
    expect(parseMistake(await readText(tree, 'deliberate-mistake.json'))).toEqual({
      ...{ mistake: 'leak', isPutRight: false },
    });
  });

  it('multiplies whole scans in the one of odd units: the same brains, and no other labels', async () => {
    const [{ tree: right, rows: given }, { tree, rows }] = [
      await make(4),
      await make(4, 'scaling'),
    ];
    expect(rows).toEqual(given);
    const factors: number[] = [];
    for (let index = 0; index < 4; index++) {
      const [usual, scaled] = [await voxels(right, index), await voxels(tree, index)];
      const brightest = usual.indexOf(Math.max(...usual));
      const factor = (scaled[brightest] ?? NaN) / (usual[brightest] ?? NaN);
      factors.push(factor);
      const apart = usual.reduce(
        (most, value, n) => Math.max(most, Math.abs((scaled[n] ?? NaN) - factor * value)),
        0,
      );
      expect(apart).toBeLessThan(1e-3 * factor);
    }
    expect(Math.max(...factors) / Math.min(...factors)).toBeGreaterThan(10);
    expect(Math.max(...factors)).toBeLessThanOrEqual(1000);
    expect(Math.min(...factors)).toBeGreaterThanOrEqual(1e-3);
  });

  it.each(['leak', 'labels'] as const)(
    'has labels that say nothing of the brain: %s',
    (mistake) => {
      for (const seed of [0, 1, 42]) {
        const counts = new Map<string, number>();
        for (let index = 0; index < 24; index++) {
          const { person, atrophied } = mistakenParticipant(seed, index, 48, mistake);
          const key = `${person.diagnosis} ${atrophied ? 'with' : 'without'}`;
          counts.set(key, (counts.get(key) ?? 0) + 1);
        }
        expect([...counts.values()]).toEqual([6, 6, 6, 6]);
      }
    },
  );

  it('leaves the ordinary cohort as it was', async () => {
    const { tree } = await make(2);
    expect(await tree.file('deliberate-mistake.json')).toBeUndefined();
    expect(await readText(tree, 'README.txt')).not.toContain('MISTAKE');
    for (let index = 0; index < 6; index++) {
      const { person, factor, source } = mistakenParticipant(3, index, 6, undefined);
      expect(person).toEqual(sampleParticipant(3, index));
      expect([factor, source]).toEqual([1, index]);
    }
  });

  it('leaks by the rules of any audit: copies in two sets are an error', () => {
    const names = [0, 1, 2, 3].map(
      (index) => mistakenParticipant(1, index, 4, 'leak').person.participant,
    );
    const rows = (some: readonly string[]) =>
      some.map((participant) => ({ participant, session: 'ses-M000', file: '' }));
    const scans = names.map((participant, index) => ({
      ...{ participant, session: 'ses-M000', file: participant },
      hash: String(mistakenParticipant(1, index, 4, 'leak').source),
    }));
    const sets = [
      { name: 'train', role: 'train', split: 0, rows: rows(names.slice(0, 2)) },
      { name: 'test', role: 'test', rows: rows(names.slice(2)) },
    ] as const;
    const { verdict, findings } = auditExperiment({ sets, scans });
    expect(verdict).toBe('leaky');
    expect(findings[0]).toMatchObject({ code: 'LEAKAGE_SCAN', severity: 'error', count: 4 });
  });

  it('writes a note that it reads again, and takes nothing else for one', () => {
    for (const mistake of [...COHORT_MISTAKES, 'learning-rate'] as const) {
      const note = { mistake, isPutRight: true };
      expect(parseMistake(mistakeText(note))).toEqual(note);
    }
    for (const text of ['', '{}', 'null', '{"deliberate_mistake":"constructor"}']) {
      expect(parseMistake(text)).toBeUndefined();
    }
  });
});
