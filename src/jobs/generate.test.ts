/** Sets on tiny volumes: trees and tables of ClinicaDL 1.6.1, and the answer beside them. */
import { describe, expect, test } from 'vitest';
import { loadExtraction } from '../core/caps/extraction-file.ts';
import { indexCaps } from '../core/caps/index.ts';
import type { Preprocessing } from '../core/caps/patterns.ts';
import { sourcesOf } from '../core/caps/sources.ts';
import { MemoryTree } from '../core/files/memory-tree.ts';
import { listPaths, needFile, readJson, readText } from '../core/files/read.ts';
import { openGroundTruth } from '../core/generate/ground-truth.ts';
import { readVolume } from '../core/nifti/read.ts';
import { niftiBytes } from '../core/nifti/write.ts';
import { readTorch } from '../core/torch/read.ts';
import { TorchTensor } from '../core/torch/tensor.ts';
import { follow } from '../../tests/support/follow.ts';
import { generate, previewScan, type GeneratedSet, type GenerateRequest } from './generate.ts';
import type { SheppLoganSet } from './generate/phantoms.ts';

const SHAPE = [14, 18, 16] as const;
/** 12 mm: the whole head. */
const AFFINE = [12, 0, 0, -84, 0, 12, 0, -120, 0, 0, 12, -78, 0, 0, 0, 1];
const VOXELS = SHAPE[0] * SHAPE[1] * SHAPE[2];
const T1: Preprocessing = { pipeline: 't1-linear', uncropped: false };
const REST = 'space-MNI152NLin2009cSym_desc-Crop_res-1x1x1_T1w';
const PET_REST = 'trc-18FFDG_space-MNI152NLin2009cSym_desc-Crop_res-1x1x1_suvr-cerebellumPons2_pet';

/** Three people, the second one with two visits. */
async function cohort(folder: string, rest: string): Promise<MemoryTree> {
  const caps = new MemoryTree('caps');
  const visits = [
    ...[
      ['sub-01', 'ses-M000'],
      ['sub-02', 'ses-M000'],
    ],
    ...[
      ['sub-02', 'ses-M012'],
      ['sub-03', 'ses-M006'],
    ],
  ] as const;
  for (const [n, [participant, session]] of visits.entries()) {
    const data = Float32Array.from({ length: VOXELS }, (_, at) => 10 * n + (at % 7));
    const name = `${participant}_${session}_${rest}.nii.gz`;
    const bytes = niftiBytes({ data, shape: SHAPE, affine: AFFINE });
    await caps.write(`subjects/${participant}/${session}/${folder}/${name}`, bytes);
  }
  return caps;
}

const t1 = async (preprocessing = T1) => ({
  ...{ caps: await cohort('t1_linear', REST), capsDirectory: 'caps', preprocessing },
});

async function made(
  set: GeneratedSet,
  more: Partial<GenerateRequest> = {},
  signal = new AbortController().signal,
): Promise<MemoryTree> {
  const output = more.output ?? new MemoryTree('out');
  const job = generate(
    {
      ...{ set, output, seed: 1, groundTruth: true, overwrite: false, atOnce: 2 },
      ...{ commandLine: { command: `generate ${set.kind}` }, ...more },
    },
    { clock: { now: () => 0, elapsed: () => 0 }, signal },
  );
  await follow(job);
  return output as MemoryTree;
}

const names = async (tree: MemoryTree) => (await listPaths(tree)).sort();
const scanAt = async (tree: MemoryTree, path: string) =>
  (await readVolume(await needFile(tree, path))).volume;
const withoutTruth = (paths: readonly string[]) =>
  paths.filter((path) => !path.startsWith('ground_truth/'));

