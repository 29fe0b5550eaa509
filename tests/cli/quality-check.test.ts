/** `capsule quality-check` as a user runs it: its tables, what it refuses, and its exit code. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gzipBytes } from '../../src/core/nifti/gunzip.ts';
import { niftiBytes } from '../../src/core/nifti/write.ts';
import { flipped } from '../../src/core/quality/testing/broken.ts';
import { makeParticipant } from '../../src/core/sample/participant.ts';
import { colin27 } from '../../src/core/sample/testing/colin27.ts';
import { capsule } from './run-capsule.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capsule-quality-'));
  const base = await colin27();
  for (const [index, participant] of ['sub-01', 'sub-02'].entries()) {
    const brain = makeParticipant(base, { seed: 6, index, atrophied: false, millimetres: 6 });
    const scan = index === 1 ? flipped([1, 1, -1])(brain) : brain;
    const name = `${participant}_ses-M000_space-MNI152NLin2009cSym_res-1x1x1_T1w.nii.gz`;
    const path = join(folder, 'caps/subjects', participant, 'ses-M000/t1_linear', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await gzipBytes(niftiBytes(scan)));
  }
  // Builds the bundle once, before anything is timed.
  await capsule('--version');
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const check = (...args: string[]) => capsule('quality-check', ...args);

describe('quality-check t1-linear', () => {
  test('writes the table of 1.6.1, the best first, and what is wrong with the others', async () => {
    const [scores, findings] = [join(folder, 'out/qc.tsv'), join(folder, 'out/findings.tsv')];
    const options = ['--findings', findings, '-np', '2', '--batch_size', '4', '--no-gpu'];
    const { code, stdout } = await check('t1-linear', join(folder, 'caps'), scores, ...options);
    expect(code).toBe(0);
    expect(stdout).toContain('1 of 2 pass');
    const lines = (await readFile(scores, 'utf8')).split('\n');
    expect(lines[0]).toBe('participant_id\tsession_id\tpass_probability\tpass');
    expect(lines[1]).toMatch(/^sub-01\tses-M000\t0\.\d+\tTrue$/);
    expect(lines[2]).toBe('sub-02\tses-M000\t0.0\tFalse');
    expect(await readFile(findings, 'utf8')).toMatch(/^sub-02\t.*QUALITY_ORIENTATION\terror/m);
  });

  test('says that its networks are not there yet', async () => {
    const output = join(folder, 'networks.tsv');
    const args = ['t1-linear', join(folder, 'caps'), output, '--network', 'darq'];
    const { code, stderr } = await check(...args);
    expect(code).toBe(2);
    expect(stderr).toContain('QUALITY_NO_WEIGHTS');
    await expect(readFile(output)).rejects.toThrow(/ENOENT/);
  });

  test('wants a table, and a threshold from 0 to 1', async () => {
    const caps = join(folder, 'caps');
    expect((await check('t1-linear', caps, join(folder, 'qc'))).stderr).toContain('.tsv');
    const output = join(folder, 'high.tsv');
    expect((await check('t1-linear', caps, output, '--threshold', '3')).code).toBe(2);
  });
});

test('quality-check pet-linear does not write over a table', async () => {
  const output = join(folder, 'pet.tsv');
  await writeFile(output, 'kept');
  const { code, stderr } = await check('pet-linear', join(folder, 'caps'), output, 'X', 'pons2');
  expect(code).toBe(2);
  expect(stderr).toContain('FILE_UNWRITABLE');
  expect(await readFile(output, 'utf8')).toBe('kept');
});

test('quality-check t1-volume names the template that it misses', async () => {
  const { code, stderr } = await check('t1-volume', join(folder, 'caps'), folder, 'adni');
  expect(code).toBe(2);
  expect(stderr).toContain('groups/group-adni/t1/group-adni_template.nii.gz');
});
