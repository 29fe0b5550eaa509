/**
 * A job's events on a terminal: a bar where there is one, plain lines elsewhere (files, cluster
 * logs), few enough that results stay in sight and without control characters. Everything goes to
 * stderr, so that stdout holds results only.
 */
import { SingleBar } from 'cli-progress';
import type { EvaluationFigures, Job, JobEvent, ProgressEvent } from '../../src/jobs/events.ts';
import { formatProblem } from '../../src/core/errors.ts';
import { systemClock } from '../../src/platform/node/clock.ts';

/** Share of a phase between two plain lines of it, and the time after which one comes anyway. */
const LINE_EVERY = 0.1;
const SILENCE = 60_000;
/** Milliseconds between two plain lines, at least. */
const LINE_AFTER = 10_000;

/** Runs a job to its end, showing its events. @returns the job's result. */
export async function follow<Result>(job: Job<Result>): Promise<Result> {
  const view = terminalView();
  try {
    for (;;) {
      const { value, done } = await job.next();
      if (done === true) return value;
      view.show(value);
    }
  } finally {
    view.end();
  }
}

/** @returns what shows events on this terminal; to be ended. */
export function terminalView(): View {
  if (process.stderr.isTTY === true) return new BarView();
  const write = (line: string) => process.stderr.write(line);
  return new LineView(write, () => systemClock.elapsed(), secondsAsked() * 1000);
}

/** `CAPSULE_PROGRESS_SECONDS`: 0 shows every tenth of every phase. */
function secondsAsked(): number {
  const text = process.env['CAPSULE_PROGRESS_SECONDS'] ?? '';
  const seconds = text.trim() === '' ? NaN : Number(text);
  return seconds >= 0 ? seconds : LINE_AFTER / 1000;
}

export interface View {
  show(event: JobEvent): void;
  end(): void;
}

/**
 * Plain lines. Of progress one at most in `pause` milliseconds, when another tenth of the phase is
 * done, another phase has begun, or nothing was said for a minute.
 */
export class LineView implements View {
  readonly #write: (text: string) => void;
  readonly #elapsed: () => number;
  readonly #pause: number;
  #phase = '';
  #share = 0;
  #last: number;

  /** @param elapsed - milliseconds since any moment */
  constructor(write: (text: string) => void, elapsed: () => number, pause: number) {
    this.#write = write;
    this.#elapsed = elapsed;
    this.#pause = pause;
    this.#last = elapsed();
  }

  show(event: JobEvent): void {
    const line = inWords(event);
    if (line !== undefined) this.#write(`${plain(line)}\n`);
    else if (event.kind === 'progress') this.#showProgress(event);
  }

  end(): void {
    // Lines need no closing.
  }

  #showProgress(event: ProgressEvent): void {
    const now = this.#elapsed();
    if (now - this.#last < this.#pause) return;
    const phase = phaseOf(event);
    const share = event.total === 0 ? 1 : event.done / event.total;
    const isOver = event.done === event.total;
    const isNews = phase !== this.#phase || share >= this.#share + LINE_EVERY || isOver;
    if (!isNews && now - this.#last < SILENCE) return;
    this.#phase = phase;
    this.#share = share;
    this.#last = now;
    this.#write(
      `${plain(`${phase}: ${event.done}/${event.total} ${event.unit}${timing(event)}`)}\n`,
    );
  }
}

/** A name of a file or a group could hold anything. */
// eslint-disable-next-line no-control-regex
const plain = (text: string): string => text.replace(/[\u0000-\u0009\u000b-\u001f\u007f]/g, ' ');

class BarView implements View {
  #bar: SingleBar | undefined;
  #phase = '';

  show(event: JobEvent): void {
    const line = inWords(event);
    if (line !== undefined) {
      this.end();
      process.stderr.write(`${plain(line)}\n`);
      return;
    }
    if (event.kind !== 'progress') return;
    const phase = phaseOf(event);
    if (this.#bar === undefined || phase !== this.#phase) {
      this.end();
      this.#phase = phase;
      this.#bar = new SingleBar({
        stream: process.stderr,
        format: '{phase} [{bar}] {value}/{total} {unit}{timing}',
        hideCursor: true,
        clearOnComplete: true,
        barsize: 24,
      });
      this.#bar.start(event.total, event.done, payload(event));
      return;
    }
    this.#bar.setTotal(event.total);
    this.#bar.update(event.done, payload(event));
  }

  end(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}

function payload(event: ProgressEvent): Record<string, string> {
  return { phase: phaseOf(event), unit: event.unit, timing: timing(event) };
}

function phaseOf(event: ProgressEvent): string {
  return [...event.steps, event.phase].join(' > ');
}

function timing(event: ProgressEvent): string {
  const parts = [
    event.rate === undefined ? undefined : `${event.rate.toPrecision(2)} ${event.unit}/s`,
    event.secondsLeft === undefined ? undefined : `${duration(event.secondsLeft)} left`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? '' : `, ${parts.join(', ')}`;
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

const inLoss = ({ meanLoss: loss }: EvaluationFigures): string =>
  Math.abs(loss) < 10_000 ? loss.toFixed(4) : loss.toExponential(3);

/** Where every part has a network of its own, its number too. */
const placeOf = ({ split, network }: { readonly split: number; readonly network?: number }) =>
  network === undefined ? `split-${split}` : `split-${split} network-${network}`;

/** Events that are a line of their own. */
function inWords(event: JobEvent): string | undefined {
  switch (event.kind) {
    case 'log':
      return event.message;
    case 'problem':
      return formatProblem(event.problem);
    case 'evaluation': {
      const { epoch, iteration, target } = event;
      // The target's validation set chooses the models, where there is one.
      const { train, validation } = target ?? event;
      const of = target === undefined ? '' : 'target ';
      const ba = validation.metrics['BA'];
      const accuracy = ba === undefined ? '' : `, ${of}validation BA ${ba.toFixed(3)}`;
      return (
        `${placeOf(event)} epoch ${epoch + 1}, batch ${iteration + 1}: ` +
        `${of}loss ${inLoss(train)}, validation ${inLoss(validation)}` +
        accuracy
      );
    }
    case 'best':
      return `${placeOf(event)} epoch ${event.epoch + 1}: best so far by ${event.metrics.join(', ')}`;
    case 'restart':
      return `${placeOf(event)} goes on at epoch ${event.epoch + 1}, batch ${event.batches + 1}`;
    case 'interpretation':
      return event.verdict === undefined
        ? undefined
        : `split-${event.split} best-${event.metric}, ${event.method}: ${event.verdict}`;
    default:
      return undefined;
  }
}
