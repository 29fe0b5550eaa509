import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TorchTensor } from '../src/core/torch/tensor.ts';
import { archiveBytes, writeTorch } from '../src/core/torch/write.ts';
import { openTransferPath } from './transfer.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transfer-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function written(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

test('a folder and a zip are trees', async () => {
  expect(await openTransferPath(folder)).toHaveProperty('paths');
  const zip = zipSync({ 'maps/maps.json': new TextEncoder().encode('{}') });
  expect(await openTransferPath(await written('maps.zip', zip))).toHaveProperty('paths');
});

test('what torch.save wrote is a file, though it is a zip, and so is what is none', async () => {
  const weights = new Map([['bias', TorchTensor.float32([2], new Float32Array([1, 2]))]]);
  const torch = archiveBytes(writeTorch(weights, 'w'));
  for (const path of [
    await written('w.pth.tar', torch),
    await written('w.safetensors', new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d])),
  ]) {
    expect(await openTransferPath(path)).toMatchObject({ path });
  }
});

test('what is not there is named', async () => {
  const path = join(folder, 'none.pt');
  await expect(openTransferPath(path)).rejects.toThrow(/FILE_NOT_FOUND.*none\.pt/);
});
