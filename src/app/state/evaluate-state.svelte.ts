/**
 * What the step Evaluate asks of the worker: curves and intervals of the group in view, figures by
 * fold, one reconstruction, and models to compare with. An answer that was overtaken is dropped.
 */
import type { Problem } from '../../core/errors.ts';
import type { TreeSource } from '../../core/files/tree-source.ts';
import type {
  Comparison,
  GroupEvaluation,
  ModelSummary,
  OnEvent,
  Reconstruction,
  ReconstructRequest,
  Session,
  SplitFigures,
} from '../../jobs/session-api.ts';
import { problemOf } from '../lib/problems.ts';

export class EvaluateState {
  group = $state('test');
  selectionMetric = $state('');
  /** Session in view in the table, as `group/participant/session`. */
  chosen = $state('');
  evaluation = $state.raw<GroupEvaluation | undefined>();
  working = $state(false);
  problem = $state.raw<Problem | undefined>();
  splits = $state.raw<readonly SplitFigures[]>([]);
  reconstruction = $state.raw<Reconstruction | undefined>();
  /** What `reconstruction` answers. */
  answered = $state.raw<ReconstructRequest | undefined>();
  /** Models beside the current one. */
  others = $state.raw<readonly ModelSummary[]>([]);
  reading = $state(false);
  readingProblem = $state.raw<Problem | undefined>();

  readonly #session: Session;
  #asked = 0;
  #splitsOf = '';

  constructor(session: Session) {
    this.#session = session;
  }

  /** Begins anew with a model; the others stay, to be compared with it. */
  start(): void {
    this.#asked += 1;
    this.evaluation = undefined;
    this.reconstruction = undefined;
    this.answered = undefined;
    this.chosen = '';
    this.#splitsOf = '';
    this.splits = [];
  }

  /** Curves and intervals of one group of a model. */
  async ask(model: ModelSummary, selectionMetric: string, group: string): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const rowsOf = (name: string) => rowsOfGroup(model, selectionMetric, name);
    this.problem = undefined;
    this.working = true;
    try {
      const evaluation = await this.#session.evaluate({
        ...{ task: model.task, classes: model.classes, group, rows: rowsOf(group) },
        ...{ trained: rowsOf('train'), seed: model.config?.seed ?? 0 },
        isWhole: model.mode === 'image',
      });
      if (asked === this.#asked) this.evaluation = evaluation;
    } catch (thrown) {
      if (asked !== this.#asked) return;
      this.evaluation = undefined;
      this.problem = problemOf(thrown);
    } finally {
      if (asked === this.#asked) this.working = false;
    }
  }

  /** Figures of all folds of the current model, once. */
  async askSplits(model: ModelSummary): Promise<void> {
    if (model.splits === undefined || this.#splitsOf === model.name) return;
    this.#splitsOf = model.name;
    try {
      const splits = await this.#session.splitFigures();
      if (this.#splitsOf === model.name) this.splits = splits;
    } catch (thrown) {
      this.problem = problemOf(thrown);
    }
  }

  /** What the network makes of one session. */
  async reconstruct(request: ReconstructRequest, onEvent: OnEvent): Promise<void> {
    this.reconstruction = await this.#session.reconstruct(request, onEvent);
    this.answered = request;
  }

  /** Reads another MAPS beside the current one. */
  async read(source: TreeSource): Promise<void> {
    this.readingProblem = undefined;
    this.reading = true;
    try {
      this.others = [...this.others, await this.#session.readMaps(source)];
    } catch (thrown) {
      this.readingProblem = problemOf(thrown);
    } finally {
      this.reading = false;
    }
  }

  remove(model: ModelSummary): void {
    this.others = this.others.filter((other) => other !== model);
  }

  compare(
    first: ModelSummary,
    second: ModelSummary,
    group: string,
    metrics: readonly [string, string],
  ): Promise<Comparison> {
    return this.#session.compare({
      ...{ task: first.task, classes: first.classes, seed: first.config?.seed ?? 0 },
      first: rowsOfGroup(first, metrics[0], group),
      second: rowsOfGroup(second, metrics[1], group),
    });
  }
}

export function rowsOfGroup(model: ModelSummary, selectionMetric: string, group: string) {
  const result = model.results.find(
    (one) => one.group === group && one.selectionMetric === selectionMetric,
  );
  return result?.predictions ?? [];
}
