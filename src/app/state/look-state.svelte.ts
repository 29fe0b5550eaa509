/** Whom and which class the saliency map is asked for, how it is drawn, and the map itself. */
import type {
  ExplainRequest,
  Explanation,
  ModelSummary,
  PredictionRow,
} from '../../jobs/session-api.ts';

export interface Candidate {
  readonly group: string;
  readonly row: PredictionRow;
}

export class LookState {
  participant = $state('');
  session = $state('');
  selectionMetric = $state('');
  targetClass = $state(0);
  /** Whose network is asked, where there are several folds. */
  split = $state<number | undefined>();
  explanation = $state.raw<Explanation | undefined>();
  /** What `explanation` answers. */
  answered = $state.raw<ExplainRequest | undefined>();
  opacity = $state(0.75);
  /** Share of the peak. */
  threshold = $state(0.3);

  readonly request = $derived<ExplainRequest>({
    participant: this.participant,
    session: this.session,
    selectionMetric: this.selectionMetric,
    targetClass: this.targetClass,
    split: this.split,
  });

  /** Whether the map on the screen belongs to an earlier choice. */
  readonly stale = $derived(
    this.answered !== undefined &&
      (this.answered.participant !== this.participant ||
        this.answered.session !== this.session ||
        this.answered.selectionMetric !== this.selectionMetric ||
        this.answered.split !== this.split ||
        this.answered.targetClass !== this.targetClass),
  );

  /** Begins with the first prediction of the test set, or of whatever set there is. */
  start(model: ModelSummary): void {
    this.explanation = undefined;
    this.answered = undefined;
    this.split = model.split;
    this.selectionMetric = model.selectionMetrics[0] ?? '';
    const first = candidates(model, this.selectionMetric)[0];
    if (first !== undefined) this.select(first.row, model);
  }

  /** Chooses a session, and the class that the network gave it. */
  select(row: PredictionRow, model: ModelSummary): void {
    this.participant = row.participant;
    this.session = row.session;
    this.targetClass = Math.max(0, model.classes.indexOf(row.predictedLabel));
  }

  show(request: ExplainRequest, explanation: Explanation): void {
    this.answered = request;
    this.explanation = explanation;
  }
}

const order = ['test', 'validation', 'train'];

/** Predictions of one selection metric, test before validation before training. */
export function candidates(model: ModelSummary, selectionMetric: string): Candidate[] {
  const rank = (group: string): number =>
    (order.indexOf(group) + order.length + 1) % (order.length + 1);
  return model.results
    .filter((result) => result.selectionMetric === selectionMetric)
    .toSorted((a, b) => rank(a.group) - rank(b.group))
    .flatMap((result) => result.predictions.map((row) => ({ group: result.group, row })));
}
