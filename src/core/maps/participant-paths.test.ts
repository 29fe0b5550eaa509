import { existsSync, readdirSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemoryTree } from '../files/memory-tree.ts';
import { listPaths, readText } from '../files/read.ts';
import { tellsOfParticipants } from './participant-paths.ts';
import { openMaps } from './reader.ts';
import { goldFolder, referenceFolder, treeOf } from './testing/reference.ts';

async function without(tree: MemoryTree): Promise<MemoryTree> {
  const kept = new MemoryTree('kept');
  for (const path of await listPaths(tree)) {
    const file = tellsOfParticipants(path) ? undefined : await tree.file(path);
    if (file !== undefined) await kept.write(path, await file.bytes());
  }
  return kept;
}

describe('what an export holds without participants', () => {
  it.each([
    ['groups/train+validation.tsv', true],
    ['groups/train/split-0/data.tsv', true],
    ['groups/test/maps.json', true],
    ['split-0/best-loss/test/test_image_level_prediction.tsv', true],
    ['split-0/best-loss/test/description.log', true],
    ['split-0/best-loss/test/tensors/sub-1_ses-M000_image-0_input.pt', true],
    ['split-0/best-loss/test/latent_tensors/sub-1_ses-M000_image-0_latent.pt', true],
    ['split-0/best-loss/test/interpret-g/sub-1_ses-M000_image-0_map.nii.gz', true],
    ['split-0/best-loss/sub-1/sub-1_image_level_metrics.tsv', true],
    ['split-0/tmp/checkpoint.pth.tar', true],
    ['notes about people.txt', true],
    ['best.tsv', true],
    ['maps.json', false],
    ['leakage.json', false],
    ['fold-1/best-BA/network-3_model.pth.tar', false],
    ['split-0/all_models/model_epoch_3.pth.tar', false],
    ['split-0/best-loss/test/test_slice_level_metrics.tsv', false],
    ['ensemble/best-loss/test/test_image_level_calibration.tsv', false],
    ['ensemble/best-loss/test/test_image_level_prediction.tsv', true],
    ['split-0/best-loss/test/interpret-g/mean_image-0_map.nii.gz', false],
    ['split-0/training_logs/network-2/training.tsv', false],
    ['split-0/training_logs/tensorboard/train/events.out.tfevents.1.vm.2.0', false],
  ])('%s: %s', (path, tells) => {
    expect(tellsOfParticipants(path)).toBe(tells);
  });

  const golds = existsSync(goldFolder)
    ? readdirSync(goldFolder).filter((name) => name.startsWith('maps_'))
    : [];
  const folders = [referenceFolder, ...golds.map((name) => resolve(goldFolder, name))].map(
    (folder) => [basename(folder), folder] as const,
  );

  // ClinicaDL's own MAPS: of any task and mode.
  it.each(folders)('no id of %s is in it, and it opens', async (_, folder) => {
    const tree = treeOf(folder);
    const sessions = await (await openMaps(tree)).trainValidation();
    expect(sessions.length).toBeGreaterThan(10);
    const kept = await without(tree);
    const paths = await listPaths(kept);
    expect(paths).toContain('maps.json');
    expect(paths.filter((path) => /model\.pth\.tar$/.test(path)).length).toBeGreaterThan(0);
    expect(paths.filter((path) => /_metrics\.tsv$/.test(path)).length).toBeGreaterThan(0);
    for (const path of paths) {
      // Weights cannot hold an id; everything else is searched, byte for byte as Latin-1 text.
      const text = path.endsWith('.tar') ? path : path + (await readText(kept, path));
      expect(text, path).not.toMatch(/sub-[A-Za-z0-9]/);
    }
    const opened = await openMaps(kept);
    expect(opened.groups).toEqual([]);
    const [split] = opened.wholeSplits();
    expect(split?.metrics.flatMap((metric) => split.resultGroups(metric))).toEqual([]);
    const network = opened.parameters.config.multi_network ? 0 : undefined;
    expect((await split?.trainingLog(network))?.rows.length).toBeGreaterThan(0);
  });
});
