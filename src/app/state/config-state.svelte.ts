/**
 * The configuration as one thing seen three ways: a form, a TOML, a link. The choice of the experiment
 * is the only copy; here stand what was typed and cannot be used yet, the TOML while it is edited,
 * and what a file or a link asked for in vain.
 */
import { changedOptions, valueOf } from '../../core/config/changes.ts';
import { readTomlAll } from '../../core/config/config-faults.ts';
import { optionText, optionValue } from '../../core/config/option-text.ts';
import {
  defaultConfig,
  optionsOf,
  type PartialConfig,
  type PlacedOption,
} from '../../core/config/schema.ts';
import { keyRows } from '../../core/config/toml-rows.ts';
import { toToml } from '../../core/config/toml.ts';
import type { Problem } from '../../core/errors.ts';
import type { CohortSummary, ExperimentChoice, Offers, Session } from '../../jobs/session-api.ts';
import { likelyClasses } from '../lib/choice.ts';
import { choiceWith, usedConfig } from '../lib/config-choice.ts';
import { linkPairs } from '../lib/config-link.ts';
import { refusedHere } from '../lib/config-places.ts';
import { defaultSample, type HashOptions } from '../lib/hash-options.ts';
import { problemOf } from '../lib/problems.ts';
import { noRefusals, withRefusal } from '../lib/refusals.ts';
import { t } from '../strings.ts';
import type { ExperimentState } from './experiment-state.svelte.ts';

export class ConfigState {
  /** By key. */
  invalid = $state.raw(noRefusals);
  /** The TOML as it is being edited; undefined while it follows the choice. */
  draft = $state<string | undefined>();
  /** What is wrong with the draft, or could not be had from a link. */
  problems = $state.raw<readonly Problem[]>([]);
  /** What was done last, in words. */
  told = $state('');
  offers = $state.raw<Offers | undefined>();
  /** Whether all options are shown, and how. */
  isOpen = $state(false);
  view = $state<'form' | 'toml' | 'link'>('form');

