/** What every kind of generated set has in common: a list of scans to make, and the tables about them. */
import type { SessionKey } from '../../core/tsv/sessions.ts';
import type { Table } from '../../core/tsv/table.ts';
import type { Volume } from '../../core/volume.ts';

/** One scan of a set, in memory. */
export interface MadeScan extends SessionKey {
  /** Below the root of the set, without `.nii.gz`. */
  readonly stem: string;
  /** Name without participant, session and ending; of the files of the truth too. */
  readonly rest: string;
  readonly volume: Volume;
  /** 1 where the classes can differ; absent of a set without such a region. */
  readonly mask?: Uint8Array | undefined;
  /** The scan less what it was made of; absent where that is one scan for all. */
  readonly change?: Float32Array<ArrayBuffer> | undefined;
  /** A tensor that goes with it, below the root of the set. */
  readonly tensor?: { readonly path: string; readonly bytes: Uint8Array<ArrayBuffer> };
}

export interface GenerationPlan {
  readonly count: number;
  /** `data.tsv`. */
  readonly table: Table;
  /** Of every scan. */
  readonly sessions: readonly SessionKey[];
  /** Sessions that the set was made of, where nobody had listed them. */
  readonly listed?: readonly SessionKey[] | undefined;
  /** Text by path, beside the scans. */
  readonly others?: ReadonlyMap<string, string>;
  /** A scan that is the same for all, kept with the truth. */
  readonly common?: Volume | undefined;
  /** Depends on `at` and the seed alone, so that scans can be made in any order. */
  make(at: number): Promise<MadeScan>;
}
