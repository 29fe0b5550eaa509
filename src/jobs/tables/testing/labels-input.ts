/** For tests: `get-labels` on trees in memory. */
import { MemoryTree } from '../../../core/files/memory-tree.ts';
import { tsvOf } from '../../../core/labels/testing/tables.ts';
import type { GetLabelsInput } from '../get-labels.ts';

type Files = Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>;

/** @returns a tree; tables are written with spaces between cells, unless they hold a tab. */
export function treeOf(files: Files, name = 'memory'): MemoryTree {
  const written = Object.entries(files).map(([path, content]) => [
    path,
    typeof content === 'string' && !content.includes('\t') ? tsvOf(content) : content,
  ]);
  return new MemoryTree(name, Object.fromEntries(written) as Record<string, string>);
}

/** @param bids - files of the BIDS folder; without them it does not exist. */
export function labelsInput(
  output: MemoryTree,
  bids: Files | undefined,
  more: Partial<GetLabelsInput> = {},
): GetLabelsInput {
  return {
    openBids: async () => treeOf(bids ?? {}, 'bids'),
    output,
    modality: 't1w',
    choice: {
      ...{ diagnoses: ['AD', 'CN'], variables: [], keepSmc: false, removeUniqueSession: false },
    },
    paths: {
      ...{ bids: 'bids', restriction: null, caps: null },
      ...{ missingModalities: 'out/missing_mods', merged: 'out/merged.tsv' },
    },
    ...more,
  };
}
