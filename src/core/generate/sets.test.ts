import { describe, expect, test } from 'vitest';
import { stream } from '../random/philox.ts';
import { regionVoxels } from './ellipsoids.ts';
import { maskOnGrid } from './mask-on-grid.ts';
import { labelTable, missingMods, restOfName } from './names.ts';
import { withNoise } from './random-noise.ts';
import { PATHOLOGIES, PATHOLOGY_REGIONS, TRIVIAL_REGIONS } from './regions.ts';
import { sheppLogan } from './shepp-logan.ts';
import { withAtrophy } from './trivial.ts';

/** Clinica's cropped grid at 3 mm. */
const GRID = {
  shape: [56, 69, 60],
  affine: [3, 0, 0, -83, 0, 3, 0, -118, 0, 0, 3, -77, 0, 0, 0, 1],
} as const;

describe('random', () => {
  test('adds noise of the mean and deviation that were asked for', () => {
    const scan = new Float32Array(20_000).fill(100);
    const noisy = withNoise(scan, { mean: 2, sigma: 0.5 }, stream(1, 'test'));
    const mean = noisy.reduce((sum, value) => sum + value, 0) / noisy.length;
    const squares = noisy.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    expect(Math.abs(mean - 102)).toBeLessThan((5 * 0.5) / Math.sqrt(noisy.length));
    expect(Math.abs(Math.sqrt(squares / noisy.length) / 0.5 - 1)).toBeLessThan(0.025);
    expect(scan[0]).toBe(100);
  });
});

describe('trivial', () => {
  const scan = Float32Array.from({ length: 5000 }, (_, at) => at % 10);
  const mask = Uint8Array.from({ length: 5000 }, (_, at) => Number(at >= 2000));

  test('takes the percentage at least, and ten standard deviations of 0.1 more at most', () => {
    const made = withAtrophy(scan, mask, 60, stream(1, 'test'));
    const lost = [...made].flatMap((value, at) =>
      mask[at] === 1 && scan[at] !== 0 ? [100 * (1 - value / (scan[at] ?? NaN))] : [],
    );
    expect(lost).toHaveLength(2700);
    expect(Math.min(...lost)).toBeCloseTo(60, 3);
    const mean = lost.reduce((sum, value) => sum + value, 0) / lost.length;
    const deviation = Math.sqrt(lost.reduce((s, v) => s + (v - mean) ** 2, 0) / lost.length);
    expect(Math.abs(deviation - 1)).toBeLessThan(5 / Math.sqrt(2 * lost.length));
    // The lowest of 2,700 normal numbers lies some 3.5 deviations below the mean.
    expect(mean - 60).toBeGreaterThan(2.5);
    expect(mean - 60).toBeLessThan(6);
  });

  test('leaves everything outside the mask, and what is 0', () => {
    const made = withAtrophy(scan, mask, 60, stream(1, 'test'));
    const kept = made.filter((value, at) => value === scan[at]);
    expect(kept).toHaveLength(2300);
  });

  test('never turns an intensity round', () => {
    expect(Math.min(...withAtrophy(scan, mask, 100, stream(1, 'test')))).toBe(0);
  });

  test('its regions are the two sides of the medial temporal lobe and do not touch', () => {
    const [left, right] = TRIVIAL_REGIONS.map((regions) => regionVoxels(regions, GRID));
    const count = (voxels: Uint8Array | undefined) => voxels?.reduce((sum, v) => sum + v, 0) ?? 0;
    // 4/3 pi 14 x 26 x 15 mm in voxels of 27 mm3.
    expect(count(left)).toBeGreaterThan(820);
    expect(count(left)).toBeLessThan(875);
    expect(left?.some((inside, at) => inside + (right?.[at] ?? 0) > 1)).toBe(false);
    // Left is where x is negative.
    const firstX = Math.floor((left?.indexOf(1) ?? 0) / (69 * 60));
    expect(3 * firstX - 83).toBeLessThan(-35);
  });
});

describe('hypometabolism', () => {
  test.each(PATHOLOGIES)('%s has a region in the field of view', (pathology) => {
    const voxels = regionVoxels(PATHOLOGY_REGIONS[pathology], GRID);
    const count = voxels.reduce((sum, value) => sum + value, 0);
    expect(count).toBeGreaterThan(500);
    expect(count).toBeLessThan(0.15 * voxels.length);
  });

  test('the aphasias of speech and of words lie on the left', () => {
    for (const pathology of ['lvppa', 'nfvppa'] as const) {
      for (const { centre } of PATHOLOGY_REGIONS[pathology]) expect(centre[0]).toBeLessThan(0);
    }
  });
});

