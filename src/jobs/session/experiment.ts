/**
 * The page's choice as a plan: the sets with their audit, the network, and the memory that training
 * takes. What only the network cannot do is told beside the sets, which stay.
 */
import { elementCount, elementShape } from '../../core/caps/extract.ts';
import { withReduction } from '../../core/caps/size-reduction.ts';
import { unsupportedOptions } from '../../core/config/support.ts';
import { toProblem, type Problem } from '../../core/errors.ts';
import type { DeviceReport } from '../../core/reports.ts';
import type { LabelledSession } from '../../core/split/cohort-table.ts';
import { makeLabelCode } from '../../core/split/label-code.ts';
import { balanceOf } from '../../core/split/make-sets.ts';
import { sessionName } from '../../core/tsv/sessions.ts';
import { planMemory } from '../../engine/memory.ts';
import { layersOf, parameterCount } from '../../engine/networks/network.ts';
import { refuseOtherTask, resolveNetwork } from '../../engine/networks/registry.ts';
import { findMasks } from '../data/cohort-sources.ts';
import type { ExperimentChoice, Plan } from '../session-api.ts';
import { taskOf } from '../shared/task.ts';
import { planOf as planNetworkOf, refuseNetworksOfImages } from '../training/prepare.ts';
import type { OpenedCohort } from './opened-cohort.ts';
import type { OwnSplit } from './own-split.ts';
import { auditSets } from './set-leakage.ts';
import { firstSessions, setsOf, validationOf, type Fold } from './sets.ts';

/**
 * Training takes all sessions of its participants; validation and test the first of each, as
 * ClinicaDL does, unless validation is longitudinal.
 * @throws CapsuleError of `setsOf`
 */
export async function planOf(
  cohort: OpenedCohort,
  choice: ExperimentChoice,
  device: DeviceReport,
  own: OwnSplit | undefined,
): Promise<Plan> {
  const sets = setsOf(cohort, choice, own);
  const { report } = auditSets(cohort, choice, sets, own);
  const names = (sessions: readonly LabelledSession[]) => sessions.map(sessionName);
  // `baseline` is the training's own choice: the tables keep every session.
  const training = choice.config.baseline ? firstSessions : (rows: Fold['train']) => rows;
  const folds = sets.folds.map((fold) => ({
    train: names(training(fold.train)),
    validation: names(validationOf(fold, sets)),
  }));
  const test = firstSessions(sets.test);
  const [first = { train: [], validation: [] }] = sets.folds;
  const shared = report.checks.find(({ code }) => code === 'LEAKAGE_PARTICIPANTS')?.found ?? 0;
  return {
    sets: { ...(folds[0] ?? { train: [], validation: [] }), test: names(test) },
    ...{ folds, audit: report, shared, problems: sets.problems },
    balance:
      choice.config.network_task === 'classification'
        ? balanceOf(
            { train: training(first.train), validation: validationOf(first, sets), test },
            choice.classes,
          )
        : { train: {}, validation: {}, test: {} },
    ...(await networkPlan(cohort, choice, device)),
  };
}

type NetworkPart = Pick<Plan, 'network' | 'memory' | 'elements' | 'refused'>;

async function networkPlan(
  cohort: OpenedCohort,
  { config, mode, classes }: ExperimentChoice,
  device: DeviceReport,
): Promise<NetworkPart> {
  let elements = 1;
  const refused: Problem[] = unsupportedOptions(config);
  try {
    const { network_task: kind, batch_size: batchSize, optimizer } = config;
    const architecture = resolveNetwork(config.architecture, kind);
    refuseOtherTask(architecture, kind);
    refuseNetworksOfImages(config, mode.mode);
    const extraction = withReduction(cohort.extraction(mode), config);
    const shape = await cohort.volumeShape();
    // The parts can be counted where no network takes them.
    elements = elementCount(shape, extraction);
    const masks = await findMasks({ caps: cohort.caps }, extraction);
    const inputShape = elementShape(shape, extraction, masks);
    const code = kind === 'classification' ? (config.label_code ?? {}) : {};
    const isCoded = kind !== 'classification' || Object.keys(code).length > 0;
    const task = taskOf(config, isCoded ? code : makeLabelCode(classes));
    const plan = planNetworkOf({ ...config, architecture }, task, inputShape);
    const precision = config.amp ? 'half' : 'f32';
    return {
      network: {
        ...{ name: plan.name, parameterCount: parameterCount(plan), inputShape },
        layers: layersOf(plan).map(({ kind: name, outputShape, states }) => ({
          ...{ name, outputShape },
          parameters: states
            .filter((state) => state.trained)
            .reduce((sum, { shape: sizes }) => sum + sizes.reduce((all, n) => all * n, 1), 0),
        })),
      },
      memory: planMemory(plan, { device, batchSize, precision, optimizer }),
      elements,
      refused,
    };
  } catch (thrown) {
    return { elements, refused: [...refused, toProblem(thrown, {})] };
  }
}
