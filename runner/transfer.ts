/**
 * What `transfer_path` names on the disk: a MAPS, in a folder or a zip, or a file of weights. A file of
 * `torch.save` is a zip as well: its `data.pkl` tells it apart.
 */
import { stat } from 'node:fs/promises';
import { CapsuleError } from '../src/core/errors.ts';
import type { Transfer } from '../src/jobs/training/transfer.ts';
import { diskFile } from '../src/platform/node/disk-file.ts';
import { openPath } from '../src/platform/node/open-path.ts';

const PICKLE = /^[^/]+\/data\.pkl$/;

/** @throws CapsuleError FILE_NOT_FOUND; ZIP_DAMAGED, FILE_UNREADABLE */
export async function openTransferPath(path: string): Promise<Transfer> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new CapsuleError('FILE_NOT_FOUND', { file: path });
  if (found.isDirectory()) return openPath(path);
  const file = diskFile(path, path);
  const [p, k] = await file.bytes(0, 2);
  if (p !== 0x50 || k !== 0x4b) return file;
  const tree = await openPath(path);
  for await (const name of tree.paths()) if (PICKLE.test(name)) return file;
  return tree;
}
