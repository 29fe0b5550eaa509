/** What a session lets people do with a training that runs: rest, look at a batch, time its kernels. */
import type { Clock } from '../../core/clock.ts';
import type { Batch } from '../../engine/data/batches.ts';
import type { EngineDevice } from '../../engine/device/engine-device.ts';
import type { Onlooker, WatchedEpoch } from '../training/onlooker.ts';
import { BatchView } from './batch-view.ts';
import { KernelWatch } from './kernel-watch.ts';
import { Pause } from './pause.ts';

export class TrainingDesk implements Onlooker {
  readonly pause: Pause;
  readonly batches = new BatchView();
  readonly kernels = new KernelWatch();

  constructor(clock: Clock, signal: AbortSignal) {
    this.pause = new Pause(clock, signal);
  }

  get wantsPause(): boolean {
    return this.pause.isWanted;
  }

  onBatch(part: Batch, of: WatchedEpoch): Promise<void> | undefined {
    const { split, network = '', epoch } = of;
    const name = [split, network, epoch, part.iteration].join('/');
    const waits = [this.batches.onBatch(part, of), this.kernels.onBatch(name, of.device)];
    if (waits.every((wait) => wait === undefined)) return undefined;
    return Promise.all(waits).then(() => undefined);
  }

  afterSteps(device: EngineDevice): Promise<void> {
    return this.kernels.afterSteps(device);
  }

  /** The training is over. */
  end(): void {
    this.pause.goOn();
    this.batches.end();
    this.kernels.end();
  }
}
