/**
 * What a training changes on the device: weights, optimizer and the scale of the loss. It is made
 * from a seed or from the weights of another training, and made again from the last checkpoint when the
 * device was lost.
 */
import { numberOf, type PyDict } from '../../core/torch/python-values.ts';
import { Network } from '../../engine/networks/network.ts';
import { LossScaler } from '../../engine/optimizers/loss-scaler.ts';
import { Optimizer } from '../../engine/optimizers/optimizer.ts';
import type { JobContext } from '../shared/context.ts';
import { loadOptimizerCheckpoint } from '../shared/optimizer-checkpoint.ts';
import { loadCheckpoint, loadStart } from '../shared/weights.ts';
import type { SavedTraining } from './resume-point.ts';
import { seedOf, type SplitRequest } from './split-request.ts';

/** Of a saved training, what is on the device. */
export type SavedState = Omit<SavedTraining, 'point'> & {
  readonly point: Pick<SavedTraining['point'], 'skipped'>;
};

/** What of a split the state is made from. */
export type StateRequest = Pick<SplitRequest, 'config' | 'plan' | 'memory' | 'network' | 'start'>;

export class TrainingState {
  readonly network: Network;
  readonly optimizer: Optimizer;
  /** Where gradients are halves. */
  readonly scaler: LossScaler | undefined;

  private constructor(request: StateRequest, scaler: LossScaler | undefined) {
    const { config, plan, memory } = request;
    this.network = new Network(plan, seedOf(request), {
      precision: config.amp ? 'half' : 'f32',
      checkpointed: memory.checkpointed,
    });
    const { nb_unfrozen_layer: unfrozen } = config;
    // ClinicaDL counts two tensors a layer, weight and bias.
    if (unfrozen > 0) this.network.freezeAllBut(2 * unfrozen);
    this.optimizer = new Optimizer(config.optimizer, config.learning_rate, config.weight_decay);
    this.scaler = scaler;
  }

  /** As it is before the first epoch. */
  static fresh(request: StateRequest, context: JobContext): TrainingState {
    const scaler = isScaled(request, context) ? new LossScaler() : undefined;
    const state = new TrainingState(request, scaler);
    const { start } = request;
    if (start !== undefined) state.#load(() => loadStart(state.network, start.weights, start.file));
    return state;
  }

  /**
   * As it was when it was saved.
   * @throws CapsuleError WEIGHTS_MISMATCH
   */
  static saved(request: SplitRequest, context: JobContext, saved: SavedState): TrainingState {
    const scaler = isScaled(request, context)
      ? new LossScaler(scalingOf(saved.optimizer.scaler, saved.point.skipped))
      : undefined;
    const state = new TrainingState(request, scaler);
    state.#load(() => {
      loadCheckpoint(state.network, saved.model, 'checkpoint.pth.tar');
      const { network, optimizer } = state;
      loadOptimizerCheckpoint(network, optimizer, saved.optimizer, 'optimizer.pth.tar');
    });
    return state;
  }

  dispose(): void {
    this.network.dispose();
    this.optimizer.dispose();
  }

  #load(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.dispose();
      throw thrown;
    }
  }
}

/** Only our kernels keep halves. */
function isScaled({ config }: Pick<SplitRequest, 'config'>, { device }: JobContext): boolean {
  return config.amp && device.report.kind !== 'none';
}

/** @param skipped - steps left out before, which PyTorch's state does not tell */
function scalingOf(saved: PyDict | undefined, skipped: number) {
  const scale = numberOf(saved?.get('scale'));
  const growthTracker = numberOf(saved?.get('_growth_tracker'));
  if (scale === undefined || growthTracker === undefined) return undefined;
  return { scale, growthTracker, skipped };
}
