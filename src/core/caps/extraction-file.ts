/** Preprocessing JSONs on their way in and out of `<CAPS>/tensor_extraction`. */
import { didYouMean } from '../config/nearest.ts';
import { pythonJson } from '../config/python-json.ts';
import { CapsuleError } from '../errors.ts';
import type { FileTree, WritableTree } from '../files/file-tree.ts';
import { readJson } from '../files/read.ts';
import { extractionRecord, readExtraction, type Extraction } from './extraction.ts';

const FOLDER = 'tensor_extraction';

/** @returns the text of a preprocessing JSON, as Python prints it on one line. */
export function extractionJson(extraction: Extraction): string {
  return pythonJson(extractionRecord(extraction));
}

/** @returns the names of the preprocessing JSONs of a CAPS, sorted. */
export async function listExtractions(caps: FileTree): Promise<string[]> {
  const names: string[] = [];
  for await (const path of caps.paths(FOLDER)) {
    const name = path.slice(FOLDER.length + 1);
    if (name.endsWith('.json') && !name.includes('/')) names.push(name);
  }
  return names.sort();
}

/**
 * @param name - file name in `tensor_extraction`, with or without `.json`
 * @throws FILE_NOT_FOUND naming those that there are, EXTRACTION_JSON
 */
export async function loadExtraction(caps: FileTree, name: string): Promise<Extraction> {
  const path = extractionPath(name);
  if ((await caps.file(path)) === undefined) {
    const names = await listExtractions(caps);
    throw new CapsuleError('FILE_NOT_FOUND', {
      file: path,
      expected: 'a preprocessing JSON of this CAPS',
      ...(names.length === 0
        ? { found: 'none at all', action: 'Make one with `prepare-data`.' }
        : { found: names.join(', '), ...didYouMean(name, names) }),
    });
  }
  return readExtraction(await readJson(caps, path), path);
}

/**
 * Writes the preprocessing JSON into the CAPS.
 * @throws EXTRACTION_EXISTS: one that is there is never written over
 */
export async function saveExtraction(caps: WritableTree, extraction: Extraction): Promise<void> {
  const path = extractionPath(extraction.name);
  if ((await caps.file(path)) !== undefined) {
    throw new CapsuleError('EXTRACTION_EXISTS', { file: path });
  }
  await caps.write(path, extractionJson(extraction));
}

/** @returns where the JSON of a name stands, below the CAPS root. */
export const extractionPath = (name: string): string =>
  `${FOLDER}/${name.endsWith('.json') ? name : `${name}.json`}`;
