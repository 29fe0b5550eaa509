/** The steps of the page, which of them are open, and what each has come to. */
import type { DeviceReport } from '../../core/reports.ts';
import { isPlannable } from '../lib/choice.ts';
import { t } from '../strings.ts';
import type { AppState } from './app-state.svelte.ts';
import type { ExperimentState } from './experiment-state.svelte.ts';
import type { JobName } from './job-state.svelte.ts';

export const stepNames = [
  'start',
  'data',
  'quality',
  'split',
  'network',
  'train',
  'evaluate',
  'interpret',
  'export',
] as const;

/** Of someone who uses a model that is trained: nothing of training stands in the way. */
export const useStepNames = ['start', 'model', 'scans', 'predict', 'interpret', 'export'] as const;

export type StepName = (typeof stepNames)[number] | (typeof useStepNames)[number];
export type StepState = 'closed' | 'ready' | 'running' | 'done' | 'problem';

const stepOfJob: Readonly<Record<JobName, StepName>> = {
  sample: 'start',
  open: 'start',
  maps: 'start',
  shelf: 'start',
  probe: 'network',
  train: 'train',
  voxel: 'network',
  check: 'scans',
  predict: 'predict',
  look: 'interpret',
  reconstruct: 'evaluate',
  keep: 'export',
};

/** @returns the steps of the journey that the page is in, in order */
export function stepsOf({ use }: AppState): readonly StepName[] {
  return use.active ? useStepNames : stepNames;
}

export function titleOf(step: StepName, { use }: AppState): string {
  return use.active && step === 'interpret' ? t.use.look.title : t.steps[step];
}

/** @returns the state of a step, from what is there rather than from where the person has been. */
export function stepState(step: StepName, app: AppState): StepState {
  const { job, cohort, model } = app;
  if (job.running !== undefined && stepOfJob[job.running] === step) return 'running';
  const failed = Object.entries(job.failures).some(
    ([name, problem]) =>
      stepOfJob[name as JobName] === step && problem !== undefined && problem.code !== 'CANCELLED',
  );
  if (failed) return 'problem';
  if (step === 'start') return cohort === undefined && model === undefined ? 'ready' : 'done';
  if (step === 'data') return cohort === undefined ? 'closed' : dataState(app);
  if (step === 'quality') return cohort === undefined ? 'closed' : qualityState(app);
  if (step === 'split') return cohort === undefined ? 'closed' : splitState(app);
  if (step === 'network') return cohort === undefined ? 'closed' : experimentState(app);
  if (step === 'train') return trainState(app);
  if (app.use.active) return useState(step, app);
  if (model === undefined) return 'closed';
  if (step === 'evaluate') return 'done';
  if (step === 'interpret') return app.look.explanation === undefined ? 'ready' : 'done';
  return app.exporting.saved.maps === undefined ? 'ready' : 'done';
}

function useState(step: StepName, { model, cohort, use, look, exporting }: AppState): StepState {
  if (model === undefined) return 'closed';
  if (step === 'model') return 'done';
  if (step === 'scans') {
    if (cohort === undefined || use.check === undefined) return 'ready';
    return use.fitting.length === 0 ? 'problem' : 'done';
  }
  if (step === 'predict') {
    if (use.result !== undefined) return 'done';
    return use.fitting.length === 0 ? 'closed' : 'ready';
  }
  if (use.result === undefined) return 'closed';
  if (step === 'interpret') return look.explanation === undefined ? 'ready' : 'done';
  return exporting.saved.maps === undefined ? 'ready' : 'done';
}

function dataState(app: AppState): StepState {
  const grave = app.cohort?.problems.some(({ severity }) => severity === 'error') ?? false;
  return grave || app.dataProblem !== undefined ? 'problem' : 'done';
}

/** It may be left out: unchecked scans keep nothing from being trained on. */
function qualityState({ quality }: AppState): StepState {
  if (quality.checking) return 'running';
  if (quality.problem !== undefined) return 'problem';
  return quality.report === undefined ? 'ready' : 'done';
}

function splitState(app: AppState): StepState {
  const { plan, problem } = app.experiment;
  if (problem !== undefined || plan?.audit.verdict === 'leaky') return 'problem';
  return plan === undefined ? 'ready' : 'done';
}

function experimentState(app: AppState): StepState {
  const { plan, wrong } = app.experiment;
  if (plan?.memory?.fits === false || (plan?.refused.length ?? 0) > 0) return 'problem';
  return plan === undefined || wrong.length > 0 || app.config.invalid.size > 0 ? 'ready' : 'done';
}

function trainState(app: AppState): StepState {
  if (app.model !== undefined) return 'done';
  if (app.training.batches.length > 0) return 'ready';
  // A lesson goes on in this step while it opens another cohort.
  if (app.teaching.isAtWork) return 'ready';
  return app.experiment.plan === undefined ? 'closed' : 'ready';
}

/**
 * @param invalid - keys of options whose field holds something that is not allowed
 * @returns in words what keeps training from starting; undefined when nothing does
 */
export function whyNotTrain(
  device: DeviceReport | undefined,
  experiment: ExperimentState,
  invalid: readonly string[] = [],
): string | undefined {
  const { choice, plan, wrong, problem } = experiment;
  if (device?.kind === 'none') return t.train.needsGpu;
  if (choice === undefined || !isPlannable(choice)) {
    const isNumber = choice?.config.network_task === 'regression';
    return isNumber ? t.configure.needsNumber : t.train.needsClasses;
  }
  const [key] = invalid;
  if (key !== undefined) return t.configure.needsOption(t.configure.names[key] ?? key);
  const [setting] = wrong;
  if (setting !== undefined) return t.train.needsSetting(t.experiment.settings[setting]);
  if (problem !== undefined) return t.train.needsSetsThat(problem.sentence);
  if (plan === undefined) return t.experiment.planning;
  const [refused] = plan.refused;
  if (refused !== undefined) return t.train.needsNetworkThat(refused.sentence);
  if (plan.audit.verdict === 'leaky' && !experiment.iKnow) return t.train.needsAudit;
  if (plan.sets.train.length === 0 || plan.sets.validation.length === 0) return t.train.needsSets;
  return undefined;
}
