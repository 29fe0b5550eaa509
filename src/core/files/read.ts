/** Reading a tree: its list of files, and small files whole. */
import { CapsuleError } from '../errors.ts';
import type { FileTree, SourceFile } from './file-tree.ts';

/** @returns the paths of all files below `folder`. */
export async function listPaths(tree: FileTree, folder?: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const path of tree.paths(folder)) paths.push(path);
  return paths;
}

/** @throws FILE_NOT_FOUND when there is no file at `path`. */
export async function needFile(tree: FileTree, path: string): Promise<SourceFile> {
  const file = await tree.file(path);
  if (file === undefined) throw new CapsuleError('FILE_NOT_FOUND', { file: path });
  return file;
}

/** @returns the file's text, read as UTF-8; a byte-order mark is dropped. */
export async function readText(tree: FileTree, path: string): Promise<string> {
  const file = await needFile(tree, path);
  return new TextDecoder().decode(await file.bytes());
}

/**
 * @returns the parsed value, of a shape that the caller has yet to check.
 * @throws FILE_NOT_FOUND, or FILE_UNREADABLE when it is not JSON.
 */
export async function readJson(tree: FileTree, path: string): Promise<unknown> {
  const text = await readText(tree, path);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new CapsuleError(
      'FILE_UNREADABLE',
      { file: path, expected: 'JSON', found: (error as Error).message },
      { cause: error },
    );
  }
}
