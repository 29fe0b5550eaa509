/**
 * The choices of the experiment and the plan that follows from them. Each change asks the session
 * for a new plan after a short rest; an answer that was overtaken by a newer change is dropped.
 */
import type { Problem } from '../../core/errors.ts';
import type { CohortSummary, ExperimentChoice, Plan, Session } from '../../jobs/session-api.ts';
import { defaultChoice, isAllowed, likelyClasses, limits } from '../lib/choice.ts';
import type { NumberSetting } from '../lib/choice.ts';
import type { HashOptions } from '../lib/hash-options.ts';
import { problemOf } from '../lib/problems.ts';

const restMilliseconds = 150;

export class ExperimentState {
  choice = $state.raw<ExperimentChoice | undefined>();
  plan = $state.raw<Plan | undefined>();
  planning = $state(false);
  problem = $state.raw<Problem | undefined>();
  /** Settings whose field holds something that is not allowed. */
  wrong = $state.raw<readonly NumberSetting[]>([]);

  readonly #session: Session;
  readonly #options: HashOptions;
  #columns: CohortSummary['columns'] = [];
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(session: Session, options: HashOptions) {
    this.#session = session;
    this.#options = options;
  }

  /** Starts anew with the proposal for `cohort`; keeps the numbers when only its table changed. */
  start(cohort: CohortSummary, keepSettings: boolean): void {
    this.#columns = cohort.columns;
    const proposal = defaultChoice(cohort, this.#options);
    const { label, classes, preprocessing } = proposal;
    const settings = keepSettings ? (this.choice ?? proposal) : proposal;
    this.choice = { ...settings, label, classes, preprocessing };
    this.plan = undefined;
    this.wrong = [];
    this.#replan();
  }

  change(changes: Partial<ExperimentChoice>): void {
    if (this.choice === undefined) return;
    this.choice = { ...this.choice, ...changes };
    this.#replan();
  }

  /** Takes a number from a field, or remembers that it is not allowed. */
  set(setting: NumberSetting, value: number): void {
    const others = this.wrong.filter((name) => name !== setting);
    const allowed = isAllowed(setting, value);
    this.wrong = allowed ? others : [...others, setting];
    if (allowed) this.change({ [setting]: value });
  }

  useLabel(name: string): void {
    const column = this.#columns.find((candidate) => candidate.name === name);
    if (column !== undefined) this.change({ label: name, classes: likelyClasses(column) });
  }

  toggleClass(value: string): void {
    const classes = this.choice?.classes ?? [];
    const without = classes.filter((other) => other !== value);
    const changed = without.length < classes.length ? without : [...classes, value].sort();
    this.change({ classes: changed });
  }

  /** @param key - `participant/session` */
  toggleSession(key: string): void {
    const excluded = this.choice?.excluded ?? [];
    const without = excluded.filter((other) => other !== key);
    this.change({ excluded: without.length < excluded.length ? without : [...excluded, key] });
  }

  limitsOf(setting: NumberSetting): (typeof limits)[NumberSetting] {
    return limits[setting];
  }

  #replan(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
    const asked = this.#asked;
    const choice = this.choice;
    this.problem = undefined;
    if (choice === undefined || choice.label === '' || choice.classes.length < 2) {
      this.plan = undefined;
      this.planning = false;
      return;
    }
    this.planning = true;
    this.#timer = setTimeout(() => void this.#ask(choice, asked), restMilliseconds);
  }

  async #ask(choice: ExperimentChoice, asked: number): Promise<void> {
    try {
      const plan = await this.#session.plan(choice);
      if (asked === this.#asked) this.plan = plan;
    } catch (thrown) {
      if (asked !== this.#asked) return;
      this.plan = undefined;
      this.problem = problemOf(thrown);
    } finally {
      if (asked === this.#asked) this.planning = false;
    }
  }
}
