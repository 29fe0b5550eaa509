/**
 * A job's events on a terminal: a bar where there is one, plain lines elsewhere (files, cluster
 * logs). Everything goes to stderr, so that stdout holds results only.
 */
import { SingleBar } from 'cli-progress';
import type { Job, JobEvent, ProgressEvent } from '../../src/jobs/events.ts';
import { formatProblem } from '../../src/core/errors.ts';

/** Share of the work between two plain lines. */
const LINE_EVERY = 0.1;

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
  return process.stderr.isTTY === true ? new BarView() : new LineView();
}

export interface View {
  show(event: JobEvent): void;
  end(): void;
}

class LineView implements View {
  #phase = '';
  #shown = 0;

  show(event: JobEvent): void {
    const line = inWords(event);
    if (line !== undefined) {
      process.stderr.write(`${line}\n`);
      return;
    }
    if (event.kind !== 'progress') return;
    const phase = phaseOf(event);
    const share = event.total === 0 ? 1 : event.done / event.total;
    if (phase !== this.#phase) this.#shown = -1;
    if (share < this.#shown + LINE_EVERY && event.done !== event.total) return;
    this.#phase = phase;
    this.#shown = share;
    process.stderr.write(`${phase}: ${event.done}/${event.total} ${event.unit}${timing(event)}\n`);
  }

  end(): void {
    // Lines need no closing.
  }
}

class BarView implements View {
  #bar: SingleBar | undefined;
  #phase = '';

  show(event: JobEvent): void {
    const line = inWords(event);
    if (line !== undefined) {
      this.end();
      process.stderr.write(`${line}\n`);
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

/** Events that are a line of their own. */
function inWords(event: JobEvent): string | undefined {
  switch (event.kind) {
    case 'log':
      return event.message;
    case 'problem':
      return formatProblem(event.problem);
    case 'evaluation': {
      const { split, epoch, iteration, train, validation } = event;
      const ba = validation.metrics['BA'];
      const accuracy = ba === undefined ? '' : `, validation BA ${ba.toFixed(3)}`;
      return (
        `split-${split} epoch ${epoch + 1}, batch ${iteration + 1}: ` +
        `loss ${train.meanLoss.toFixed(4)}, validation ${validation.meanLoss.toFixed(4)}` +
        accuracy
      );
    }
    case 'best':
      return `split-${event.split} epoch ${event.epoch + 1}: best so far by ${event.metrics.join(', ')}`;
    case 'restart':
      return `split-${event.split} goes on at epoch ${event.epoch + 1}, batch ${event.batches + 1}`;
    case 'interpretation':
      return event.verdict === undefined
        ? undefined
        : `split-${event.split} best-${event.metric}, ${event.method}: ${event.verdict}`;
    default:
      return undefined;
  }
}
