import { beforeAll, describe, expect, it } from 'vitest';
import { makeParticipant } from '../sample/participant.ts';
import { colin27 } from '../sample/testing/colin27.ts';
import type { Volume } from '../volume.ts';
import { checkScan, methodOf } from './check-scan.ts';
import { linearScore, LINEAR_THRESHOLD } from './linear-score.ts';
import { multiply } from './on-grid.ts';
import { scoreFindings } from './score-findings.ts';
import type { Template } from './template.ts';
import { BREAKAGES, flipped, noisy, permuted, shifted } from './testing/broken.ts';
import { colinHead, templates } from './testing/templates.ts';

let base: Volume;
let both: readonly Template[];
beforeAll(async () => {
  [base, both] = [await colin27(), await templates()];
}, 60_000);

const score = (volume: Volume) => linearScore(volume, both);
const codes = (volume: Volume) =>
  checkScan(volume, 'linear', both, {}).findings.map(({ code }) => code);

describe('the linear score', () => {
  it('is about 1 for the template itself, with every part at its best', () => {
    const found = score(base);
    expect(found.similarity).toBeCloseTo(1, 6);
    expect(found.overlap).toBe(1);
    expect(found.distance).toBeCloseTo(0, 6);
    expect(found.inside).toBe(1);
    expect(found.template).toBe('brain');
    expect(found.score).toBeCloseTo(1 - found.noise ** 2, 6);
  });

  it('finds its like for a whole head', async () => {
    const found = score(await colinHead());
    expect(found.template).toBe('head');
    expect(found.score).toBeGreaterThan(0.9);
  });

  it('is the product of its parts', () => {
    const found = score(shifted([2, 1, 0])(base));
    const { similarity, overlap, distance, noise } = found;
    const product = similarity * overlap * (1 - distance / 30) * (1 - noise ** 2);
    expect(found.score).toBeCloseTo(product, 10);
    expect(found.distance).toBeCloseTo(3 * Math.hypot(2, 1), 1);
  });

  it('lets sample brains pass, at another voxel size too', () => {
    for (const millimetres of [3, 4]) {
      const made = makeParticipant(base, { seed: 2, index: 1, atrophied: true, millimetres });
      expect(score(made).score).toBeGreaterThan(LINEAR_THRESHOLD);
    }
  });

  it('does not change with the order in which the array stores its axes', () => {
    const made = makeParticipant(base, { seed: 2, index: 4, atrophied: false, millimetres: 3 });
    const { data, shape } = made;
    // The same brain stored from right to left, its affine saying so.
    const mirror = [-1, 0, 0, shape[0] - 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
    const stored = flipped([-1, 1, 1])(made);
    const turned = { data: stored.data, shape, affine: multiply(made.affine, mirror) };
    expect(data).not.toEqual(stored.data);
    expect(score(turned).score).toBeCloseTo(score(made).score, 5);
  });

  it('ranks every way of breaking a brain below the unbroken ones', () => {
    const good = [1, 4, 7].map((index) =>
      makeParticipant(base, { seed: 2, index, atrophied: index === 4, millimetres: 3 }),
    );
    const least = Math.min(...good.map((volume) => score(volume).score));
    const [first = base] = good;
    const above = BREAKAGES.filter(([, make]) => !(score(make(first)).score < least));
    expect(above.map(([name]) => name)).toEqual([]);
  }, 120_000);

  it('cannot tell left from right, and does not pretend to', () => {
    const mirrored = score(flipped([-1, 1, 1])(base));
    expect(mirrored.wrong).toBeUndefined();
    expect(mirrored.score).toBeGreaterThan(LINEAR_THRESHOLD);
  });

  it('is 0 where there is nothing to compare', () => {
    const empty = { ...base, data: new Float32Array(base.data.length) };
    expect(score(empty)).toMatchObject({ score: 0, overlap: 0 });
    expect(linearScore(base, []).score).toBe(0);
    const elsewhere = [3, 0, 0, 900, 0, 3, 0, 900, 0, 0, 3, 900, 0, 0, 0, 1];
    expect(score({ ...base, affine: elsewhere })).toMatchObject({ score: 0, inside: 0 });
  });
});

describe('findings from a score', () => {
  it('are none for a good scan', () => {
    expect(codes(base)).toEqual([]);
  });

  it('name how a scan is turned', () => {
    const wrong = (volume: Volume) => score(volume).wrong;
    expect(wrong(flipped([1, 1, -1])(base))).toBe('top and bottom swapped');
    expect(wrong(flipped([1, -1, 1])(base))).toBe('back and front swapped');
    expect(wrong(permuted([0, 2, 1])(base))).toContain('its axes in the order x, z, y');
    expect(codes(flipped([1, 1, -1])(base))).toContain('QUALITY_ORIENTATION');
  });

  it('name a shift, noise, another contrast and a small field of view', () => {
    expect(codes(shifted([0, 5, 0])(base))).toContain('QUALITY_OFF_CENTRE');
    expect(codes(noisy(0.25)(base))).toContain('QUALITY_NOISE');
    const inverted = { ...base, data: base.data.map((value) => (value > 0 ? 255 - value : 0)) };
    expect(codes(inverted)).toContain('QUALITY_UNLIKE');
    const [X, Y, Z] = [base.shape[0], base.shape[1], 40];
    const low = {
      ...{ affine: base.affine, shape: [X, Y, Z] as const },
      data: Float32Array.from({ length: X * Y * Z }, (_, n) => {
        return base.data[Math.floor(n / Z) * base.shape[2] + (n % Z)] ?? 0;
      }),
    };
    expect(codes(low)).toContain('QUALITY_FIELD_OF_VIEW');
  });

  it('tell whose they are, what was expected and what was found', () => {
    const where = { participant: 'sub-01', session: 'ses-M000', file: 'a.nii.gz' };
    const [finding] = scoreFindings({ ...score(base), distance: 14.2 }, where);
    expect(finding).toMatchObject({ ...where, code: 'QUALITY_OFF_CENTRE', found: '14 mm' });
    expect(finding?.expected).toContain('10 mm');
  });
});

describe('how a preprocessing is scored', () => {
  it('follows what its volumes show', () => {
    expect(methodOf({ pipeline: 't1-linear' })).toBe('linear');
    expect(methodOf({ pipeline: 'custom' })).toBe('linear');
    expect(methodOf({ pipeline: 'pet-linear' })).toBe('pet');
    expect(methodOf({ pipeline: 'flair-linear' })).toBe('raw');
    expect(methodOf({ pipeline: 't1' })).toBe('raw');
  });

  it('gives no score to scans of which nothing is known', () => {
    const found = checkScan(base, 'raw', both, {});
    expect(found.score).toBeUndefined();
    expect(found.findings).toEqual([]);
    expect(found.millilitres).toBeGreaterThan(1000);
  });
});
