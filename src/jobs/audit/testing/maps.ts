/** For tests: a MAPS in memory, with a split that was begun and the groups that are given. */
import { readFileSync } from 'node:fs';
import { MemoryTree } from '../../../core/files/memory-tree.ts';
import { MapsWriter, type GroupDefinition } from '../../../core/maps/writer.ts';

const REFERENCE = 'tests/fixtures/reference/synthetic/maps_ad/maps.json';

export interface TinyMaps {
  readonly name?: string;
  readonly train: readonly string[];
  readonly validation: readonly string[];
  /** Further people of `train+validation.tsv`. */
  readonly listed?: readonly string[];
  readonly transfer?: string | false;
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  readonly cohort?: string;
}

export const groupOf = (participants: readonly string[], cohort = 'single'): GroupDefinition => ({
  rows: participants.map((participant, index) => ({
    ...{ participant, session: 'ses-M000', cohort, label: index % 2 === 0 ? 'AD' : 'CN' },
  })),
  label: 'diagnosis',
  ...{ capsDirectory: 'caps', multiCohort: false },
});

export async function tinyMaps(maps: TinyMaps): Promise<MemoryTree> {
  const { name = 'maps', train, validation, listed = [], transfer = false, cohort } = maps;
  const tree = new MemoryTree(name);
  const parameters = JSON.parse(readFileSync(REFERENCE, 'utf8')) as Record<string, unknown>;
  const writer = await MapsWriter.create(tree, {
    mapsJson: JSON.stringify({ ...parameters, transfer_path: transfer }),
    ...{ environment: '', date: '', path: name, network: '' },
    trainValidation: groupOf([...train, ...validation, ...listed]).rows,
    splits: [{ index: 0, train: groupOf(train, cohort), validation: groupOf(validation, cohort) }],
  });
  await tree.write('split-0/best-loss/model.pth.tar', 'weights');
  for (const [group, participants] of Object.entries(maps.groups ?? {})) {
    await writer.addGroup(group, groupOf(participants, cohort));
  }
  return tree;
}
