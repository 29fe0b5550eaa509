/** Whom, how and of which model the saliency map is asked for, how it is drawn, and the map itself. */
import type {
  ExplainRequest,
  Explanation,
  ModelSummary,
  PredictionRow,
} from '../../jobs/session-api.ts';
import { TWO_SIDED, type ColourMapName } from '../lib/colour-map.ts';
import { methodOf, type MethodName, type MethodSettings } from '../lib/interpret-methods.ts';

export interface Candidate {
  readonly group: string;
  readonly row: PredictionRow;
}

export type Whom = 'scan' | 'group';

export class LookState {
  participant = $state('');
  session = $state('');
  selectionMetric = $state('');
  targetClass = $state(0);
  /** Whose network is asked, where there are several folds. */
  split = $state<number | undefined>();
  methodName = $state<MethodName>('gradients');
  /** As typed, by setting. */
  settings = $state.raw<MethodSettings>({});
  whom = $state<Whom>('scan');
  group = $state('');
  /** True class that the mean is taken over; '' for all. */
  className = $state('');
  /** Patch, slice or region; all of them when undefined. */
  part = $state<number | undefined>();
  /** Parts that the model has, once a map has told. */
  parts = $state.raw<readonly number[]>([]);

  explanation = $state.raw<Explanation | undefined>();
  /** What `explanation` answers. */
  answered = $state.raw<ExplainRequest | undefined>();
  opacity = $state(0.75);
  /** Share of the peak. */
  threshold = $state(0.3);
  /** One for maps of both signs, one for those that are never below 0. */
  signedColours = $state<ColourMapName>('blue-orange');
  plainColours = $state<ColourMapName>('magma');
  radiological = $state(false);

  /** Undefined while a setting is wrong. */
  readonly method = $derived(methodOf(this.methodName, this.settings));
  /** Undefined while nobody is chosen, or a setting is wrong. */
  readonly request = $derived.by<ExplainRequest | undefined>(() => {
    const { method, whom, participant, session } = this;
    if (method === undefined) return undefined;
    if (whom === 'scan' ? participant === '' : this.group === '') return undefined;
    const group =
      whom === 'scan'
        ? {}
        : { group: { name: this.group, ...(this.className && { className: this.className }) } };
    return {
      ...(whom === 'scan' ? { participant, session } : { participant: '', session: '' }),
      selectionMetric: this.selectionMetric,
      targetClass: this.targetClass,
      split: this.split,
      method,
      part: this.part,
      ...group,
    };
  });

  /** Whether the map on the screen belongs to an earlier choice. */
  readonly stale = $derived(
    this.answered !== undefined && JSON.stringify(this.answered) !== JSON.stringify(this.request),
  );

  readonly colours = $derived(
    this.explanation?.signed === false ? this.plainColours : this.signedColours,
  );

  /** Begins with the first prediction of the test set, or of whatever set there is. */
  start(model: ModelSummary): void {
    this.explanation = undefined;
    this.answered = undefined;
    this.split = model.split;
    this.part = undefined;
    this.parts = [];
    this.className = '';
    this.participant = '';
    this.session = '';
    this.selectionMetric = model.selectionMetrics[0] ?? '';
    const [first] = candidates(model, this.selectionMetric);
    this.group = first?.group ?? '';
    if (first !== undefined) this.select(first.row, model);
  }

  /** Chooses a session, and the class that the network gave it. */
  select(row: PredictionRow, model: ModelSummary): void {
    this.whom = 'scan';
    this.participant = row.participant;
    this.session = row.session;
    this.targetClass = Math.max(0, model.classes.indexOf(row.predictedLabel));
  }

  set(setting: keyof MethodSettings, text: string): void {
    this.settings = { ...this.settings, [setting]: text };
  }

  setColours(name: ColourMapName): void {
    if (this.explanation?.signed === false) this.plainColours = name;
    else if (TWO_SIDED.includes(name)) this.signedColours = name;
  }

  show(request: ExplainRequest, explanation: Explanation): void {
    this.answered = request;
    this.explanation = explanation;
    if (request.part === undefined) this.parts = explanation.parts;
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
