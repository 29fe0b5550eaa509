/** Ctrl+C while a command works: the first one stops the work, the second one the process. */

export interface Interrupt {
  readonly signal: AbortSignal;
  /** The work is over: Ctrl+C means what it always means again. */
  end(): void;
}

export function onInterrupt(): Interrupt {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    process.stderr.write('Stopping; press Ctrl+C again to stop at once.\n');
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    end() {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}
