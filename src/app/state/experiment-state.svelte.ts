/**
 * The choices of the experiment and the plan that follows from them. Each change asks the session
 * for a new plan after a short rest; an answer that was overtaken by a newer change is dropped.
 * Label, exclusions and split have one history and can be taken back; the other settings do not.
 */
import type { PartialConfig, Task } from '../../core/config/schema.ts';
import { optionsOfTask } from '../../core/config/shared-options.ts';
import type { Problem } from '../../core/errors.ts';
import type {
  CohortSummary,
  ExperimentChoice,
  ModeOptions,
  OwnSplitSummary,
  Plan,
  Session,
  TreeSource,
} from '../../jobs/session-api.ts';
import {
  defaultChoice,
  isAllowed,
  isPlannable,
  labelColumns,
  likelyClasses,
  learntIn,
  limits,
  proposedOptions,
} from '../lib/choice.ts';
import type { NumberSetting } from '../lib/choice.ts';
import { auditErrors } from '../lib/leak-report.ts';
import { arranged, arrangementOf, type Arrangement } from '../lib/arrangement.ts';
import { newOnes, noReasons, withReasons, without, type Reasons } from '../lib/exclusions.ts';
import type { HashOptions } from '../lib/hash-options.ts';
import { History } from '../lib/history.ts';
import { problemOf } from '../lib/problems.ts';
import { t } from '../strings.ts';

const restMilliseconds = 150;
export class ExperimentState {
  choice = $state.raw<ExperimentChoice | undefined>();
  plan = $state.raw<Plan | undefined>();
  planning = $state(false);
  problem = $state.raw<Problem | undefined>();
  /** Settings whose field holds something that is not allowed. */
  wrong = $state.raw<readonly NumberSetting[]>([]);
  history = $state.raw(new History<Arrangement>());
  /** What the last undo or redo did, in words. */
  told = $state('');
  /** Why a session was left out, by `participant/session`. */
  reasons = $state.raw<Reasons>(noReasons);
  /** Tables that were opened for this cohort; the last one is offered first. */
  ownSplits = $state.raw<readonly OwnSplitSummary[]>([]);
  ownProblem = $state.raw<Problem | undefined>();
  /** The fold that is shown, from 0. */
  fold = $state(0);
  #acknowledged = $state('');

  /** Whether someone said to know of the errors that there are now. */
  readonly iKnow = $derived.by(
    () => this.#acknowledged !== '' && this.#acknowledged === auditErrors(this.plan),
  );
  readonly shownFold = $derived.by(() =>
    Math.max(0, Math.min(this.fold, (this.plan?.folds.length ?? 1) - 1)),
  );

  readonly #session: Session;
  /** Of the address. */
  options: HashOptions;
  #cohort: CohortSummary | undefined;
  /** What was chosen in a task that was left: it is there again when the task is. */
  #ofTask: Partial<Record<Task, PartialConfig>> = {};
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(session: Session, options: HashOptions) {
    this.#session = session;
    this.options = options;
  }

  /** Starts anew with the proposal for `cohort`; keeps the numbers when only its table changed. */
  start(cohort: CohortSummary, keepSettings: boolean): void {
    this.#cohort = cohort;
    const proposal = defaultChoice(cohort, this.options);
    const { preprocessing } = proposal;
    const settings = keepSettings ? (this.choice ?? proposal) : proposal;
    if (!keepSettings) this.#ofTask = {};
    const config = { ...settings.config, label: proposal.config.label };
    const { network_task: task } = config;
    // Another table has other columns: the label is chosen anew, in the task there was.
    const { label, classes } = learntIn(task, cohort);
    this.choice = { ...settings, classes, preprocessing, config: { ...config, label } };
    this.plan = undefined;
    this.wrong = [];
    this.history = new History();
    this.told = '';
    if (!keepSettings) {
      this.reasons = noReasons;
      this.ownSplits = [];
      this.fold = 0;
    }
    this.ask();
  }

  /** Options of the network and of training. */
  change(changes: PartialConfig): void {
    if (this.choice === undefined) return;
    this.choice = { ...this.choice, config: { ...this.choice.config, ...changes } };
    this.ask();
  }

  /** What of each scan the network sees. Options that another part cannot have are switched off. */
  useMode(mode: ModeOptions): void {
    if (this.choice === undefined) return;
    const { config } = this.choice;
    const isImage = mode.mode === 'image';
    const size_reduction = isImage && config.size_reduction;
    const multi_network = !isImage && config.multi_network;
    this.choice = { ...this.choice, mode, config: { ...config, size_reduction, multi_network } };
    this.ask();
  }

  /** Takes a number from a field, or remembers that it is not allowed. */
  set(setting: NumberSetting, value: number): void {
    const others = this.wrong.filter((name) => name !== setting);
    const allowed = isAllowed(setting, value);
    this.wrong = allowed ? others : [...others, setting];
    if (!allowed) return;
    const label = t.history.setting(t.experiment.settings[setting], value);
    this.#arrange({ [setting]: value }, label, setting);
  }

