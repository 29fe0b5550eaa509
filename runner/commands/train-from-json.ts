/**
 * `capsule train from_json`: an experiment done once more, from the maps.json that it left. Names of
 * earlier versions are read as today's. Nothing of the first run but its options is used.
 */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { readExtraction } from '../../src/core/caps/extraction.ts';
import { CapsuleError } from '../../src/core/errors.ts';
import { parseMapsJson } from '../../src/core/maps/maps-json.ts';
import { openNamedCaps } from '../cohorts.ts';
import { addRunOptions, runTraining, splitsOf, type Typed } from '../training.ts';
import { repeated } from '../terminal/repeated.ts';

export function addTrainFromJson(group: Command): void {
  const command = group
    .command('from_json')
    .description('train again as a maps.json says')
    .argument('<CONFIG_JSON>', 'the maps.json of a MAPS, of Capsule or of ClinicaDL')
    .argument('<OUTPUT_MAPS_DIRECTORY>', 'new folder for the results')
    .option('--split <n>', 'fold to train; repeat for several (default: all) [-s]', repeated);
  addRunOptions(command);
  command.action(async (file: string, output: string, typed: Typed) => {
    const text = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw new CapsuleError('FILE_NOT_FOUND', { file }, { cause });
    });
    const { config, extra } = readMapsJson(text, file);
    const source = await openNamedCaps(
      extra.caps_directory,
      config.multi_cohort,
      'Copy the JSON, and write the folders of this machine as "caps_directory" and "tsv_path".',
    );
    const extraction = readExtraction(extra.preprocessing_dict, file);
    const ofTarget = extra.preprocessing_dict_target;
    const split = splitsOf(typed['split']);
    await runTraining(
      {
        ...{ config: { ...config, split }, source, extraction, tablesPath: extra.tsv_path, output },
        ...(ofTarget && { targetExtraction: readExtraction(ofTarget, file) }),
      },
      typed,
    );
  });
}

function readMapsJson(text: string, file: string) {
  try {
    return parseMapsJson(text);
  } catch (thrown) {
    throw thrown instanceof CapsuleError ? thrown.at({ file }) : thrown;
  }
}
