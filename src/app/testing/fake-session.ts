/**
 * A session without a worker, for looking at the page in every state. Only the build mode `fake`
 * loads it (`npx vite --mode fake`). The query chooses the state: `?device=none|software`,
 * `?rows=5000&visits=2`, `?kept=5` (experiments), `?fail=train|open|look`, `?interrupted`, `?slow=20` (milliseconds a batch),
 * `?step=1` (milliseconds of each step of other jobs),
 * `?hold=Training` (whatever phase begins so stands still half way).
 */
import { mergeConfig } from '../../core/config/parse.ts';
import { CapsuleError } from '../../core/errors.ts';
import type { DeviceReport } from '../../core/reports.ts';
import type { OnEvent, ParticipantRow, Plan, Session } from '../../jobs/session-api.ts';
import type { CohortSummary, ExperimentChoice, ModelSummary } from '../../jobs/session-api.ts';
import { fakeBrain, fakeCohort, fakeRows, fakeThumbnail, generator } from './fake-data.ts';
import { fakeExplanation } from './fake-explanation.ts';
import { fakeEvaluation, fakeStored } from './fake-evaluation.ts';
import { fakeOffers } from './fake-offers.ts';
import { fakeModel, fakePlan } from './fake-results.ts';
import { fakeQuality } from './fake-quality.ts';
import { fakeUse } from './fake-use.ts';
import { fakeShelf } from './fake-shelf.ts';
import { fakeFirstLayer, fakeScans } from './fake-voxel.ts';
import { fakeTraining, rest } from './fake-training.ts';

const query = new URLSearchParams(location.search);
const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

const gpu: DeviceReport = {
  kind: 'gpu',
  name: 'Apple M2 Pro',
  vendor: 'apple',
  architecture: 'common-3d',
  driver: '',
  halfPrecision: true,
  subgroups: true,
  timestamps: true,
  maxBufferSize: 4 * 2 ** 30,
  maxBindingSize: 4 * 2 ** 30,
  maxWorkgroupInvocations: 1024,
  maxWorkgroupStorage: 32_768,
};

export function fakeSession(): Session {
  let rows: ParticipantRow[] = [];
  let cohort: CohortSummary | undefined;
  let model: ModelSummary | undefined;
  let cancelled = false;

  const pause = async (milliseconds: number): Promise<void> => {
    await wait(milliseconds);
    while (rest.holds && !cancelled) await wait(50);
    if (cancelled) throw new CapsuleError('CANCELLED');
  };
  /** Until the job is cancelled. */
  const hold = async (phase: string): Promise<void> => {
    while (phase.startsWith(query.get('hold') ?? '?')) await pause(50);
  };
  const steps = async (onEvent: OnEvent, phase: string, unit: string, total: number) => {
    for (let done = 0; done <= total; done += 1) {
      const secondsLeft = (total - done) * 0.06;
      onEvent({ kind: 'progress', phase, steps: [], done, total, unit, rate: 16, secondsLeft });
      if (done > total / 2) await hold(phase);
      await pause(Number(query.get('step') ?? 60));
    }
  };
  const failing = (name: string): boolean => query.get('fail') === name;

  const interrupted = {
    ...{
      cohort: 'study',
      isSample: false,
      architecture: 'Conv4_FC3',
      label: 'diagnosis',
      epochs: 20,
      split: 0,
    },
    ...{ epoch: 6, batches: 11, batchesPerEpoch: 24, splits: [0] },
  };

  return {
    device: async () => {
      await wait(150);
      const kind = query.get('device');
      if (kind === 'none') return { ...gpu, kind, name: '', remark: 'no adapter' };
      if (kind === 'software') return { ...gpu, kind, name: 'SwiftShader', halfPrecision: false };
      return gpu;
    },
    makeSample: async (options, onEvent) => {
      cancelled = false;
      await steps(onEvent, 'Making sample brains', 'volumes', options.participants);
      rows = fakeRows(options.participants);
      cohort = fakeCohort(rows, options);
      return cohort;
    },
    openFolder: async (_source, onEvent) => {
      cancelled = false;
      await steps(onEvent, 'Reading the folder', 'files', 20);
      if (failing('open')) throw new CapsuleError('CAPS_NOT_CAPS', { expected: 'subjects/' });
      rows = fakeRows(Number(query.get('rows') ?? 120), Number(query.get('visits') ?? 1));
      cohort = fakeCohort(rows);
      return cohort;
    },
    useTable: async (name) => {
      await wait(100);
      if (cohort === undefined) throw new CapsuleError('CAPS_NOT_CAPS');
      if (failing('table'))
        throw new CapsuleError('TSV_COLUMN', { file: name, expected: 'participant_id' });
      return { ...cohort, table: name };
    },
    usePreprocessing: async (id) => {
      await wait(100);
      if (cohort === undefined) throw new CapsuleError('CAPS_NOT_CAPS');
      return { ...cohort, preprocessing: id };
    },
    volume: async (participant) => {
      await wait(80);
      return {
        name: `${participant}.nii`,
        bytes: fakeBrain(Number(participant.replace(/\D/g, ''))),
      };
    },
    thumbnail: async (participant) => {
      await wait(120);
      return fakeThumbnail(Number(participant.replace(/\D/g, '')));
    },
    plan: async (choice) => {
      await wait(60);
      return fakePlan(choice, rows, fakeScans(cohort));
    },
    firstLayer: async (request) => {
      await wait(150);
      return fakeFirstLayer(request);
    },
    offers: async (choice) => {
      await wait(80);
      return fakeOffers(choice);
    },
    openSplit: async () => {
      await wait(100);
      return { id: 'own-1', name: 'my_split', folds: 1, files: ['train.tsv'] };
    },
    compareScans: async (onEvent) => {
      await steps(onEvent, 'Comparing scans', 'scans', 20);
      return rows.length;
    },
    cancelComparison: () => wait(10),
    ...fakeQuality(steps, () => rows),
    splitTables: async () => ({ name: 'split.zip', blob: new Blob(['zip']) }),
    leakageRecord: async () => '{}\n',
    interrupted: async () =>
      query.has('interrupted') ? { ...interrupted, fits: rows.length > 0 } : undefined,
    resume: async () => {
      throw new CapsuleError('NO_MODEL');
    },
    dropInterrupted: () => wait(50),
    modelOf: async () => {
      if (model === undefined) throw new CapsuleError('NO_MODEL');
      return model;
    },
    train: async (choice, onEvent, options) => {
      cancelled = false;
      const plan = fakePlan(choice, rows);
      await steps(onEvent, 'Compiling GPU programs', 'programs', 20);
      await fakeEpochs(choice, plan, onEvent, { pause, hold });
      const mistake = cohort?.mistake ?? options?.mistake;
      const note = mistake && { mistake, isPutRight: plan.audit.verdict === 'clean' };
      model = { ...fakeModel(choice, plan, 'maps'), mistake: note };
      return model;
    },
    ...fakeTraining({
      query,
      steps,
      plan: (choice) => fakePlan(choice, rows),
      begin: () => (cancelled = false),
    }),
    cancel: async () => {
      await wait(200);
      cancelled = true;
    },
    emptyCache: () => wait(100),
    explain: async (request, onEvent) => {
      cancelled = false;
      await steps(onEvent, 'Computing the map', 'steps', 8);
      if (failing('look')) throw new CapsuleError('GPU_LOST');
      return fakeExplanation(request, model, query.has('chance'));
    },
    ...fakeUse({ query, steps, model: () => model, rows: () => rows }),
    ...fakeEvaluation(() => model, steps),
    ...fakeShelf({
      ...{ query, steps, hasCohort: () => rows.length > 0, model: () => model },
      use: (name) => {
        const choice = storedChoice();
        const made = name && fakeModel(choice, fakePlan(choice, fakeRows(60)), name);
        model = made ? fakeStored(made, query) : undefined;
        return model;
      },
    }),
    openMaps: async () => {
      await wait(300);
      if (failing('maps')) throw new CapsuleError('MAPS_UNFINISHED', { file: 'maps.json' });
      const choice = storedChoice();
      model = fakeStored(fakeModel(choice, fakePlan(choice, fakeRows(60)), 'maps_adni'), query);
      return model;
    },
    exportMaps: async (onEvent) => {
      cancelled = false;
      await steps(onEvent, 'Packing the MAPS', 'files', 12);
      return { name: 'maps.zip', blob: new Blob([new Uint8Array(4_600_000)]) };
    },
  };
}