  /** What is learnt: classes, a number, or the image itself. */
  useTask(task: Task): void {
    if (this.choice === undefined || this.choice.config.network_task === task) return;
    const learnt = learntIn(task, this.#cohort ?? { columns: [] });
    this.#arrange({ network_task: task, ...learnt }, t.configure.tasks[task].name.toLowerCase());
  }

  useLabel(name: string): void {
    const task = this.choice?.config.network_task ?? 'classification';
    const columns = labelColumns(this.#cohort?.columns ?? [], task);
    const column = columns.find((candidate) => candidate.name === name);
    if (column === undefined) return;
    const classes = task === 'classification' ? likelyClasses(column) : [];
    this.#arrange({ label: name, classes }, t.history.label(name));
  }

  /** Takes a whole choice over, from a file or a link. @param label - for the history */
  replace(choice: ExperimentChoice, label: string): void {
    const before = this.choice;
    if (before === undefined) return;
    this.#remember(before);
    this.wrong = [];
    const [was, is] = [arrangementOf(before), arrangementOf(choice)];
    if (JSON.stringify(was) !== JSON.stringify(is)) {
      this.history = this.history.record({ label, before: was, after: is, kind: undefined });
    }
    this.told = '';
    this.choice = choice;
    this.ask();
  }

  toggleClass(value: string): void {
    const classes = this.choice?.classes ?? [];
    const isOn = classes.includes(value);
    const changed = isOn ? classes.filter((other) => other !== value) : [...classes, value].sort();
    const label = isOn ? t.history.classOff(value) : t.history.classOn(value);
    this.#arrange({ classes: changed }, label);
  }

  /** @param key - `participant/session` @param why - noted when it is left out */
  toggleSession(key: string, why: string): void {
    if (this.choice?.excluded.includes(key)) this.bringBack([key]);
    else this.leaveOut([key], why);
  }

  leaveOut(keys: readonly string[], why: string): void {
    const excluded = this.choice?.excluded ?? [];
    const added = newOnes(excluded, keys);
    if (added.length === 0) return;
    this.reasons = withReasons(this.reasons, added, why);
    const [first = ''] = added;
    const label =
      added.length === 1 ? t.history.out(spoken(first)) : t.history.outMany(added.length);
    this.#arrange({ excluded: [...excluded, ...added] }, label);
  }

  bringBack(keys: readonly string[]): void {
    const excluded = this.choice?.excluded ?? [];
    const left = without(excluded, keys);
    const back = excluded.length - left.length;
    if (back === 0) return;
    const [first = ''] = keys;
    this.#arrange(
      { excluded: left },
      back === 1 ? t.history.back(spoken(first)) : t.history.backMany(back),
    );
  }

  /** @param folds - undefined for one split */
  useDrawn(folds: number | undefined): void {
    const changes = { folds, trainedFolds: undefined, ownSplit: undefined };
    const label = folds === undefined ? t.history.single : t.history.folds(folds);
    this.#arrange(changes, label, folds === undefined ? undefined : 'folds');
  }

  useOwn(own: OwnSplitSummary): void {
    this.#arrange({ ownSplit: own.id, trainedFolds: undefined }, t.history.own(own.name));
  }

  async openSplit(source: TreeSource): Promise<void> {
    this.ownProblem = undefined;
    try {
      const own = await this.#session.openSplit(source);
      this.ownSplits = [...this.ownSplits, own];
      this.useOwn(own);
    } catch (thrown) {
      this.ownProblem = problemOf(thrown);
    }
  }

  validateAll(isOn: boolean): void {
    this.#arrange({ valid_longitudinal: isOn }, t.history.longitudinal(isOn));
  }

  /** @param folds - numbers of those that are trained */
  trainFolds(folds: readonly number[]): void {
    this.#arrange({ trainedFolds: folds }, t.history.trained);
  }

  undo(): void {
    const step = this.history.last;
    if (step === undefined) return;
    this.history = this.history.undo();
    this.#restore(step.before, t.history.undone(step.label));
  }

  redo(): void {
    const step = this.history.next;
    if (step === undefined) return;
    this.history = this.history.redo();
    this.#restore(step.after, t.history.redone(step.label));
  }

  acknowledge(isKnown: boolean): void {
    this.#acknowledged = isKnown ? auditErrors(this.plan) : '';
  }

  limitsOf(setting: NumberSetting): (typeof limits)[NumberSetting] {
    return limits[setting];
  }

  /** Asks for a plan of the present choice; also when something else than the choice has changed. */
  ask(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
    const asked = this.#asked;
    const choice = this.choice;
    this.problem = undefined;
    if (choice === undefined || !isPlannable(choice)) {
      this.plan = undefined;
      this.planning = false;
      return;
    }
    this.planning = true;
    this.#timer = setTimeout(() => void this.#plan(choice, asked), restMilliseconds);
  }

  #arrange(changes: Partial<Arrangement>, label: string, kind?: string): void {
    const { choice } = this;
    if (choice === undefined) return;
    const before = arrangementOf(choice);
    const after = { ...before, ...changes };
    this.history = this.history.record({ label, before, after, kind });
    this.told = '';
    this.choice = this.#arranged(choice, after);
    this.ask();
  }

  #restore(arrangement: Arrangement, told: string): void {
    if (this.choice === undefined) return;
    this.wrong = [];
    this.told = told;
    this.choice = this.#arranged(this.choice, arrangement);
    this.ask();
  }

  #arranged(choice: ExperimentChoice, arrangement: Arrangement): ExperimentChoice {
    const { network_task: task } = arrangement;
    this.#remember(choice);
    const ofTask = this.#ofTask[task] ?? proposedOptions(task, this.#cohort?.sample ?? false);
    return arranged(choice, arrangement, ofTask);
  }

  #remember({ config }: ExperimentChoice): void {
    this.#ofTask[config.network_task] = optionsOfTask(config);
  }

  async #plan(choice: ExperimentChoice, asked: number): Promise<void> {
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

const spoken = (key: string): string => key.replace('/', ' ');
