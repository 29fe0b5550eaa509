/** The scan that the data section shows: which row is selected, and its file once it has come. */
import type { Problem } from '../../core/errors.ts';
import type { CohortSummary, ParticipantRow, Session } from '../../jobs/session-api.ts';
import { problemOf } from '../lib/problems.ts';
import type { Bytes } from '../lib/viewer.ts';

export class ScanState {
  row = $state.raw<ParticipantRow | undefined>();
  bytes = $state.raw<Bytes | undefined>();
  loading = $state(false);
  problem = $state.raw<Problem | undefined>();

  readonly #session: Session;
  #asked = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Selects the first row with a volume. */
  async start(cohort: CohortSummary): Promise<void> {
    this.row = undefined;
    this.bytes = undefined;
    const first = cohort.rows.find((row) => row.path !== '') ?? cohort.rows[0];
    if (first !== undefined) await this.select(first);
  }

  /** Loads the scan of `row`; an answer overtaken by another selection is dropped. */
  async select(row: ParticipantRow): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    this.row = row;
    this.problem = undefined;
    if (row.path === '') {
      this.bytes = undefined;
      return;
    }
    this.loading = true;
    try {
      const { bytes } = await this.#session.volume(row.participant, row.session);
      if (asked === this.#asked) this.bytes = bytes;
    } catch (thrown) {
      if (asked !== this.#asked) return;
      this.bytes = undefined;
      this.problem = problemOf(thrown);
    } finally {
      if (asked === this.#asked) this.loading = false;
    }
  }
}
