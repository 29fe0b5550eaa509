/** The target cohort of a domain adaptation, as the options of the command line name it. */
import { basename, dirname } from 'node:path';
import { loadExtraction } from '../src/core/caps/extraction-file.ts';
import type { Extraction } from '../src/core/caps/extraction.ts';
import { adaptationProblems } from '../src/core/config/adaptation.ts';
import type { Config } from '../src/core/config/schema.ts';
import type { TargetCaps, TargetRequest } from '../src/jobs/training/target-cohort.ts';
import { DiskTree } from '../src/platform/node/disk-tree.ts';
import { openPath } from '../src/platform/node/open-path.ts';
import { refuseMismatch, setsAt } from './cohorts.ts';

/**
 * @param known - what a maps.json says of the preprocessing, instead of the JSON in the CAPS
 * @returns undefined where there is none, or its options do not go together: the job says so
 * @throws CapsuleError FILE_NOT_FOUND, EXTRACTION_JSON; CONFIG_VALUE for a table instead of a folder
 */
export async function openTargetCohort(
  config: Config,
  known?: Extraction,
): Promise<TargetRequest | undefined> {
  if (!config.ssda_network || adaptationProblems(config).length > 0) return undefined;
  const { tsv_target_lab: sets, tsv_target_unlab: table } = config;
  refuseMismatch(sets, false, 'tsv_target_lab');
  const target = await openTargetCaps(config.caps_target);
  return {
    ...{ ...target, place: setsAt(sets) },
    extraction: known ?? (await loadExtraction(target.caps, config.preprocessing_dict_target)),
    unlabelled: { tree: new DiskTree(dirname(table)), path: basename(table), name: table },
  };
}

/** @throws CapsuleError FILE_NOT_FOUND; CONFIG_VALUE for a table of several */
export async function openTargetCaps(path: string): Promise<TargetCaps> {
  refuseMismatch(path, false, 'caps_target');
  return { caps: await openPath(path), capsDirectory: path };
}
