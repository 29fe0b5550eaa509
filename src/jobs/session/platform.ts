/** What a session needs of the world around it: the page's worker gives it browser storage, tests give it memory. */
import type { Clock } from '../../core/clock.ts';
import type { FileTree, WritableTree } from '../../core/files/file-tree.ts';
import type { TreeSource } from '../../core/files/tree-source.ts';
import type { Loading } from '../data/volume-store.ts';

/** Small records that last; a browser keeps them in IndexedDB. */
export interface RecordStore {
  all(): Promise<readonly unknown[]>;
  put(record: { readonly id: string }): Promise<void>;
  remove(id: string): Promise<void>;
}

export interface SessionPlatform {
  readonly clock: Clock;
  readonly gpu: GPU | undefined;
  /** What to do where there is no WebGPU adapter, in words. */
  readonly gpuRemark: string;
  /** For environment.txt: the browser or Node. */
  readonly runtime: string;
  openTree(source: TreeSource): Promise<FileTree>;
  /** A folder of the storage that belongs to Capsule; made when it is not there. */
  workspace(folder: string): Promise<WritableTree>;
  /** Names of the folders in a folder of that storage. */
  workspaceFolders(folder: string): Promise<readonly string[]>;
  removeWorkspace(folder: string): Promise<void>;
  /** Of experiments; without them they last as long as the session. */
  readonly records?: RecordStore | undefined;
  /** Threads and a cache for the volumes of one cohort; absent where the session reads them itself. */
  openLoading?(): Promise<Loading>;
  /** The brain that sample cohorts are made from: a .nii.gz file that is part of Capsule. */
  baseBrain(): Promise<Uint8Array<ArrayBuffer>>;
  /** The head that quality checks compare with, likewise; without it they compare brains alone. */
  headTemplate?(): Promise<Uint8Array<ArrayBuffer>>;
}
