/** Which voxel's arithmetic is shown, through whose weights, and the numbers of its slice. */
import type { FirstLayer, FirstLayerRequest, Session } from '../../jobs/session-api.ts';
import { startVoxel, voxelSum } from '../lib/teaching-voxel.ts';
import type { AppState } from './app-state.svelte.ts';

export class VoxelState {
  layer = $state.raw<FirstLayer | undefined>();
  /** `participant/session`; the first that can be used when ''. */
  scan = $state('');
  /** Whether the trained network is asked, where there is one. */
  wantsTrained = $state(true);
  kernel = $state(0);
  x = $state(0);
  y = $state(0);

  readonly #page: AppState;
  readonly #session: Session;

  /** Sessions that can be looked at. */
  readonly scans = $derived.by(() =>
    (this.#page.cohort?.rows ?? [])
      .filter(({ path, damaged }) => path !== '' && !damaged)
      .map(({ participant, session }) => `${participant}/${session}`),
  );
  readonly canBeTrained = $derived.by(() => this.#page.model !== undefined);
  readonly isTrained = $derived.by(() => this.canBeTrained && this.wantsTrained);
  readonly sum = $derived.by(() =>
    this.layer === undefined ? undefined : voxelSum(this.layer, this.x, this.y, this.kernel),
  );
  /** What the numbers were asked for; others are old once it changes. */
  readonly #key = $derived.by(() => this.#keyOf(this.#chosen()));
  #answered = $state('');
  readonly isOld = $derived.by(() => this.layer !== undefined && this.#answered !== this.#key);

  constructor(page: AppState, session: Session) {
    this.#page = page;
    this.#session = session;
  }

  /** @param slice - the middle one when absent */
  async show(slice?: number): Promise<void> {
    const request = this.#chosen();
    if (request === undefined || this.#page.busy) return;
    const key = this.#keyOf(request);
    const layer = await this.#page.job.run('voxel', (onEvent) =>
      this.#session.firstLayer(slice === undefined ? request : { ...request, slice }, onEvent),
    );
    if (layer === undefined) return;
    const before = this.layer;
    this.layer = layer;
    this.#answered = key;
    this.kernel = Math.min(this.kernel, layer.channels - 1);
    const isSameGrid = before?.shape.join() === layer.shape.join();
    if (!isSameGrid) ({ x: this.x, y: this.y } = startVoxel(layer));
  }

  /** Stays within the slice. */
  move(x: number, y: number): void {
    const [X = 1, Y = 1] = this.layer?.shape ?? [];
    this.x = Math.max(0, Math.min(X - 1, Math.round(x)));
    this.y = Math.max(0, Math.min(Y - 1, Math.round(y)));
  }

  #chosen(): FirstLayerRequest | undefined {
    const { choice } = this.#page.experiment;
    const scan = this.scans.includes(this.scan) ? this.scan : this.scans[0];
    if (scan === undefined) return undefined;
    const [participant = '', session = ''] = scan.split('/');
    const { selectionMetrics: [selectionMetric] = [], split } = this.#page.model ?? {};
    if (this.isTrained) return { participant, session, selectionMetric, split };
    return choice === undefined ? undefined : { participant, session, choice };
  }

  #keyOf(request: FirstLayerRequest | undefined): string {
    const { name = '' } = this.#page.model ?? {};
    const cohort = this.#page.cohort?.mistake ?? '';
    return JSON.stringify([request, request?.choice === undefined ? name : '', cohort]);
  }
}
