import { describe, expect, it } from 'vitest';
import { listPaths } from '../files/read.ts';
import { kindOfFile, kindsOf } from './file-kinds.ts';
import { referenceFolder, treeOf } from './testing/reference.ts';

describe('what the files of a MAPS are', () => {
  it.each([
    ['maps.json', 'settings'],
    ['groups/test/maps.json', 'sets'],
    ['groups/train+validation.tsv', 'sets'],
    ['split-0/best-loss/model.pth.tar', 'weights'],
    ['split-0/best-loss/network-3_model.pth.tar', 'weights'],
    ['split-1/tmp/checkpoint.pth.tar', 'checkpoints'],
    ['split-0/training_logs/network-1/training.tsv', 'log'],
    ['split-0/best-BA/test/test_image_level_prediction.tsv', 'predictions'],
    ['split-0/best-BA/test/test_slice_level_metrics.tsv', 'metrics'],
    ['split-0/best-BA/test/description.log', 'records'],
    ['split-0/best-BA/test/interpret-g/interpretation.json', 'maps'],
    ['split-0/best-BA/test/nifti_images/sub-1_ses-M000_image_output.nii.gz', 'volumes'],
    ['leakage.json', 'audit'],
    ['environment.txt', 'records'],
    ['a letter.txt', 'other'],
  ])('%s: %s', (path, kind) => expect(kindOfFile(path)).toBe(kind));

  it('counts every file of a MAPS of ClinicaDL once', async () => {
    const paths = await listPaths(treeOf(referenceFolder));
    const kinds = kindsOf(paths.map((path) => ({ path, bytes: 10 })));
    expect(kinds.reduce((sum, { files }) => sum + files, 0)).toBe(paths.length);
    expect(kinds.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(10 * paths.length);
    expect(new Set(kinds.map(({ kind }) => kind)).size).toBe(kinds.length);
    const of = (name: string) => kinds.find(({ kind }) => kind === name);
    expect(of('predictions')).toMatchObject({ aboutPeople: of('predictions')?.files });
    expect(of('weights')).toMatchObject({ files: 2, aboutPeople: 0 });
    expect(of('other')).toBeUndefined();
  });
});
