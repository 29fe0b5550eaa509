import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryTree } from '../core/files/memory-tree.ts';
import { readText } from '../core/files/read.ts';
import { niftiBytes } from '../core/nifti/write.ts';
import type { Template } from '../core/quality/template.ts';
import { flipped } from '../core/quality/testing/broken.ts';
import { templates } from '../core/quality/testing/templates.ts';
import { similarity } from '../core/quality/t1-volume.ts';
import { makeParticipant } from '../core/sample/participant.ts';
import { colin27 } from '../core/sample/testing/colin27.ts';
import type { Shape3, Volume } from '../core/volume.ts';
import type { Job, JobEvent } from './events.ts';
import { checkPet } from './quality-pet.ts';
import { checkT1Volume } from './quality-t1-volume.ts';
import { checkQuality, type QualityRow } from './quality.ts';

const clock = { now: () => 0, elapsed: () => 0 };
const context = (signal = new AbortController().signal) => ({ clock, signal });

async function follow<Result>(job: Job<Result>, events: JobEvent[] = []): Promise<Result> {
  for (;;) {
    const step = await job.next();
    if (step.done === true) return step.value;
    events.push(step.value);
  }
}

const SUFFIX = '_T1w.nii';
const place = (participant: string, session = 'ses-M000') =>
  `subjects/${participant}/${session}/custom/${participant}_${session}${SUFFIX}`;
const custom = { pipeline: 'custom', suffix: SUFFIX } as const;

let both: readonly Template[];
let brains: Volume[];
beforeAll(async () => {
  const base = await colin27();
  both = await templates();
  brains = [1, 2, 3].map((index) =>
    makeParticipant(base, { seed: 4, index, atrophied: false, millimetres: 6 }),
  );
}, 60_000);

describe('the quality check of a cohort', () => {
  async function cohort(): Promise<MemoryTree> {
    const [first, second, third] = brains as [Volume, Volume, Volume];
    return new MemoryTree('caps', {
      [place('sub-01')]: niftiBytes(first),
      [place('sub-02')]: niftiBytes(flipped([1, 1, -1])(second)),
      [place('sub-03')]: niftiBytes(third),
      [place('sub-04')]: niftiBytes(third),
      [place('sub-05')]: niftiBytes(third).slice(0, 4000),
    });
  }
  const codesOf = (rows: readonly QualityRow[], participant: string) =>
    rows.find((row) => row.participant === participant)?.findings.map(({ code }) => code);

  it('scores every scan, names what is wrong, and finds copies', async () => {
    const events: JobEvent[] = [];
    const request = { caps: await cohort(), preprocessings: [custom], templates: both };
    const rows = await follow(checkQuality(request, context()), events);
    expect(rows.map(({ participant }) => participant)).toEqual(
      [1, 2, 3, 4, 5].map((index) => `sub-0${index}`),
    );
    expect(rows[0]?.score).toBeGreaterThan(0.5);
    expect(codesOf(rows, 'sub-01')).toEqual([]);
    expect(codesOf(rows, 'sub-02')).toContain('QUALITY_ORIENTATION');
    expect(codesOf(rows, 'sub-03')).toEqual(['QUALITY_DUPLICATE']);
    expect(codesOf(rows, 'sub-04')).toEqual(['QUALITY_DUPLICATE']);
    // What cannot be read stands in the table as well, at its end.
    expect(codesOf(rows, 'sub-05')).toEqual(['NIFTI_TRUNCATED']);
    expect(rows[4]?.score).toBe(0);
    const last = events.filter((event) => event.kind === 'progress').at(-1);
    expect(last).toMatchObject({ done: 5, total: 5, unit: 'scans' });
  }, 60_000);

  it('takes the sessions that are asked for, and tells which have no scan', async () => {
    const events: JobEvent[] = [];
    const sessions = ['sub-01', 'sub-09'].map((participant) => {
      return { participant, session: 'ses-M000' };
    });
    const request = { caps: await cohort(), preprocessings: [custom], templates: both, sessions };
    const rows = await follow(checkQuality(request, context()), events);
    expect(rows).toHaveLength(1);
    const told = events.flatMap((event) => (event.kind === 'problem' ? [event.problem] : []));
    expect(told).toMatchObject([{ code: 'CAPS_NO_VOLUME', participant: 'sub-09' }]);
  });

  it('takes what a session has of the preprocessings, in their order', async () => {
    const [first, second] = brains as [Volume, Volume, Volume];
    const name = (crop: string) =>
      `sub-01_ses-M000_space-MNI152NLin2009cSym${crop}_res-1x1x1_T1w.nii.gz`;
    const folder = 'subjects/sub-01/ses-M000/t1_linear';
    const both1 = { [`${folder}/${name('')}`]: niftiBytes(first) };
    const cropped = { [`${folder}/${name('_desc-Crop')}`]: niftiBytes(second) };
    const preprocessings = [true, false].map((uncropped) => {
      return { pipeline: 't1-linear' as const, uncropped };
    });
    for (const [files, crop] of [
      [{ ...both1, ...cropped }, ''],
      [cropped, '_desc-Crop'],
    ] as const) {
      const request = { caps: new MemoryTree('caps', files), preprocessings, templates: both };
      const [row] = await follow(checkQuality(request, context()));
      expect(row?.file).toBe(`${folder}/${name(crop)}`);
    }
  });

  it('stops when it is cancelled', async () => {
    const controller = new AbortController();
    controller.abort();
    const request = { caps: await cohort(), preprocessings: [custom], templates: both };
    const job = checkQuality(request, context(controller.signal));
    await expect(follow(job)).rejects.toThrow(/CANCELLED/);
  });
});

