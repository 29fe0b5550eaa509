/** Runs the command line as a user does, in a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function startCapsule(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): {
  child: ChildProcess;
  finished: Promise<Finished>;
  /** Resolves when stderr holds `text`. */
  says(text: string): Promise<void>;
} {
  const child = spawn(process.execPath, ['runner/bin.mjs', ...args], {
    stdio: 'pipe',
    env: { ...process.env, ...environment },
  });
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    for (const listener of listeners) listener();
  });
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (stderr.includes(text)) resolve();
      };
      listeners.add(look);
      look();
      void finished.then(() => reject(new Error(`ended without "${text}":\n${stderr}`)));
    });
  return { child, finished, says };
}

export function capsule(...args: string[]): Promise<Finished> {
  return startCapsule(args).finished;
}