describe('masks on other grids', () => {
  const mask = {
    shape: [2, 2, 2] as const,
    affine: [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1],
    data: Float32Array.of(0, 1, 0, 0, 0, 0, 0.4, 0.6),
  };

  test('take the nearest voxel in space, nothing beyond the mask', () => {
    const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1.2, 0, 0, 0, 1];
    const found = maskOnGrid(mask, { shape: [1, 1, 5], affine });
    // z = 1.2, 2.2 (voxel 1), 3.2 (beyond 3 mm, the edge).
    expect([...found]).toEqual([1, 1, 0, 0, 0]);
  });

  test('of as many voxels are taken as they are, cut at a half', () => {
    const affine = [9, 0, 0, 5, 0, 9, 0, 5, 0, 0, 9, 5, 0, 0, 0, 1];
    expect([...maskOnGrid(mask, { shape: [2, 2, 2], affine })]).toEqual([0, 1, 0, 0, 0, 0, 0, 1]);
  });
});

describe('Shepp-Logan phantoms', () => {
  const of = (subtype: 0 | 1 | 2, n: number, smoothing = false) =>
    sheppLogan({ size: 64, subtype, smoothing }, stream(5, 'test', n));
  const area = (image: Float32Array, rows: readonly [number, number]) =>
    image.filter((value, at) => {
      const row = Math.floor(at / 64);
      return value > 0.39 && value < 0.61 && row >= rows[0] && row < rows[1];
    }).length;

  test('of the same draws differ by subtype in the size of one region alone', () => {
    for (let n = 0; n < 20; n++) {
      const [both, smallBottom, smallTop] = [of(0, n), of(1, n), of(2, n)];
      expect(both.change.every((value) => value === 0)).toBe(true);
      const top = [6, 27] as const;
      const bottom = [42, 60] as const;
      expect(area(smallBottom.image, bottom)).toBeLessThan(area(both.image, bottom));
      expect(area(smallBottom.image, top)).toBe(area(both.image, top));
      expect(area(smallTop.image, top)).toBeLessThan(area(both.image, top));
      expect(area(smallTop.image, bottom)).toBe(area(both.image, bottom));
    }
  });

  test('differ from subtype 0 inside the mask alone, and in some of it', () => {
    for (let n = 0; n < 20; n++) {
      for (const subtype of [1, 2] as const) {
        const { mask, change } = of(subtype, n);
        const changed = change.filter((value) => value !== 0).length;
        expect(changed).toBeGreaterThan(0);
        expect(change.every((value, at) => value === 0 || mask[at] === 1)).toBe(true);
      }
    }
  });

  test('are a bright skull around a dark brain with two ventricles', () => {
    const { image } = of(0, 1);
    const values = new Set(image);
    const shades = [...values].map((value) => Number(value.toFixed(3))).sort((a, b) => a - b);
    expect(shades).toHaveLength(4);
    expect(shades.slice(0, 2)).toEqual([0, 0.2]);
    expect(shades[2]).toBeGreaterThan(0.4);
    expect(shades[2]).toBeLessThan(0.6);
    expect(shades[3]).toBe(1);
    // c = 32.5: a ventricle at each side of the middle, fluid in both.
    expect(image[32 * 64 + 24]).toBe(0);
    expect(image[32 * 64 + 40]).toBe(0);
    expect(image[0]).toBe(0);
  });

  test('smoothed have soft edges, and the same mask', () => {
    const soft = of(0, 2, true);
    expect(new Set(soft.image).size).toBeGreaterThan(50);
    expect(soft.mask).toEqual(of(0, 2).mask);
  });
});

describe('names and tables', () => {
  test('keep what follows participant and session', () => {
    expect(restOfName('a/sub-01_ses-M000_space-X_desc-Crop_res-1x1x1_T1w.nii.gz')).toBe(
      'space-X_desc-Crop_res-1x1x1_T1w',
    );
    expect(restOfName('a/sub-01_ses-M000_T1w.nii')).toBe('T1w');
    expect(restOfName('a/sub-01_ses-M000_image.pt')).toBe('image');
  });

  test('list synthetic scans by session', () => {
    const keys = ['ses-M000', 'ses-M006', 'ses-M000'].map((session, at) => ({
      ...{ participant: `sub-${at}`, session },
    }));
    expect([...missingMods(keys)]).toEqual([
      ['missing_mods/missing_mods_ses-M000.tsv', 'participant_id\tsynthetic\nsub-0\t1\nsub-2\t1\n'],
      ['missing_mods/missing_mods_ses-M006.tsv', 'participant_id\tsynthetic\nsub-1\t1\n'],
    ]);
  });

  test('make up the age and the sex of 1.6.1', () => {
    const row = { participant: 'sub-1', session: 'ses-M000', diagnosis: 'AD' };
    expect(labelTable([row])).toEqual({
      columns: ['participant_id', 'session_id', 'diagnosis', 'age_bl', 'sex'],
      rows: [['sub-1', 'ses-M000', 'AD', '60', 'F']],
    });
  });
});
