import { cp, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { capsule } from './run-capsule.ts';

const REFERENCE = 'tests/fixtures/reference/synthetic';
const CAPS = ['--caps_directory', `${REFERENCE}/caps`];

let folder: string;
let maps: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capsule-interpret-'));
  maps = join(folder, 'maps');
  await cp(`${REFERENCE}/maps_ad`, maps, { recursive: true });
});
afterAll(() => rm(folder, { recursive: true }));

test('explains by a method with its options, and prints the verdict of the sanity check', async () => {
  const options = ['--level_grad_cam', '8', '--grad_cam_form', 'paper', '--target_node', '1'];
  const others = ['--save_individual', '--save_nifti', '--sanity_check', '--amp', '-np', '2'];
  const made = await capsule(
    'interpret',
    maps,
    'test',
    'cam',
    'grad-cam',
    ...CAPS,
    ...options,
    ...others,
  );
  expect(made.stderr).toMatch(
    /split-0 best-loss, grad-cam: The check proves nothing here: .* \(correlation -?\d\.\d\d\)/,
  );
  expect(made.stderr).toContain('INTERPRET_CHANCE');
  expect(made.code).toBe(0);
  const place = join(maps, 'split-0/best-loss/test/interpret-cam');
  const files = await readdir(place);
  expect(files.sort()).toEqual([
    'interpretation.json',
    ...['mean_image-0_map.nii.gz', 'mean_image-0_map.pt'],
    ...['316', '317', '318', '319'].flatMap((n) =>
      ['nii.gz', 'pt'].map((ending) => `sub-SYN${n}_ses-M000_image-0_map.${ending}`),
    ),
  ]);
  const record = JSON.parse(await readFile(join(place, 'interpretation.json'), 'utf8')) as unknown;
  expect(record).toMatchObject({
    ...{ method: 'grad-cam', settings: { level: 8, form: 'paper' }, target: 'CN' },
    sanity_check: { randomisation: 'full', seed: 0, maps: 4 },
  });
}, 120_000);

test.each([
  [['occlusion', '--occlusion_size', '4', '--occlusion_stride', '6'], 'occlusion_stride'],
  [['smoothgrad', '--integration_steps', '6'], 'integrated-gradients only'],
  [['integrated-gradients', '--baseline_value', 'black'], 'baseline_value'],
  [['grad-cam++', '--level_grad_cam', '21'], '1 to 20'],
  [['gradients', '--target_node', '2'], '0 (AD), 1 (CN)'],
  [['deeplift'], 'Allowed choices are gradients'],
  [['gradcam'], 'Did you mean "grad-cam"?'],
])('refuses %o', async (method, words) => {
  const refused = await capsule('interpret', maps, 'test', 'x', ...method, ...CAPS);
  expect(refused.stderr).toContain(words);
  expect(refused.code).toBe(2);
});