describe('generate random', () => {
  test('has the tree and the tables of 1.6.1', async () => {
    const out = await made({
      kind: 'random',
      source: await t1(),
      mean: 0,
      sigma: 0.5,
      subjects: 2,
    });
    expect(withoutTruth(await names(out))).toEqual([
      ...['commandline.json', 'data.tsv', 'missing_mods/missing_mods_ses-M000.tsv'],
      ...[0, 1, 2, 3].map(
        (n) => `subjects/sub-RAND${n}/ses-M000/t1_linear/sub-RAND${n}_ses-M000_${REST}.nii.gz`,
      ),
      'subjects_sessions_list.tsv',
    ]);
    expect(await readText(out, 'data.tsv')).toBe(
      'participant_id\tsession_id\tdiagnosis\tage_bl\tsex\n' +
        'sub-RAND0\tses-M000\tAD\t60\tF\nsub-RAND1\tses-M000\tAD\t60\tF\n' +
        'sub-RAND2\tses-M000\tCN\t60\tF\nsub-RAND3\tses-M000\tCN\t60\tF\n',
    );
    const list = 'participant_id\tsession_id\nsub-01\tses-M000\nsub-02\tses-M000\n';
    expect(await readText(out, 'subjects_sessions_list.tsv')).toBe(
      `${list}sub-02\tses-M012\nsub-03\tses-M006\n`,
    );
    const source = await scanAt(out, 'ground_truth/source.nii.gz');
    expect(source.data[8]).toBe(1);
    expect(source.affine).toEqual(AFFINE);
    const truth = await openGroundTruth(out);
    await expect(
      truth.maskOf({ participant: 'sub-RAND0', session: 'ses-M000' }),
    ).rejects.toMatchObject({ code: 'CAPS_MASK' });
  });

  test('starts from the first row of a table, and lists no sessions then', async () => {
    const sessions = [{ participant: 'sub-03', session: 'ses-M006' }];
    const source = { ...(await t1()), sessions };
    const out = await made({ kind: 'random', source, mean: 0, sigma: 0, subjects: 1 });
    const path = `subjects/sub-RAND1/ses-M000/t1_linear/sub-RAND1_ses-M000_${REST}.nii.gz`;
    expect((await scanAt(out, path)).data[0]).toBe(30);
    expect(await names(out)).not.toContain('subjects_sessions_list.tsv');
  });
});

