/**
 * The folder of scans as the page holds it: what was chosen, so that it can be read again or asked for
 * again, and the folder of the last visit, which one click opens.
 */
import type { FolderPart, TreeSource } from '../../jobs/session-api.ts';
import { folderMemory, regainAccess } from '../../platform/browser/folder-memory.ts';

export class FolderState {
  /** What was chosen last, whether or not it could be opened. */
  source = $state.raw<TreeSource | undefined>();
  part = $state.raw<Pick<FolderPart, 'path' | 'kind'> | undefined>();
  /** Of an earlier visit. */
  last = $state.raw<FileSystemDirectoryHandle | undefined>();
  /** Whether leave was asked for and not given. */
  refused = $state(false);

  /** Whether it can be read again without being chosen again. */
  readonly isLasting = $derived.by(() => this.source?.kind === 'handle');
  readonly #memory = folderMemory();

  async recall(): Promise<void> {
    this.last = await this.#memory.last();
  }

  asked(source: TreeSource, part: Pick<FolderPart, 'path' | 'kind'> | undefined): void {
    this.source = source;
    this.part = part;
    this.refused = false;
  }

  /** It could be opened: it is offered at the next visit. Without storage it is not. */
  opened(): void {
    this.last = undefined;
    if (this.source?.kind !== 'handle') return;
    this.#memory.keep(this.source.handle).catch(() => undefined);
  }

  /** From a click. @returns whether the folder can be read now */
  async regain(handle = this.source?.kind === 'handle' ? this.source.handle : undefined) {
    if (handle === undefined) return false;
    const isGiven = await regainAccess(handle).catch(() => false);
    this.refused = !isGiven;
    return isGiven;
  }

  async forget(): Promise<void> {
    this.last = undefined;
    await this.#memory.forget().catch(() => undefined);
  }
}
