/**
 * A table from a file: not larger than a table can be, and UTF-8 without a broken character, so that
 * names are never read wrongly in silence. A table is passed on with the name that the user gave it.
 */
import { CapsuleError } from '../errors.ts';
import type { FileTree } from '../files/file-tree.ts';
import { needFile } from '../files/read.ts';
import { parseTable, type Table, type TableSource } from './table.ts';

/** Bytes: some millions of rows; a text much longer does not fit into one string. */
export const MAX_TABLE = 256 * 2 ** 20;

export interface NamedTable extends TableSource {
  readonly table: Table;
}

/**
 * @param name - what messages call the file; its path by default
 * @throws FILE_NOT_FOUND, FILE_TOO_LARGE, TSV_ENCODING, and those of `parseTable`
 */
export async function readNamedTable(
  tree: FileTree,
  path: string,
  name = path,
): Promise<NamedTable> {
  const file = await needFile(tree, path).catch((error: unknown) => {
    throw error instanceof CapsuleError ? new CapsuleError(error.code, { file: name }) : error;
  });
  const size = await file.size();
  if (size > MAX_TABLE) {
    throw new CapsuleError('FILE_TOO_LARGE', {
      file: name,
      expected: `a table of at most ${MAX_TABLE} bytes`,
      found: String(size),
    });
  }
  return { table: parseTable(decode(await file.bytes(), name), { file: name }), file: name };
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    const [first, second] = bytes;
    const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
    const found = isUtf16 ? 'UTF-16' : 'bytes that are not UTF-8';
    throw new CapsuleError('TSV_ENCODING', { file, expected: 'UTF-8', found }, { cause: error });
  }
}