describe('generate trivial', () => {
  const path = (n: number, session: string) =>
    `subjects/sub-TRIV${n}/${session}/t1-linear/sub-TRIV${n}_${session}_${REST}.nii.gz`;

  test('has the tree and the tables of 1.6.1: every baseline scan as AD and as CN', async () => {
    const out = await made({ kind: 'trivial', source: await t1(), atrophy: 60 });
    const sessions = ['ses-M000', 'ses-M000', 'ses-M006'];
    expect(withoutTruth(await names(out))).toEqual([
      ...['commandline.json', 'data.tsv'],
      ...['ses-M000', 'ses-M006'].map((each) => `missing_mods/missing_mods_${each}.tsv`),
      ...[0, 1, 2, 3, 4, 5].map((n) => path(n, sessions[Math.floor(n / 2)] ?? '')),
      'subjects_sessions_list.tsv',
    ]);
    const table = await readText(out, 'data.tsv');
    expect(table.split('\n').slice(0, 3)).toEqual([
      'participant_id\tsession_id\tdiagnosis\tage_bl\tsex',
      'sub-TRIV5\tses-M006\tCN\t60\tF',
      'sub-TRIV4\tses-M006\tAD\t60\tF',
    ]);
  });

  test('keeps the answer: masks of both regions, and what was taken from the own one', async () => {
    const out = await made({ kind: 'trivial', source: await t1(), atrophy: 60, subjects: 1 });
    const [ad, cn] = await Promise.all([0, 1].map((n) => scanAt(out, path(n, 'ses-M000'))));
    const truth = await openGroundTruth(out);
    const key = { participant: 'sub-TRIV0', session: 'ses-M000' };
    const mask = await truth.maskOf(key);
    const change = await scanAt(
      out,
      `ground_truth/sub-TRIV0/ses-M000/sub-TRIV0_ses-M000_${REST}_change.nii.gz`,
    );
    let changed = 0;
    for (let at = 0; at < VOXELS; at++) {
      const source = at % 7;
      expect(ad?.data[at]).toBeCloseTo(source + (change.data[at] ?? NaN), 5);
      const differs = ad?.data[at] !== cn?.data[at];
      if (differs) expect(mask.data[at]).toBe(1);
      if ((change.data[at] ?? 0) !== 0) changed += 1;
      if ((change.data[at] ?? 0) !== 0) expect(change.data[at]).toBeLessThanOrEqual(-0.6 * source);
    }
    // Each side has about half of the region.
    const region = mask.data.reduce((sum, value) => sum + value, 0);
    expect(changed).toBeGreaterThan(0.4 * region);
    expect(changed).toBeLessThan(0.6 * region);
    // And the folder of the truth can be opened by itself.
    const folder = new MemoryTree('ground_truth');
    for (const file of (await names(out)).filter((each) => each.startsWith('ground_truth/'))) {
      await folder.write(file.slice(13), await (await needFile(out, file)).bytes());
    }
    expect((await (await openGroundTruth(folder)).maskOf(key)).data).toEqual(mask.data);
  });

  test('takes masks of the user, of any grid', async () => {
    const masks = new MemoryTree('masks');
    for (const [n, place] of [
      [1, 0],
      [2, 1],
    ] as const) {
      const data = Float32Array.from({ length: 2 }, (_, at) => Number(at === place));
      // Two voxels of 84 mm: left and right.
      const affine = [84, 0, 0, -42, 0, 900, 0, 0, 0, 0, 900, 0, 0, 0, 0, 1];
      await masks.write(`mask-${n}.nii`, niftiBytes({ data, shape: [2, 1, 1], affine }));
    }
    const set = { kind: 'trivial', source: await t1(), atrophy: 60, subjects: 1, masks } as const;
    const { change } = await previewScan({ set, seed: 1 }, 0);
    const isLeft = (at: number) => Math.floor(at / (SHAPE[1] * SHAPE[2])) < SHAPE[0] / 2;
    const wrong = change?.some((value, at) => (value !== 0) !== (isLeft(at) && at % 7 !== 0));
    expect(wrong).toBe(false);
  });

  test.each([
    ['more people than there are', { subjects: 4 }, 'CONFIG_VALUE'],
    ['a folder without masks', { masks: new MemoryTree('none') }, 'FILE_NOT_FOUND'],
  ])('refuses %s', async (_, more, code) => {
    const set = { kind: 'trivial', source: await t1(), atrophy: 60, ...more } as const;
    await expect(made(set)).rejects.toMatchObject({ code });
  });

  test('refuses scans that are not where the regions are', async () => {
    const caps = new MemoryTree('caps');
    const identity = [1, 0, 0, 500, 0, 1, 0, 500, 0, 0, 1, 500, 0, 0, 0, 1];
    const bytes = niftiBytes({
      data: new Float32Array(8).fill(1),
      shape: [2, 2, 2],
      affine: identity,
    });
    await caps.write(`subjects/sub-1/ses-M000/t1_linear/sub-1_ses-M000_${REST}.nii.gz`, bytes);
    const source = { caps, capsDirectory: 'caps', preprocessing: T1 };
    await expect(made({ kind: 'trivial', source, atrophy: 60 })).rejects.toMatchObject({
      code: 'CAPS_MASK',
    });
  });
});

