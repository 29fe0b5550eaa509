/**
 * Files that `torch.load` opens, with `weights_only=True` too. The archive is a list of chunks in
 * which the tensors' own bytes stand: 4 GiB of weights are written without a second copy.
 */
import { writePickle } from './pickle-writer.ts';
import type { PyValue } from './python-values.ts';
import { zipStored, type Chunked, type ZipEntry } from './zip-writer.ts';

export type TorchArchive = Chunked;

/**
 * @param value - what `torch.load` is to return.
 * @param name - the folder inside the archive; PyTorch takes the file's name without its extension.
 */
export function writeTorch(value: PyValue, name = 'archive'): TorchArchive {
  const { pickle, storages } = writePickle(value);
  const text = (content: string) => [new TextEncoder().encode(content)];
  const entries: ZipEntry[] = [
    { name: `${name}/data.pkl`, content: [pickle] },
    { name: `${name}/byteorder`, content: text('little') },
    ...storages.map((tensor, key) => ({ name: `${name}/data/${key}`, content: [tensor.bytes] })),
    { name: `${name}/version`, content: text('3\n') },
  ];
  return zipStored(entries);
}

/** @returns the archive in one piece, for small files. */
export function archiveBytes(archive: TorchArchive): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(archive.size);
  let offset = 0;
  for (const chunk of archive.chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** @returns the archive as a stream, to write it without holding it. */
export function archiveStream(archive: TorchArchive): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks = archive.chunks[Symbol.iterator]();
  return new ReadableStream({
    pull(controller) {
      const { value, done } = chunks.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
  });
}
