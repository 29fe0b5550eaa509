import { cp, readdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openMaps } from '../../src/core/maps/reader.ts';
import { DiskTree } from '../../src/platform/node/disk-tree.ts';
import { capsule, startCapsule } from './run-capsule.ts';

const REFERENCE = 'tests/fixtures/reference/synthetic';
const BA_FIRST = ['--epochs', '1', '--batch_size', '4', '--seed', '7', '-a', 'Conv4_FC3'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capsule-'));
  // Builds the bundle once, before anything is timed.
  await capsule('--version');
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('help and exit codes', () => {
  test.each([
    ['--help'],
    ['train', '--help'],
    ['train', 'classification', '--help'],
    ['predict', '--help'],
  ])('prints help for %s %s %s', async (...args) => {
    const { code, stdout } = await capsule(...args);
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: capsule');
  });

  test('doctor names the adapter and its limits', async () => {
    const { code, stdout } = await capsule('doctor', '--json');
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as Record<string, unknown>;
    expect(report).toHaveProperty('maxBindingSize');
    expect(['gpu', 'software']).toContain(report['kind']);
  });

  test('list-models prints names, parameters and layers', async () => {
    const names = (await capsule('list-models')).stdout;
    expect(names).toMatch(/^AE_Conv4_FC3\n(.+\n)*Conv5_FC3\n(.+\n)*ResNet3D\n(.+\n)*$/);
    const args = ['-a', 'Conv5_FC3', '-i', '1@169x208x179', '-m'];
    const { stdout } = await capsule('train', 'list_models', ...args);
    expect(stdout).toContain('42,293,972');
    expect(stdout).toContain('Linear(in_features=32256, out_features=1300, bias=True)');
  });

  test.each([
    [['nonsense'], 'unknown command'],
    [['list-models', '-a', 'Conv9'], 'NETWORK_UNKNOWN'],
    [['demo', '--epochs', 'many'], 'whole number'],
    [['prepare-data', 'image', `${REFERENCE}/caps`, 'pet-linear'], '--tracer'],
    [['train', 'classification', 'nowhere', 'image', 'split', 'out'], 'FILE_NOT_FOUND'],
    [['train', 'classification', `${REFERENCE}/caps`, 'other', 'split', 'out'], 'image.json'],
    [
      [
        'train',
        'classification',
        `${REFERENCE}/caps`,
        'image',
        `${REFERENCE}/split`,
        'out',
        ...['--track_exp', 'wandb'],
      ],
      'CONFIG_NOT_YET',
    ],
    [
      [
        'train',
        'classification',
        `${REFERENCE}/caps`,
        'image',
        `${REFERENCE}/split`,
        'out',
        '-lr',
        'x',
      ],
      'CONFIG_VALUE',
    ],
  ])('refuses %j with exit code 2, on stderr', async (args, expected) => {
    const { code, stdout, stderr } = await capsule(...args);
    expect(stderr).toContain(expected);
    expect(code).toBe(2);
    expect(stdout).toBe('');
  });
});

test('trains, predicts and interprets; a second run into the same folder is refused', async () => {
  const maps = join(folder, 'maps');
  const train = ['train', 'classification', `${REFERENCE}/caps`, 'image', `${REFERENCE}/split`];
  const first = await capsule(...train, maps, ...BA_FIRST, '--selection_metrics', 'BA');
  expect(first.stderr).not.toContain('INTERNAL');
  expect(first.code).toBe(0);
  expect(first.stdout).toContain('best-BA epoch 1');
  expect((await capsule(...train, maps, ...BA_FIRST)).stderr).toContain('FOLDER_NOT_EMPTY');
  const group = ['test', '--participants_tsv', `${REFERENCE}/test_baseline.tsv`];
  const caps = ['--caps_directory', `${REFERENCE}/caps`];
  const predicted = await capsule('predict', maps, ...group, ...caps);
  expect(predicted.code).toBe(0);
  expect(predicted.stdout).toMatch(/split-0 best-BA test +BA \d/);
  const save = ['--save_nifti', '--selection_metrics', 'BA'];
  const explained = await capsule('interpret', maps, 'test', 'grad', 'gradients', ...save);
  expect(explained.code).toBe(0);
  const again = await capsule('interpret', maps, 'test', 'grad', 'gradients', ...save);
  expect(again.stderr).toContain('--overwrite_name');
  expect(again.code).toBe(2);
  const [split] = (await openMaps(new DiskTree(maps))).wholeSplits();
  expect(split?.interpretations('BA', 'test')).toEqual(['grad']);
}, 180_000);

test('prepare-data makes up a name from the time, and writes nothing that train would refuse', async () => {
  const caps = join(folder, 'prepared-caps');
  await cp(`${REFERENCE}/caps`, caps, { recursive: true });
  const before = (await readdir(join(caps, 'tensor_extraction'))).length;
  const refused = await capsule('prepare-data', 'patch', caps, 't1-linear', '--patch_size', '0');
  expect(refused.code).toBe(2);
  expect(await readdir(join(caps, 'tensor_extraction'))).toHaveLength(before);
  const made = await capsule('prepare-data', 'image', caps, 't1-linear');
  expect(made.stdout).toMatch(/^tensor_extraction\/extract_\d{10}\.json: 20 sessions\n$/);
});

describe('broken volumes', () => {
  const volume = (participant: string) =>
    `subjects/${participant}/ses-M000/t1_linear/${participant}_ses-M000_space-MNI152NLin2009cSym_desc-Crop_res-1x1x1_T1w.nii.gz`;
  let caps: string;

  beforeAll(async () => {
    caps = join(folder, 'broken-caps');
    await cp(`${REFERENCE}/caps`, caps, { recursive: true });
    const change = async (participant: string, edit: (bytes: Buffer) => Buffer) => {
      const path = join(caps, volume(participant));
      await writeFile(path, edit(await readFile(path)));
    };
    await change('sub-SYN300', (bytes) => gzipSync(gunzipSync(bytes).subarray(0, 5000)));
    await change('sub-SYN301', (bytes) =>
      gzipSync(edited(bytes, (view) => view.setInt16(70, 1792, true))),
    );
    await change('sub-SYN302', () => Buffer.from('this is not an image'));
    await change('sub-SYN304', (bytes) =>
      gzipSync(Buffer.concat([gunzipSync(bytes), Buffer.alloc(50_000_000)])),
    );
    await change('sub-SYN305', (bytes) =>
      gzipSync(edited(bytes, (view) => view.setInt16(42, -3, true))),
    );
  });

  function edited(bytes: Buffer, edit: (view: DataView) => void): Buffer {
    const raw = gunzipSync(bytes);
    edit(new DataView(raw.buffer, raw.byteOffset, raw.byteLength));
    return raw;
  }

  const EXPECTED = [
    ['sub-SYN300', 'NIFTI_TRUNCATED'],
    ['sub-SYN301', 'NIFTI_DATATYPE'],
    ['sub-SYN302', 'NIFTI_'],
    ['sub-SYN304', 'NIFTI_TRAILING'],
    ['sub-SYN305', 'NIFTI_DIMENSIONS'],
  ] as const;

  test('each has its own error that names participant, expected and found; nothing is started', async () => {
    const maps = join(folder, 'never');
    const args = [caps, 'image', `${REFERENCE}/split`, maps, ...BA_FIRST];
    const { code, stderr } = await capsule('train', 'classification', ...args);
    expect(code).toBe(2);
    for (const [participant, error] of EXPECTED) {
      const lines = stderr.split('\n').filter((text) => text.includes(participant));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain(error);
    }
    await expect(openMaps(new DiskTree(maps))).rejects.toMatchObject({ code: 'MAPS_NOT_MAPS' });
  });

  test('the other participants train with --skip_unreadable, and the MAPS lists them alone', async () => {
    const maps = join(folder, 'others');
    const args = [caps, 'image', `${REFERENCE}/split`, maps, ...BA_FIRST, '--skip_unreadable'];
    const { code } = await capsule('train', 'classification', ...args);
    expect(code).toBe(0);
    const opened = await openMaps(new DiskTree(maps));
    const { rows } = await opened.group('train', opened.wholeSplits()[0]);
    expect(rows).toHaveLength(12 - EXPECTED.length);
    expect(rows.map(({ participant }) => participant)).not.toContain('sub-SYN300');
  }, 180_000);
});

describe('a training that is cut off', () => {
  const long = [`${REFERENCE}/caps`, 'image', `${REFERENCE}/split`];
  const epochs = ['--epochs', '100', '--batch_size', '4', '-a', 'Conv4_FC3'];

  test.each([
    ['killed', 'SIGKILL'],
    ['interrupted', 'SIGINT'],
  ] as const)(
    'leaves nothing that opens as whole when %s',
    async (_, signal) => {
      const maps = join(folder, `cut-${signal}`);
      const run = startCapsule(['train', 'classification', ...long, maps, ...epochs]);
      // A model of the first epoch stands already: it must not pass for the result.
      await run.says('best so far by loss');
      run.child.kill(signal);
      const { code, stderr } = await run.finished;
      if (signal === 'SIGINT') {
        expect(code).toBe(130);
        expect(stderr).toContain('CANCELLED');
      }
      const opened = await openMaps(new DiskTree(maps));
      expect(() => opened.wholeSplits()).toThrow(/MAPS_UNFINISHED/);
    },
    180_000,
  );
});
