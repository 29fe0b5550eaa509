/**
 * What the page can offer for the opened cohort: the networks of a task with what they take and how
 * large they are on these volumes, and the regions that the CAPS has masks of.
 */
import { elementShape } from '../../core/caps/extract.ts';
import { findRegionMasks } from '../../core/caps/regions.ts';
import { withReduction } from '../../core/caps/size-reduction.ts';
import { ADAPTING } from '../../core/config/adaptation.ts';
import { CapsuleError, toProblem } from '../../core/errors.ts';
import { makeLabelCode } from '../../core/split/label-code.ts';
import { parameterCount } from '../../engine/networks/network.ts';
import { NETWORKS } from '../../engine/networks/registry.ts';
import { findMasks } from '../data/cohort-sources.ts';
import type { ExperimentChoice, OfferedNetwork, Offers } from '../session-api.ts';
import { taskOf } from '../shared/task.ts';
import { planOf } from '../training/prepare.ts';
import type { OpenedCohort } from './opened-cohort.ts';

const MASK = /^masks\/tpl-([^/]+)\/[^/]*_roi-([A-Za-z0-9.+-]+)_mask\.nii(\.gz)?$/;

export async function offersOf(cohort: OpenedCohort, choice: ExperimentChoice): Promise<Offers> {
  const { template, regions } = await regionsOf(cohort);
  return { networks: await networksOf(cohort, choice), regions, template };
}

/** Conv5_FC3_SSDA learns from two cohorts; the page opens one. */
async function networksOf(
  cohort: OpenedCohort,
  { config, mode, classes }: ExperimentChoice,
): Promise<OfferedNetwork[]> {
  const wanted = NETWORKS.filter(
    ({ name, tasks }) => name !== ADAPTING && tasks.includes(config.network_task),
  );
  const sized = await inputShapeOf(cohort, { config, mode }).catch(() => undefined);
  const code = makeLabelCode(classes.length >= 2 ? classes : ['0', '1']);
  const task = taskOf({ ...config, label_code: null }, code);
  return wanted.map(({ name, dimension }) => {
    if (sized === undefined) return { name, dimension };
    try {
      const plan = planOf({ ...config, architecture: name }, task, sized);
      return { name, dimension, parameterCount: parameterCount(plan) };
    } catch (thrown) {
      return { name, dimension, refused: toProblem(thrown) };
    }
  });
}

async function inputShapeOf(
  cohort: OpenedCohort,
  { config, mode }: Pick<ExperimentChoice, 'config' | 'mode'>,
): Promise<readonly number[]> {
  const extraction = withReduction(cohort.extraction(mode), config);
  const masks = await findMasks({ caps: cohort.caps }, extraction);
  return elementShape(await cohort.volumeShape(), extraction, masks);
}

/** Regions whose masks fit the preprocessing in use; volumes without a template take the first there is. */
async function regionsOf(cohort: OpenedCohort): Promise<{ template: string; regions: string[] }> {
  const found: { template: string; region: string }[] = [];
  for await (const path of cohort.caps.paths('masks')) {
    const [, template, region] = MASK.exec(path) ?? [];
    if (template !== undefined && region !== undefined) found.push({ template, region });
  }
  const templates = [...new Set(found.map(({ template }) => template))].sort();
  for (const template of templates) {
    const regions = new Set<string>();
    for (const { region } of found.filter((one) => one.template === template)) {
      const mode = { regions: [region], uncropped: false, customTemplate: template } as const;
      const extraction = cohort.extraction({ mode: 'roi', ...mode, customMaskPattern: '' });
      const isThere = await findRegionMasks(cohort.caps, extraction).then(
        ([mask = '']) => mask.startsWith(`masks/tpl-${template}/`),
        (thrown: unknown) => {
          if (thrown instanceof CapsuleError) return false;
          throw thrown;
        },
      );
      if (isThere) regions.add(region);
    }
    if (regions.size > 0) return { template, regions: [...regions].sort() };
  }
  return { template: '', regions: [] };
}
