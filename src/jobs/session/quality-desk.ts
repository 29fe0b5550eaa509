/**
 * The quality check of the opened cohort: it runs beside other jobs, one scan after the other, and what
 * it has found is kept, so that a second run reads only what is new.
 */
import type { Clock } from '../../core/clock.ts';
import { CapsuleError } from '../../core/errors.ts';
import { methodOf, THRESHOLDS } from '../../core/quality/check-scan.ts';
import type { Template } from '../../core/quality/template.ts';
import { sessionName } from '../../core/tsv/sessions.ts';
import type { Job } from '../events.ts';
import { checkPlace, readTemplates, withCohort, type ReadScan } from '../quality.ts';
import type { OnEvent, QualityReport } from '../session-api.ts';
import { ProgressMeter } from '../shared/progress-meter.ts';
import { followJob } from './follow-job.ts';
import type { OpenedCohort } from './opened-cohort.ts';
import type { SessionPlatform } from './platform.ts';

type World = Pick<SessionPlatform, 'clock' | 'baseBrain' | 'headTemplate'>;

export class QualityDesk {
  readonly #cohort: OpenedCohort;
  readonly #world: World;
  /** By path: another preprocessing has other files. */
  readonly #read = new Map<string, ReadScan>();
  #templates: Promise<readonly Template[]> | undefined;
  #checking: AbortController | undefined;

  constructor(cohort: OpenedCohort, world: World) {
    this.#cohort = cohort;
    this.#world = world;
  }

  /** @throws CapsuleError BUSY while one runs, CANCELLED */
  async check(onEvent: OnEvent): Promise<QualityReport> {
    if (this.#checking !== undefined) throw new CapsuleError('BUSY');
    const controller = new AbortController();
    this.#checking = controller;
    try {
      return await followJob(this.#run(this.#world.clock, controller.signal), onEvent);
    } finally {
      this.#checking = undefined;
    }
  }

  stop(): void {
    this.#checking?.abort();
  }

  async *#run(clock: Clock, signal: AbortSignal): Job<QualityReport> {
    const cohort = this.#cohort;
    const method = methodOf(cohort.extraction().preprocessing);
    const rows = cohort.rows().filter(({ path, damaged }) => path !== '' && !damaged);
    const missing = rows.filter(({ path }) => !this.#read.has(path));
    const meter = new ProgressMeter(clock, 'scans', missing.length);
    yield meter.event('Checking scans', 0);
    this.#templates ??= this.#openTemplates();
    const templates = await this.#templates;
    for (const [done, { participant, session, path }] of missing.entries()) {
      if (signal.aborted) throw new CapsuleError('CANCELLED');
      const key = { participant, session };
      const open = () => cohort.store.read(path, key);
      const read = await checkPlace({ ...key, path }, open, method, templates);
      this.#read.set(path, read);
      if (read.scan === undefined) {
        const [problem] = read.row.findings;
        if (problem !== undefined) cohort.noteFaults(new Map([[sessionName(key), problem]]));
      } else cohort.noteHash(key, path, read.scan.hash);
      yield meter.event('Checking scans', done + 1);
      await breath();
    }
    const all = rows.flatMap(({ path }) => this.#read.get(path) ?? []);
    return { method, threshold: THRESHOLDS[method], rows: withCohort(all) };
  }

  async #openTemplates(): Promise<readonly Template[]> {
    const world = this.#world;
    return readTemplates(await world.baseBrain(), await world.headTemplate?.());
  }
}

/** A check is computed in one go: without a rest no other call of the page would be heard between. */
const breath = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