interface Waits {
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly hold: (phase: string) => Promise<void>;
}

async function fakeEpochs(
  choice: ExperimentChoice,
  plan: Plan,
  onEvent: OnEvent,
  { pause, hold }: Waits,
): Promise<void> {
  const random = generator(3);
  const batches = Math.max(1, Math.ceil(plan.sets.train.length / choice.config.batch_size));
  const total = batches * choice.config.epochs;
  for (let epoch = 0; epoch < choice.config.epochs; epoch += 1) {
    for (let iteration = 0; iteration < batches; iteration += 1) {
      await pause(Number(query.get('slow') ?? 40));
      const done = epoch * batches + iteration + 1;
      const loss =
        0.72 * Math.exp(-2.4 * (done / total)) + 0.25 * (random() - 0.4) * Math.exp(-done / total);
      if (query.get('fail') === 'train' && done > total / 2) {
        const steps = ['split-0', `epoch ${epoch}`, `batch ${iteration}`];
        const found = 'NaN in sub-0004/ses-M000';
        throw new CapsuleError('LOSS_NOT_FINITE', { steps, expected: 'a finite loss', found });
      }
      onEvent({ kind: 'batch', split: 0, epoch, iteration, loss });
      onEvent({
        kind: 'progress',
        phase: 'Training',
        steps: ['split-0', `epoch ${epoch + 1}`],
        done,
        total,
        unit: 'batches',
        rate: 24.3,
        secondsLeft: (total - done) / 24.3,
      });
      if (done > total / 2) await hold('Training');
    }
    const fall = Math.exp(-0.25 * epoch);
    const figures = (offset: number) => {
      const metrics = { BA: 1 - 0.5 * fall - offset, accuracy: 1 - 0.48 * fall - offset };
      return { loss: batches * fall, meanLoss: 0.7 * fall + offset, metrics };
    };
    onEvent({
      kind: 'evaluation',
      split: 0,
      epoch,
      iteration: batches - 1,
      seconds: epoch,
      train: figures(0.02),
      validation: figures(0.08 + 0.04 * random()),
    });
    const metrics = epoch % 2 === 0 ? ['loss', 'BA'] : ['loss'];
    onEvent({ kind: 'best', split: 0, epoch, iteration: batches - 1, metrics });
    onEvent({ kind: 'save-point', split: 0, epoch: epoch + 1, batches: 0, isSaved: true });
  }
}

function storedChoice(): ExperimentChoice {
  return {
    preprocessing: 't1-linear cropped',
    mode: { mode: 'image' },
    classes: ['AD', 'CN'],
    validationShare: 0.2,
    testShare: 0.2,
    excluded: [],
    config: mergeConfig('classification', { epochs: 12, batch_size: 4 }),
  };
}
