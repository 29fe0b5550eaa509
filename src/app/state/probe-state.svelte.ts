/**
 * The last probe: some real steps of a choice, with what they took. It holds for the very choice that
 * was tried; another one has to be tried itself.
 */
import type { Problem } from '../../core/errors.ts';
import type {
  ExperimentChoice,
  MemoryEstimate,
  ProbeResult,
  Session,
} from '../../jobs/session-api.ts';
import type { ExperimentState } from './experiment-state.svelte.ts';
import type { JobState } from './job-state.svelte.ts';

export class ProbeState {
  #tried = $state.raw<
    { readonly choice: ExperimentChoice; readonly result: ProbeResult } | undefined
  >();
  /** What was told meanwhile, such as that the batch goes through in parts. */
  remarks = $state.raw<readonly Problem[]>([]);

  readonly result = $derived.by(() => this.#tried?.result);
  /** Whether the result is that of the present choice. */
  readonly holds = $derived.by(() => {
    const { choice } = this.#experiment;
    // Plain data: a choice that was changed and changed back is the same.
    return this.#tried !== undefined && sameAs(this.#tried.choice, choice);
  });
  /** The plan's estimate, with what the probe knows better. */
  readonly memory = $derived.by((): MemoryEstimate | undefined => {
    const memory = this.#experiment.plan?.memory;
    const { result } = this;
    if (memory === undefined || result === undefined || !this.holds) return memory;
    const { fits, problem, microBatchSize } = result;
    const reasons = fits ? [] : [problem?.sentence ?? '', problem?.found ?? ''];
    return { ...memory, fits, reasons: reasons.filter((one) => one !== ''), microBatchSize };
  });

  readonly #session: Session;
  readonly #experiment: ExperimentState;
  readonly #job: JobState;

  constructor(session: Session, experiment: ExperimentState, job: JobState) {
    this.#session = session;
    this.#experiment = experiment;
    this.#job = job;
  }

  async run(): Promise<void> {
    const { choice } = this.#experiment;
    if (choice === undefined) return;
    this.remarks = [];
    const result = await this.#job.run(
      'probe',
      (onEvent) => this.#session.probe(choice, onEvent),
      (event) => {
        if (event.kind === 'problem') this.remarks = [...this.remarks, event.problem];
      },
    );
    if (result !== undefined) this.#tried = { choice, result };
  }

  forget(): void {
    this.#tried = undefined;
    this.remarks = [];
  }
}

const sameAs = (one: ExperimentChoice, other: ExperimentChoice | undefined): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);