describe('generate hypometabolic', () => {
  const pet = { pipeline: 'pet-linear', tracer: '18FFDG', region: 'cerebellumPons2' } as const;

  test('has the tree and the table of 1.6.1, and changes what the pathology lowers', async () => {
    const caps = await cohort('pet_linear', PET_REST);
    const source = { caps, capsDirectory: 'caps', preprocessing: { ...pet, uncropped: false } };
    const set = { kind: 'hypometabolic', source, pathology: 'pca', degree: 30, sigma: 1 } as const;
    const out = await made(set);
    const stem = `${PET_REST.slice(0, -3)}pat-pca_deg-30_pet`;
    const path = `subjects/sub-01/ses-M000/pet-linear/sub-01_ses-M000_${stem}.nii.gz`;
    expect(withoutTruth(await names(out)).filter((each) => each.startsWith('subjects/'))).toEqual([
      path,
      path.replaceAll('sub-01', 'sub-02'),
      path.replaceAll('sub-01', 'sub-03').replaceAll('ses-M000', 'ses-M006'),
    ]);
    expect(await readText(out, 'data.tsv')).toBe(
      'participant_id\tsession_id\tpathology\tpercentage\nsub-01\tses-M000\tpca\t30\n' +
        'sub-02\tses-M000\tpca\t30\nsub-03\tses-M006\tpca\t30\n',
    );
    const scan = await scanAt(out, path);
    const mask = await (
      await openGroundTruth(out)
    ).maskOf({
      ...{ participant: 'sub-01', session: 'ses-M000' },
    });
    const kept = (inside: number) => {
      const shares = [...scan.data].flatMap((value, at) =>
        mask.data[at] === inside && at % 7 !== 0 ? [value / (at % 7)] : [],
      );
      return shares.reduce((sum, share) => sum + share, 0) / shares.length;
    };
    expect(kept(1)).toBeLessThan(0.9);
    expect(kept(0)).toBeGreaterThan(0.95);
  });
});

describe('generate artifacts', () => {
  test('has the tree and the table of 1.6.1, every visit once', async () => {
    const source = await t1();
    const out = await made({ kind: 'artifacts', source, gamma: [-0.2, -0.05], noise: [5, 15] });
    const path = `subjects/sub-02/ses-M012/t1-linear/sub-02_ses-M012_${REST}_art-con-noi.nii.gz`;
    expect(await names(out)).toContain(path);
    const [head, ...rows] = (await readText(out, 'data.tsv')).trimEnd().split('\n');
    expect(head).toBe('participant_id\tsession_id\tdiagnosis');
    expect(rows).toHaveLength(4);
    expect(rows[2]).toBe("sub-02\tses-M012\t['con', 'noi']");
  });

  test('asks for one at least', async () => {
    await expect(made({ kind: 'artifacts', source: await t1() })).rejects.toMatchObject({
      code: 'CONFIG_MISSING',
    });
  });
});

