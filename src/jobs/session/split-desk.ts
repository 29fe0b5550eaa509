/**
 * What a session knows of the sets of its cohort: tables that were opened, the audit of a choice, and
 * the comparison of scans, which runs beside other jobs. A new cohort starts with a new desk.
 */
import type { Clock } from '../../core/clock.ts';
import { CapsuleError } from '../../core/errors.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import type { MemoryTree } from '../../core/files/memory-tree.ts';
import type { DeviceReport } from '../../core/reports.ts';
import type { ExperimentChoice, OnEvent, OwnSplitSummary, Plan } from '../session-api.ts';
import { followJob } from './follow-job.ts';
import { compareScans } from './compare-scans.ts';
import { planOf } from './experiment.ts';
import type { OpenedCohort } from './opened-cohort.ts';
import { OwnSplit } from './own-split.ts';
import { auditSets, leakageText, type AuditedSets } from './set-leakage.ts';
import { tablesOf } from './set-tables.ts';
import { setsOf, type SessionSets } from './sets.ts';

export class SplitDesk {
  readonly #cohort: OpenedCohort;
  readonly #clock: Clock;
  readonly #own = new Map<string, OwnSplit>();
  readonly #number: number;
  #comparing: AbortController | undefined;

  /** @param number - of the cohort in its session: ids of another one are not known here */
  constructor(cohort: OpenedCohort, clock: Clock, number: number) {
    this.#cohort = cohort;
    this.#clock = clock;
    this.#number = number;
  }

  plan(choice: ExperimentChoice, device: DeviceReport): Promise<Plan> {
    return planOf(this.#cohort, choice, device, this.#ownOf(choice));
  }

  async open(tree: FileTree): Promise<OwnSplitSummary> {
    const split = await OwnSplit.open(tree);
    const id = `own-${this.#number}-${this.#own.size + 1}`;
    this.#own.set(id, split);
    return split.summary(id);
  }

  /** @returns the sets of a choice with their audit */
  audited(choice: ExperimentChoice): AuditedSets & { readonly sets: SessionSets } {
    const own = this.#ownOf(choice);
    const sets = setsOf(this.#cohort, choice, own);
    return { ...auditSets(this.#cohort, choice, sets, own), sets };
  }

  tables(choice: ExperimentChoice): Promise<MemoryTree> {
    return tablesOf(this.#cohort, choice, setsOf(this.#cohort, choice, this.#ownOf(choice)));
  }

  leakageText(choice: ExperimentChoice, isKnown: boolean): Promise<string> {
    return leakageText(this.audited(choice), isKnown);
  }

  /** @throws CapsuleError BUSY while one runs, CANCELLED */
  async compare(onEvent: OnEvent): Promise<number> {
    if (this.#comparing !== undefined) throw new CapsuleError('BUSY');
    const controller = new AbortController();
    this.#comparing = controller;
    const context = { clock: this.#clock, signal: controller.signal };
    try {
      return await followJob(compareScans(this.#cohort, context), onEvent);
    } finally {
      this.#comparing = undefined;
    }
  }

  stopComparing(): void {
    this.#comparing?.abort();
  }

  /** @throws CapsuleError SPLIT_MISSING for tables of another cohort */
  #ownOf({ ownSplit }: ExperimentChoice): OwnSplit | undefined {
    if (ownSplit === undefined) return undefined;
    const own = this.#own.get(ownSplit);
    if (own === undefined) throw new CapsuleError('SPLIT_MISSING', { found: ownSplit });
    return own;
  }
}
