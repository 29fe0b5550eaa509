/**
 * One writer a folder, among the processes of all computers that see it: a file made with exclusive
 * creation, which says who writes. Its owner renews the time of the file every minute. The lock of a
 * process that is gone is taken over: on this computer one that does not run any more, of another
 * computer one whose time was not renewed for five minutes (clocks must agree that far).
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, rmdirSync, rmSync } from 'node:fs';
import { link, mkdir, open, readFile, rename, rm, rmdir, stat, utimes } from 'node:fs/promises';
import { hostname, uptime } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CapsuleError } from '../../core/errors.ts';
import { LOCK_FILE, TEMPORARY } from '../../core/files/passing-files.ts';
import { systemClock } from './clock.ts';
import { diskError, isMissing } from './disk-errors.ts';

const BEAT_MILLISECONDS = 60_000;
const SILENT_MILLISECONDS = 5 * BEAT_MILLISECONDS;
/** After a lock was taken over: whoever did the same at the same moment has written by then. */
const SETTLING_MILLISECONDS = 100;
const ATTEMPTS = 5;

/** What stands in the file. */
interface Writer {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly started: string;
}

/** The file as it was found; without a writer while, or as if, it was being written. */
interface Found {
  readonly text: string;
  readonly writer: Writer | undefined;
  /** When it was renewed last, in milliseconds since 1970. */
  readonly renewed: number;
}

/** Of this process: their pid says nothing when a container gives every process the same one. */
const own = new Set<string>();

export class DiskLock {
  readonly #path: string;
  readonly #writer: Writer;
  /** The outermost folder that was made for it. */
  readonly #made: string | undefined;
  readonly #beat: NodeJS.Timeout;
  readonly #atExit = () => this.#removeAtOnce();

  private constructor(path: string, writer: Writer, made: string | undefined) {
    this.#path = path;
    this.#writer = writer;
    this.#made = made;
    own.add(writer.id);
    this.#beat = setInterval(() => void this.#renew(), BEAT_MILLISECONDS).unref();
    process.on('exit', this.#atExit);
  }

  /**
   * @param root - folder, made when it is not there
   * @throws CapsuleError MAPS_IN_USE, FILE_UNWRITABLE, STORAGE_FULL
   */
  static async take(root: string): Promise<DiskLock> {
    const path = join(resolve(root), LOCK_FILE);
    try {
      const made = await mkdir(dirname(path), { recursive: true });
      const writer = thisProcess();
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (await create(path, JSON.stringify(writer))) {
          const lock = new DiskLock(path, writer, made);
          if (attempt === 0) return lock;
          await pause(SETTLING_MILLISECONDS);
          if (await lock.#isOurs()) return lock;
          lock.#end();
          continue;
        }
        const found = await find(path);
        if (found === undefined) continue;
        if (!isGone(found)) throw inUse(path, found.writer);
        await takeAway(path, found);
      }
      throw inUse(path, (await find(path))?.writer);
    } catch (error) {
      throw diskError('FILE_UNWRITABLE', path, error);
    }
  }

  /** @throws CapsuleError MAPS_IN_USE when another process has taken it for abandoned */
  async confirm(): Promise<void> {
    if (await this.#isOurs()) return;
    throw inUse(this.#path, (await find(this.#path))?.writer);
  }

  async release(): Promise<void> {
    this.#end();
    if (!(await this.#isOurs())) return;
    await rm(this.#path, { force: true });
    for (const folder of this.#folders()) {
      // One that holds something stays.
      if (
        await rmdir(folder).then(
          () => false,
          () => true,
        )
      )
        return;
    }
  }

  async #isOurs(): Promise<boolean> {
    const found = await find(this.#path);
    if (found !== undefined) return found.writer?.id === this.#writer.id;
    // Someone may be looking whether it is abandoned, and puts it back.
    await pause(SETTLING_MILLISECONDS);
    return (await find(this.#path))?.writer?.id === this.#writer.id;
  }

  async #renew(): Promise<void> {
    const now = new Date(systemClock.now());
    // A failure shows when something is written next.
    await utimes(this.#path, now, now).catch(() => undefined);
  }

  #end(): void {
    clearInterval(this.#beat);
    process.off('exit', this.#atExit);
    own.delete(this.#writer.id);
  }

  /** When the process ends in the middle, by a second Ctrl+C or a fault. */
  #removeAtOnce(): void {
    try {
      if (parse(readFileSync(this.#path, 'utf8'))?.id !== this.#writer.id) return;
      rmSync(this.#path);
      for (const folder of this.#folders()) rmdirSync(folder);
    } catch {
      // What stays is the lock of a process that is gone.
    }
  }

  /** Those that were made for the lock, from the innermost one. */
  #folders(): string[] {
    const folders: string[] = [];
    if (this.#made === undefined) return folders;
    let folder = dirname(this.#path);
    for (; folder.length >= this.#made.length; folder = dirname(folder)) folders.push(folder);
    return folders;
  }
}

function thisProcess(): Writer {
  const started = new Date(systemClock.now()).toISOString();
  return { id: randomUUID(), host: hostname(), pid: process.pid, started };
}

/** @returns whether there was none before */
async function create(path: string, text: string): Promise<boolean> {
  const handle = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return undefined;
    throw error;
  });
  if (handle === undefined) return false;
  try {
    await handle.writeFile(text);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  return true;
}

async function find(path: string): Promise<Found | undefined> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    return { text, writer: parse(text), renewed: mtimeMs };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function parse(text: string): Writer | undefined {
  try {
    const { id, host, pid, started } = JSON.parse(text) as Partial<Writer>;
    const isWhole = typeof id === 'string' && typeof host === 'string' && Number.isInteger(pid);
    if (!isWhole || pid === undefined || typeof started !== 'string') return undefined;
    return { id, host, pid, started };
  } catch {
    return undefined;
  }
}

function isGone({ writer, renewed }: Found): boolean {
  const now = systemClock.now();
  // Who stops for long on this computer, by Ctrl+Z or because it slept, is there all the same.
  if (writer?.host !== hostname()) return now - renewed > SILENT_MILLISECONDS;
  if (own.has(writer.id)) return false;
  if (writer.pid === process.pid || !isRunning(writer.pid)) return true;
  return renewed < now - 1000 * uptime() - BEAT_MILLISECONDS;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: of another user.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Removes a lock that is abandoned, and no other one that has come into its place meanwhile. */
async function takeAway(path: string, abandoned: Found): Promise<void> {
  const aside = join(dirname(path), `.${randomUUID()}${TEMPORARY}`);
  try {
    await rename(path, aside);
    const moved = await readFile(aside, 'utf8');
    if (moved !== abandoned.text) await link(aside, path);
  } catch (error) {
    if (!isMissing(error) && (error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

function inUse(path: string, writer: Writer | undefined): CapsuleError {
  return new CapsuleError('MAPS_IN_USE', {
    file: dirname(path),
    found:
      writer === undefined
        ? 'a process that does not say its name'
        : `process ${writer.pid} on ${writer.host}, since ${writer.started}`,
    action: `Wait until it ends, or stop it. If you know that nothing writes there, remove ${path}.`,
  });
}