/** A series of volumes in one file: the header of the stack with its fourth dimension. */
function series(tissues: readonly Float32Array[], shape: Shape3): Uint8Array<ArrayBuffer> {
  const [X, Y, Z] = shape;
  const stack = new Float32Array(X * Y * Z * tissues.length);
  tissues.forEach((tissue, t) => {
    tissue.forEach((value, n) => {
      stack[Math.floor(n / Z) * Z * tissues.length + t * Z + (n % Z)] = value;
    });
  });
  const depth = Z * tissues.length;
  const bytes = niftiBytes({ data: stack, shape: [X, Y, depth], affine });
  const view = new DataView(bytes.buffer);
  [4, X, Y, Z, tissues.length].forEach((value, at) => view.setInt16(40 + 2 * at, value, true));
  return bytes;
}

const affine = [4, 0, 0, -46, 0, 4, 0, -60, 0, 0, 4, -70, 0, 0, 0, 1];

describe('the check of t1-volume', () => {
  const shape = [24, 36, 16] as const;
  const length = 24 * 36 * 16;
  const tissue = (step: number) =>
    Float32Array.from({ length }, (_, n) => (((n * step) % 97) / 97) * 0.5);
  const [grey, white] = [tissue(31), tissue(53)];
  const map = (most: number) => grey.map((value, n) => (n % 3 === 0 ? 2 * most * value : 0));
  const mapAt = (participant: string) =>
    `subjects/${participant}/ses-M000/t1/spm/segmentation/normalized_space/` +
    `${participant}_ses-M000_T1w_segm-graymatter_space-Ixi549Space_modulated-off_probability.nii.gz`;
  const file = (most: number) => niftiBytes({ data: map(most), shape, affine });
  const caps = () =>
    new MemoryTree('caps', {
      'groups/group-adni/t1/group-adni_template.nii.gz': series([grey, white], shape),
      [mapAt('sub-01')]: file(1),
      [mapAt('sub-02')]: file(0.5),
    });

  it('writes the four tables, figures against the sum of the template’s tissues', async () => {
    const output = new MemoryTree('out');
    const eyes = { data: new Float32Array(length).fill(1), shape, affine };
    const request = { caps: caps(), group: 'adni', output, eyes };
    const rows = await follow(checkT1Volume(request, context()));
    const sum = grey.map((value, n) => value + (white[n] ?? 0));
    expect(rows[0]).toMatchObject({ participant: 'sub-01' });
    expect(rows[0]?.frontalSimilarity).toBeCloseTo(similarity(sum, map(1)), 6);
    const text = await readText(output, 'QC_metrics.tsv');
    expect(text.split('\n')[1]).toMatch(/^sub-02\tses-M000\t0\.49/);
    expect(await readText(output, 'pass_step-1.tsv')).toContain('sub-01');
    expect(await readText(output, 'pass_step-1.tsv')).not.toContain('sub-02');
    expect([...(await pathsOf(output))]).toHaveLength(4);
  });

  it('needs the template of the group, and a mask on the grid of the maps', async () => {
    const output = new MemoryTree('out');
    const other = { caps: caps(), group: 'other', output };
    await expect(follow(checkT1Volume(other, context()))).rejects.toThrow(/FILE_NOT_FOUND/);
    const eyes = { data: new Float32Array(8), shape: [2, 2, 2] as const, affine };
    const small = { caps: caps(), group: 'adni', output, eyes };
    await expect(follow(checkT1Volume(small, context()))).rejects.toThrow(/QUALITY_MASK/);
    expect(await pathsOf(output)).toEqual([]);
  });
});

describe('the check of pet-linear', () => {
  const name = (participant: string) =>
    `subjects/${participant}/ses-M000/pet_linear/${participant}_ses-M000_trc-18FFDG_` +
    'space-MNI152NLin2009cSym_desc-Crop_res-1x1x1_suvr-pons2_pet.nii.gz';
  const preprocessing = {
    ...{ pipeline: 'pet-linear' as const, uncropped: false },
    ...{ tracer: '18FFDG', region: 'pons2' },
  };

  it('scores a brain in its place near 1, and one that is turned lower', async () => {
    const [first, second] = brains as [Volume, Volume, Volume];
    const caps = new MemoryTree('caps', {
      [name('sub-01')]: niftiBytes(first),
      [name('sub-02')]: niftiBytes(flipped([1, -1, -1])(second)),
    });
    const [rim] = both as [Template];
    const scored = await follow(checkPet({ caps, preprocessing, rim }, context()));
    expect(scored[0]?.score).toBeGreaterThan(0.95);
    expect(scored[1]?.score).toBeLessThan(scored[0]?.score ?? 0);
  });

  it('says when there is no image of the tracer', async () => {
    const caps = new MemoryTree('caps', { [place('sub-01')]: niftiBytes(brains[0] as Volume) });
    const [rim] = both as [Template];
    await expect(follow(checkPet({ caps, preprocessing, rim }, context()))).rejects.toThrow(
      /CAPS_NO_VOLUME/,
    );
  });
});

async function pathsOf(tree: MemoryTree): Promise<string[]> {
  const paths: string[] = [];
  for await (const path of tree.paths('')) paths.push(path);
  return paths;
}
