/** For tests: the templates that the page serves. */
import { readFile } from 'node:fs/promises';
import { memoryFile } from '../../files/memory-tree.ts';
import { readVolume } from '../../nifti/read.ts';
import { colin27 } from '../../sample/testing/colin27.ts';
import type { Volume } from '../../volume.ts';
import { makeTemplate, type Template } from '../template.ts';

const HEAD = new URL('../../../../public/quality/colin27-head-3mm.nii.gz', import.meta.url);

export async function colinHead(): Promise<Volume> {
  const bytes = new Uint8Array(await readFile(HEAD));
  return (await readVolume(memoryFile('colin27-head-3mm.nii.gz', bytes))).volume;
}

export async function templates(): Promise<readonly [brain: Template, head: Template]> {
  return [makeTemplate('brain', await colin27()), makeTemplate('head', await colinHead())];
}
