/**
 * The quality check as the page knows it: how far it is, what it found, which scan is looked at, and
 * who was accepted. Who is left out stands in the one list of the experiment, and is undone there.
 */
import type { Problem } from '../../core/errors.ts';
import type { ProgressEvent } from '../../jobs/events.ts';
import type { ParticipantRow, QualityReport, QualityRow, Session } from '../../jobs/session-api.ts';
import { without } from '../lib/exclusions.ts';
import { problemOf } from '../lib/problems.ts';
import { qualityKey, worstFirst, type Judgement } from '../lib/quality-order.ts';
import { t } from '../strings.ts';
import type { ExperimentState } from './experiment-state.svelte.ts';
import { ScanState } from './scan-state.svelte.ts';

export class QualityState {
  checking = $state(false);
  cancelling = $state(false);
  stopped = $state(false);
  progress = $state.raw<ProgressEvent | undefined>();
  report = $state.raw<QualityReport | undefined>();
  problem = $state.raw<Problem | undefined>();
  /** Scores above it pass; the report's until someone sets another. */
  threshold = $state(0.5);
  /** Only scans with this finding are shown. */
  code = $state<string | undefined>();
  /** Of the scan that is looked at. */
  selected = $state('');
  accepted = $state.raw<readonly string[]>([]);
  /** Noted with what is rejected next; empty: what was found. */
  reason = $state('');
  /** Whether the large preview is open. */
  isLarge = $state(false);
  /** What the last key did, in words. */
  told = $state('');
  readonly scan: ScanState;

  readonly ordered = $derived.by(() => worstFirst(this.report?.rows ?? []));
  readonly shown = $derived.by(() =>
    this.code === undefined
      ? this.ordered
      : this.ordered.filter(({ findings }) => findings.some(({ code }) => code === this.code)),
  );
  readonly current = $derived.by(() => this.shown.find((row) => qualityKey(row) === this.selected));

  readonly #session: Session;
  readonly #experiment: ExperimentState;
  /** Counts cohorts: what is told of an earlier one no longer holds. */
  #turn = 0;

  constructor(session: Session, experiment: ExperimentState) {
    this.#session = session;
    this.#experiment = experiment;
    this.scan = new ScanState(session);
  }

  async check(): Promise<void> {
    if (this.checking) return;
    this.checking = true;
    this.stopped = false;
    this.problem = undefined;
    this.progress = undefined;
    const turn = this.#turn;
    try {
      const report = await this.#session.checkQuality((event) => {
        if (event.kind === 'progress' && turn === this.#turn) this.progress = event;
      });
      if (turn !== this.#turn) return;
      if (this.report === undefined) this.threshold = report.threshold;
      this.report = report;
      this.code = undefined;
      const [worst] = this.ordered;
      this.selected = worst === undefined ? '' : qualityKey(worst);
    } catch (thrown) {
      if (turn !== this.#turn) return;
      const problem = problemOf(thrown);
      if (problem.code === 'CANCELLED') this.stopped = true;
      else this.problem = problem;
    } finally {
      this.checking = false;
      this.cancelling = false;
    }
  }

  async cancel(): Promise<void> {
    if (!this.checking || this.cancelling) return;
    this.cancelling = true;
    await this.#session.cancelQuality().catch(() => undefined);
  }

  /** What was said of another cohort, or of another preprocessing, no longer holds. */
  forget(): void {
    this.#turn += 1;
    void this.cancel();
    this.report = undefined;
    this.problem = undefined;
    this.stopped = false;
    this.code = undefined;
    this.selected = '';
    this.accepted = [];
    this.reason = '';
    this.isLarge = false;
    this.told = '';
  }

  judgementOf(row: QualityRow): Judgement {
    const key = qualityKey(row);
    if (this.#experiment.choice?.excluded.includes(key) === true) return 'out';
    return this.accepted.includes(key) ? 'accepted' : 'open';
  }

  passes({ score }: QualityRow): boolean | undefined {
    return score === undefined ? undefined : score > this.threshold;
  }

  /** Looked at and good: it takes part. */
  accept(row: QualityRow): void {
    const key = qualityKey(row);
    this.accepted = [...without(this.accepted, [key]), key];
    this.#experiment.bringBack([key]);
    this.told = t.quality.toldAccepted(nameOf(row));
    this.#next(row);
  }

  /** Left out of all sets, with the reason; undone as every exclusion is. */
  reject(row: QualityRow): void {
    const key = qualityKey(row);
    this.accepted = without(this.accepted, [key]);
    this.#experiment.leaveOut([key], this.reason.trim() || this.#why(row));
    this.told = t.quality.toldRejected(nameOf(row));
    this.#next(row);
  }

  /** All that do not pass and were not accepted, in one step. */
  rejectFailing(): void {
    this.#experiment.leaveOut(
      this.failing.map(qualityKey),
      this.reason.trim() || t.quality.reasonBelow(this.threshold),
    );
  }

  /** Scans that do not pass and were neither accepted nor left out. */
  readonly failing = $derived.by(() =>
    this.ordered.filter((row) => this.passes(row) === false && this.judgementOf(row) === 'open'),
  );

  async enlarge(row: QualityRow, rows: readonly ParticipantRow[]): Promise<void> {
    this.isLarge = true;
    const found = rows.find(
      ({ participant, session }) => participant === row.participant && session === row.session,
    );
    if (found !== undefined) await this.scan.select(found);
  }

  /** The next scan in the list: one goes through it without touching another key. */
  #next(row: QualityRow): void {
    const at = this.shown.findIndex((other) => qualityKey(other) === qualityKey(row));
    const next = this.shown[at + 1];
    if (next !== undefined) this.selected = qualityKey(next);
  }

  #why({ findings, score }: QualityRow): string {
    const [first] = findings;
    if (first !== undefined) return t.quality.reasonFinding(t.quality.titleOf(first.code));
    return score === undefined ? t.quality.reasonLooked : t.quality.reasonScore(score);
  }
}

const nameOf = ({ participant, session }: QualityRow): string => `${participant} ${session}`;