describe('generate shepplogan', () => {
  const set: SheppLoganSet = {
    kind: 'shepplogan',
    ...{ subjects: 20, extractJson: 'phantom', size: 32, smoothing: false },
    subtypes: { AD: [0.05, 0.85, 0.1], CN: [1, 0, 0] },
  };

  test('has the tree, the JSON and the table of 1.6.1', async () => {
    const out = await made(set);
    const paths = await names(out);
    const stem = 'sub-CLNC10019_ses-M000_space-SheppLogan';
    const visit = 'subjects/sub-CLNC10019/ses-M000';
    expect(paths.filter((path) => path.startsWith(`${visit}/`))).toEqual([
      `${visit}/deeplearning_prepare_data/slice_based/custom/${stem}_axis-axi_channel-single_slice-0_phantom.pt`,
      `${visit}/shepplogan/${stem}_phantom.nii.gz`,
    ]);
    expect(await readJson(out, 'tensor_extraction/phantom.json')).toMatchObject({
      ...{ preprocessing: 'custom', mode: 'slice', prepare_dl: true, slice_direction: 2 },
      ...{ slice_mode: 'single', discarded_slices: 0, num_slices: 1 },
    });
    const rows = (await readText(out, 'data.tsv')).trimEnd().split('\n').slice(1);
    const count = (words: string) => rows.filter((row) => row.endsWith(words)).length;
    expect(['AD\t0', 'AD\t1', 'AD\t2', 'CN\t0'].map(count)).toEqual([1, 17, 2, 20]);
    expect(rows).toHaveLength(40);
  });

  test('its volumes hold the pixels of its tensors, and training finds them', async () => {
    const out = await made(set);
    const extraction = await loadExtraction(out, 'phantom');
    const { paths, problems } = sourcesOf(await indexCaps(out), extraction);
    expect(problems).toEqual([]);
    expect(paths.size).toBe(40);
    const volume = await scanAt(out, paths.get('sub-CLNC00003/ses-M000') ?? '');
    expect(volume.shape).toEqual([32, 32, 1]);
    const tensor = readTorch(
      await (
        await needFile(
          out,
          (await names(out)).find((path) => /sub-CLNC00003.*\.pt$/.test(path)) ?? '',
        )
      ).bytes(),
    );
    expect(tensor instanceof TorchTensor ? tensor.shape : []).toEqual([1, 32, 32]);
    expect(tensor instanceof TorchTensor ? tensor.toFloat32() : []).toEqual(volume.data);
  });

  test.each([
    ['shares that do not sum to 1', { subtypes: { AD: [0.5, 0.4, 0], CN: [1, 0, 0] } }],
    ['two shares', { subtypes: { AD: [0.5, 0.5], CN: [1, 0, 0] } }],
    ['a picture without room', { size: 16 }],
  ])('refuses %s', async (_, more) => {
    await expect(made({ ...set, ...more })).rejects.toMatchObject({ code: 'CONFIG_VALUE' });
  });
});

describe('generating', () => {
  const random = async (): Promise<GeneratedSet> => ({
    ...{ kind: 'random', source: await t1(), mean: 0, sigma: 0.5, subjects: 3 },
  });
  const everything = async (tree: MemoryTree) =>
    Promise.all(
      (await names(tree)).map(async (path) => [path, await (await needFile(tree, path)).bytes()]),
    );

  test('gives the same bytes with the same seed, however many at once, and others with another', async () => {
    const one = await everything(await made(await random(), { atOnce: 1 }));
    expect(await everything(await made(await random(), { atOnce: 4 }))).toEqual(one);
    expect(await everything(await made(await random(), { seed: 2 }))).not.toEqual(one);
  });

  test('previews the scan that would be written', async () => {
    const set = await random();
    const out = await made(set);
    const scan = await previewScan({ set, seed: 1 }, 4);
    expect((await scanAt(out, `${scan.stem}.nii.gz`)).data).toEqual(scan.volume.data);
  });

  test('leaves the answer out where nobody wants it', async () => {
    const paths = await names(await made(await random(), { groundTruth: false }));
    expect(paths).toEqual(withoutTruth(paths));
  });

  test('writes into an empty folder, replaces what it made itself, and nothing else', async () => {
    const output = await made(await random());
    await expect(made(await random(), { output })).rejects.toMatchObject({
      code: 'FOLDER_NOT_EMPTY',
    });
    const set = { ...(await random()), subjects: 1 } as GeneratedSet;
    await made(set, { output, overwrite: true });
    expect((await names(output)).filter((path) => path.startsWith('subjects/'))).toHaveLength(2);
    const scans = await cohort('t1_linear', REST);
    const before = await everything(scans);
    for (const record of [undefined, '{"mode": "image"}', 'not JSON']) {
      if (record !== undefined) await scans.write('commandline.json', record);
      await expect(made(await random(), { output: scans, overwrite: true })).rejects.toMatchObject({
        code: 'FOLDER_NOT_EMPTY',
      });
    }
    await scans.remove('commandline.json');
    expect(await everything(scans)).toEqual(before);
  });

  test('stops when it is cancelled, without a table that would call the set whole', async () => {
    const stop = new AbortController();
    const output = new MemoryTree('out');
    stop.abort();
    await expect(made(await random(), { output }, stop.signal)).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect(await names(output)).not.toContain('data.tsv');
  });
});