  readonly toml = $derived.by(() => {
    const { choice } = this.#experiment;
    return choice === undefined ? '' : toToml(usedConfig(choice, this.#cohort ?? { rows: [] }));
  });

  readonly #session: Session;
  readonly #experiment: ExperimentState;
  #cohort = $state.raw<CohortSummary | undefined>();
  /** A file that was opened before any folder. */
  #waiting: { readonly name: string; readonly text: string } | undefined;
  #asked = '';

  constructor(session: Session, experiment: ExperimentState) {
    this.#session = session;
    this.#experiment = experiment;
  }

  /** A cohort was opened, or its table changed. @param isNew - and what the address asks for is used */
  start(cohort: CohortSummary, isNew: boolean): void {
    this.#cohort = cohort;
    this.#asked = '';
    if (!isNew) return;
    this.invalid = noRefusals;
    this.draft = undefined;
    this.problems = [];
    this.told = '';
    this.useLink(this.#experiment.options);
    if (this.#waiting !== undefined) this.useToml(this.#waiting.text, this.#waiting.name);
    this.#waiting = undefined;
  }

  /** @returns the option as the task of the choice has it; undefined where it has none. */
  option(key: string): PlacedOption | undefined {
    const task = this.#experiment.choice?.config.network_task ?? 'classification';
    return optionsOf(task).find((placed) => placed.key === key);
  }

  /** @returns what stands in the field of an option: what was typed, or the value that is used. */
  text(key: string): string {
    const placed = this.option(key);
    const config = this.#experiment.choice?.config;
    if (placed === undefined || config === undefined) return '';
    return this.invalid.get(key)?.text ?? optionText(placed.option, valueOf(config, key));
  }

  isChanged(key: string): boolean {
    const config = this.#experiment.choice?.config;
    if (config === undefined) return false;
    return this.invalid.has(key) || changedOptions(config).some((placed) => placed.key === key);
  }

  /** Takes what was typed, or keeps it with the reason why it cannot be used. */
  set(key: string, text: string): void {
    const placed = this.option(key);
    if (placed === undefined) return;
    try {
      const value = optionValue(placed, text);
      this.invalid = withRefusal(this.invalid, key, undefined);
      if (key === 'seed') this.#experiment.set('seed', value as number);
      else this.#experiment.change({ [key]: value } as PartialConfig);
    } catch (thrown) {
      this.invalid = withRefusal(this.invalid, key, { text, problem: problemOf(thrown) });
    }
  }

  reset(key: string): void {
    const placed = this.option(key);
    if (placed !== undefined) this.set(key, optionText(placed.option, placed.option.fallback));
  }

  /** Everything that the form decides goes back to ClinicaDL's defaults; the sets stay. */
  resetAll(keys: readonly string[]): void {
    const { choice } = this.#experiment;
    if (choice === undefined) return;
    const defaults = defaultConfig(choice.config.network_task);
    const values = keys.map((key) => [key, valueOf(defaults, key)]);
    this.invalid = noRefusals;
    this.#experiment.change(Object.fromEntries(values) as PartialConfig);
  }

  /** Uses the TOML that was edited; with a fault in it, nothing changes. */
  applyDraft(): void {
    if (this.draft !== undefined) this.useToml(this.draft, t.configure.tomlFile);
  }

  dropDraft(): void {
    this.draft = undefined;
    this.problems = [];
    this.told = '';
  }

  async openToml(file: File): Promise<void> {
    // A file of another kind is not read into a field, however large it is.
    const text = file.size > 1_000_000 ? ' '.repeat(1_000_001) : await file.text();
    this.isOpen = true;
    this.view = 'toml';
    if (this.#experiment.choice !== undefined) this.useToml(text, file.name);
    else {
      this.#waiting = { name: file.name, text };
      this.told = t.configure.waiting(file.name);
    }
  }

  useToml(text: string, name: string): void {
    const { choice } = this.#experiment;
    if (choice === undefined || this.#cohort === undefined) return;
    const { task, given, problems } = readTomlAll(text, choice.config.network_task);
    const { choice: asked, faults } = choiceWith(choice, this.#cohort, task, given);
    const rows = keyRows(text);
    const elsewhere = refusedHere(given, task);
    const all = [
      ...problems,
      ...[...elsewhere, ...faults].map(({ key, problem }) => {
        const path = [...rows.keys()].find((name) => name.endsWith(`.${key}`));
        const row = path === undefined ? undefined : rows.get(path);
        return row === undefined ? problem : { ...problem, row };
      }),
    ].sort((a, b) => (a.row ?? 0) - (b.row ?? 0));
    this.told = '';
    this.problems = all;
    if (all.length > 0) {
      this.draft = text.length > 1_000_000 ? undefined : text;
      return;
    }
    this.#use(asked, t.configure.fromFile(name));
    this.told = t.configure.used(name);
  }

  /** What the address asks for. It starts nothing; what cannot be had is told. */
  useLink({ linked, epochs, batchSize }: HashOptions): void {
    const { choice } = this.#experiment;
    if (choice === undefined || linked === undefined || this.#cohort === undefined) return;
    const task = linked.task ?? choice.config.network_task;
    const given: PartialConfig = {
      ...linked.given,
      ...(epochs === undefined ? {} : { epochs }),
      ...(batchSize === undefined ? {} : { batch_size: batchSize }),
    };
    const base = linked.task === undefined ? choice.config : {};
    const { classes } = linked;
    const { choice: asked, faults } = choiceWith(choice, this.#cohort, task, given, {
      ...{ base, classes },
    });
    const { mode = asked.mode, validationShare, testShare } = linked;
    this.problems = faults.map(({ problem }) => problem);
    this.#use(
      {
        ...asked,
        mode,
        validationShare: validationShare ?? asked.validationShare,
        testShare: testShare ?? asked.testShare,
      },
      t.configure.fromLink,
    );
  }

  /** The part of an address after `#` that says what is chosen now. */
  link(step: string, options: HashOptions): string {
    const { choice } = this.#experiment;
    const { participants, millimetres, seed } = options.sample;
    const isOther = JSON.stringify(options.sample) !== JSON.stringify(defaultSample);
    const pairs = [
      `step=${step}`,
      ...(isOther ? [`sample=participants:${participants},mm:${millimetres},seed:${seed}`] : []),
    ];
    if (choice === undefined) return pairs.join('&');
    const column = this.#cohort?.columns.find(({ name }) => name === choice.config.label);
    const proposed = column === undefined ? [] : likelyClasses(column);
    return [...pairs, ...linkPairs(choice, proposed)].join('&');
  }

  /** Networks and regions, anew when the elements or the task have changed. */
  async askOffers(): Promise<void> {
    const { choice } = this.#experiment;
    if (choice === undefined) return;
    const asked = offersKey(choice);
    if (asked === this.#asked) return;
    this.#asked = asked;
    try {
      const offers = await this.#session.offers(choice);
      if (asked === this.#asked) this.offers = offers;
    } catch {
      // The plan of the same choice tells what is wrong with it.
      if (asked === this.#asked) this.offers = undefined;
    }
  }

  #use(choice: ExperimentChoice, label: string): void {
    this.invalid = noRefusals;
    this.draft = undefined;
    this.#experiment.replace(choice, label);
  }
}

/** What the sizes of networks depend on. */
function offersKey({ preprocessing, mode, classes, config }: ExperimentChoice): string {
  const sizing = {
    ...config,
    architecture: '',
    epochs: 0,
    batch_size: 0,
    learning_rate: 0,
    seed: 0,
  };
  return JSON.stringify([preprocessing, mode, classes.length, sizing]);
}
