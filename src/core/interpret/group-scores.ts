/**
 * Scores of the maps of a group against the known answer: a row a map for the table, and means over
 * participants with their bootstrap intervals. Several maps of one person (parts, visits) count as one
 * draw, their mean.
 */
import { pythonFloat } from '../config/python-json.ts';
import { bootstrap, CONFIDENCE } from '../metrics/bootstrap.ts';
import { stream } from '../random/philox.ts';
import type { SessionKey } from '../tsv/sessions.ts';
import type { Table } from '../tsv/table.ts';
import type { SaliencyScore } from './saliency-score.ts';

export interface ScoredMap extends SessionKey {
  readonly part: number;
  /** Undefined where the region is empty, or all there is. */
  readonly score: SaliencyScore | undefined;
}

const FIGURES = ['pointingGame', 'auc', 'dice'] as const;
const NAMES = { pointingGame: 'pointing game', auc: 'AUC', dice: 'Dice' } as const;

export interface ScoreFigure {
  readonly name: string;
  readonly mean: number;
  /** What a map that knows nothing gets. */
  readonly chance: number;
  /** 95 % by bootstrap over participants; absent for one. */
  readonly interval?: readonly [number, number];
}

export interface GroupScores {
  /** Maps with a score. */
  readonly maps: number;
  readonly participants: number;
  readonly figures: readonly ScoreFigure[];
}

/** @param mode - of the elements: `image`, `patch`, `slice` or `roi` */
export function scoreTable(maps: readonly ScoredMap[], mode: string): Table {
  const number = (value: number | undefined) => (value === undefined ? '' : pythonFloat(value));
  return {
    columns: [
      ...['participant_id', 'session_id', `${mode}_id`, 'voxels', 'region_voxels'],
      ...['pointing_game', 'AUC', 'Dice', 'chance'],
    ],
    rows: maps.map(({ participant, session, part, score }) => [
      ...[participant, session, String(part)],
      ...[String(score?.voxels ?? ''), String(score?.regionVoxels ?? '')],
      ...[score?.pointingGame, score?.auc, score?.dice, score?.chance].map(number),
    ]),
  };
}

/** @returns undefined where no map has a score */
export function groupScores(maps: readonly ScoredMap[], seed: number): GroupScores | undefined {
  const byPerson = new Map<string, SaliencyScore[]>();
  for (const { participant, score } of maps) {
    if (score === undefined) continue;
    byPerson.set(participant, [...(byPerson.get(participant) ?? []), score]);
  }
  const people = [...byPerson.values()];
  if (people.length === 0) return undefined;
  const values = FIGURES.map((figure) => people.map((own) => meanOf(own.map((s) => s[figure]))));
  const chance = meanOf(people.map((own) => meanOf(own.map((s) => s.chance))));
  const intervals = bootstrap(
    people.length,
    (rows) => values.map((column) => meanOf(Array.from(rows, (row) => column[row] as number))),
    stream(seed, 'saliency scores'),
  );
  return {
    maps: people.reduce((sum, own) => sum + own.length, 0),
    participants: people.length,
    figures: FIGURES.map((figure, at) => {
      const interval = intervals?.[at];
      return {
        ...{ name: NAMES[figure], mean: meanOf(values[at] ?? []) },
        chance: figure === 'auc' ? 0.5 : chance,
        ...(interval === undefined ? {} : { interval: [interval.lower, interval.upper] as const }),
      };
    }),
  };
}

/** One line: every figure with its interval and what chance gives. */
export function scoresInWords({ maps, participants, figures }: GroupScores): string {
  const words = figures.map(({ name, mean, interval, chance }) => {
    const range =
      interval === undefined ? '' : ` [${interval[0].toFixed(2)}, ${interval[1].toFixed(2)}]`;
    return `${name} ${mean.toFixed(3)}${range} (chance ${chance.toFixed(3)})`;
  });
  const of = `${maps} maps of ${participants} participants`;
  const note = participants > 1 ? `; ${CONFIDENCE * 100} % intervals` : '';
  return `${words.join(', ')}; ${of}${note}`;
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
