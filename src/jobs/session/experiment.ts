/**
 * The page's choice as a plan: the sets with their audit, the network, and the memory that training
 * takes.
 */
import type { DeviceReport } from '../../core/reports.ts';
import type { LabelledSession } from '../../core/split/cohort-table.ts';
import { balanceOf } from '../../core/split/make-sets.ts';
import { sessionName } from '../../core/tsv/sessions.ts';
import { planMemory } from '../../engine/memory.ts';
import { layersOf, parameterCount } from '../../engine/networks/network.ts';
import { planNetwork } from '../../engine/networks/registry.ts';
import type { ExperimentChoice, Plan } from '../session-api.ts';
import type { OpenedCohort } from './opened-cohort.ts';
import type { OwnSplit } from './own-split.ts';
import { auditSets } from './set-leakage.ts';
import { firstSessions, setsOf, validationOf } from './sets.ts';

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
  const input = await cohort.inputSize();
  const plan = planNetwork(choice.architecture, input, choice.classes.length, choice.dropout);
  const precision = choice.halfPrecision ? 'half' : 'f32';
  const names = (sessions: readonly LabelledSession[]) => sessions.map(sessionName);
  const folds = sets.folds.map((fold) => ({
    train: names(fold.train),
    validation: names(validationOf(fold, sets)),
  }));
  const test = firstSessions(sets.test);
  const [first = { train: [], validation: [] }] = sets.folds;
  const shared = report.checks.find(({ code }) => code === 'LEAK_PARTICIPANTS')?.found ?? 0;
  return {
    sets: { ...(folds[0] ?? { train: [], validation: [] }), test: names(test) },
    ...{ folds, audit: report, shared, problems: sets.problems },
    balance: balanceOf(
      { train: first.train, validation: validationOf(first, sets), test },
      choice.classes,
    ),
    network: {
      name: plan.name,
      parameterCount: parameterCount(plan),
      layers: layersOf(plan).map(({ kind, outputShape, states }) => ({
        ...{ name: kind, outputShape },
        parameters: states
          .filter((state) => state.trained)
          .reduce((sum, { shape }) => sum + shape.reduce((all, size) => all * size, 1), 0),
      })),
    },
    memory: planMemory(plan, {
      ...{ device, batchSize: choice.batchSize, precision, optimizer: choice.optimizer },
    }),
  };
}
