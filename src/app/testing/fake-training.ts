/** What the fake session answers of a probe and of a training that runs. */
import { describe } from '../../core/errors.ts';
import { PLANES } from '../../core/picture/plane.ts';
import type {
  ExperimentChoice,
  OnEvent,
  Plan,
  SamplePicture,
  TrainingSession,
} from '../../jobs/session-api.ts';
import { fakeThumbnail, generator } from './fake-data.ts';

interface FakeWorld {
  readonly query: URLSearchParams;
  readonly steps: (onEvent: OnEvent, phase: string, unit: string, total: number) => Promise<void>;
  readonly plan: (choice: ExperimentChoice) => Plan;
  readonly begin: () => void;
}

const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Trainings of the fake rest here. */
export const rest = { holds: false };

export function fakeTraining({ query, steps, plan, begin }: FakeWorld): TrainingSession {
  return {
    probe: async (choice, onEvent) => {
      begin();
      await steps(onEvent, 'Compiling GPU programs', 'programs', 12);
      const { batch_size: batchSize, epochs } = choice.config;
      const { memory, sets, folds } = plan(choice);
      const isFitting = memory?.fits === true && query.get('fail') !== 'probe';
      const batches = folds.map(({ train }) => Math.ceil(train.length / batchSize));
      const facts = { microBatchSize: batchSize, batchSize, batches, steps: 8 };
      if (!isFitting) {
        const problem = describe('GPU_MEMORY', { found: 'a buffer of 244 MB was refused' });
        const none = { firstStep: NaN, step: NaN, evaluation: NaN, reading: 0.02, bytes: 0 };
        return { ...facts, ...none, fits: false, problem, steps: 0 };
      }
      const epoch = 0.21 * (batches[0] ?? 0) + 0.01 * sets.validation.length;
      const whole = epoch * epochs * folds.length;
      return {
        ...{ ...facts, fits: true, bytes: Math.round(1.04 * (memory?.total ?? 0)) },
        ...{ firstStep: 3.4, step: 0.182, evaluation: 0.06, reading: 0.02 },
        time: { epoch, split: epoch * epochs, reading: 4, whole: whole + 4 },
      };
    },
    pause: async () => {
      await wait(400);
      rest.holds = true;
      return true;
    },
    goOn: async () => {
      rest.holds = false;
    },
    batchPicture: async () => {
      await wait(200);
      const samples = [3, 8, 21, 34].map((seed): SamplePicture => {
        const { width, height, pixels } = fakeThumbnail(seed);
        const side = width / PLANES.length;
        return {
          participant: `sub-${String(seed).padStart(4, '0')}`,
          session: 'ses-M000',
          label: seed % 2 === 0 ? 'AD' : 'CN',
          planes: PLANES.map((plane, at) => ({
            ...{ plane, width: side, height, pixelRatio: 1 },
            pixels: pixels.filter((_, index) => Math.floor((index % width) / side) === at),
          })),
        };
      });
      return { split: 0, epoch: 2, iteration: 11, samples, elements: 4, low: 0, high: 1 };
    },
    kernelTimes: async (batches) => {
      await wait(900);
      const random = generator(5);
      const names = [
        'convolution 3x3x3',
        'filter gradient',
        'input gradient',
        'normalise and pool',
      ];
      const milliseconds = names.map((_, at) => 90 / (at + 1) + 10 * random());
      const all = milliseconds.reduce((sum, one) => sum + one, 0);
      const kernels = names.map((kernel, at) => ({
        ...{ kernel, count: 5 * batches, milliseconds: milliseconds[at] ?? 0 },
        ...{ share: (milliseconds[at] ?? 0) / all, gigabytes: 120 - 20 * at },
        ...(at < 3 ? { gflops: 900 - 150 * at } : {}),
      }));
      return { batches, milliseconds: all, kernels, clockStep: 0.1 };
    },
  };
}
