/**
 * What the page asks about the experiments that are kept, and about what leaves: the part of the
 * session (`session-api.ts`) that is about the shelf. Plain data, as there.
 */
import type { ModeOptions } from '../../core/caps/extraction.ts';
import type { Config, Task } from '../../core/config/schema.ts';
import type { Problem } from '../../core/errors.ts';
import type { TreeSource } from '../../core/files/tree-source.ts';
import type { KindOfFiles } from '../../core/maps/file-kinds.ts';
import type { KeptInterpretation } from '../../core/maps/kept-maps.ts';
import type { InterruptedTraining, ModelSummary, OnEvent } from '../session-api.ts';

export type { FileKind, KindOfFiles } from '../../core/maps/file-kinds.ts';
export type { KeptInterpretation } from '../../core/maps/kept-maps.ts';

export interface KeptFigure {
  readonly name: string;
  readonly value: number;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

/** What is kept of an experiment beside its MAPS; it names nobody. */
export interface KeptRecord {
  /** Of its folder in the storage; stays when it is renamed. */
  readonly id: string;
  readonly name: string;
  /** When it was begun or taken in, milliseconds since 1970. */
  readonly created: number;
  readonly state: 'trained' | 'interrupted' | 'imported';
  readonly task: Task;
  readonly architecture: string;
  readonly label: string;
  /** Name of the folder it was trained on; '' where it is not known. */
  readonly cohort: string;
  /** Whether that was sample brains, which are nobody's. */
  readonly sample: boolean;
  readonly splits: number;
  readonly bytes: number;
  readonly files: number;
  /** Group that the figures are of; '' where there are none. */
  readonly figuresOf: string;
  readonly figures: readonly KeptFigure[];
  /** Of the participants, where they were drawn here. */
  readonly shares?: { readonly validation: number; readonly test: number } | undefined;
}

export interface KeptExperiment extends KeptRecord {
  /** Whether it is the model that the session works with. */
  readonly open: boolean;
  /** Where an interrupted training goes on. */
  readonly left?: InterruptedTraining | undefined;
}

/** The configuration of an experiment, for another one on whatever cohort is open. */
export interface KeptSettings {
  readonly config: Config;
  readonly mode: ModeOptions;
  readonly classes: readonly string[];
  readonly folds?: number | undefined;
  readonly shares?: { readonly validation: number; readonly test: number } | undefined;
}

/** One of several experiments side by side. */
export interface KeptModel {
  readonly id: string;
  readonly name: string;
  readonly model: ModelSummary;
  readonly config: Config;
}

/** What came of taking in a MAPS, or a file of many. */
export interface TakenIn {
  /** The last one, which is open now; absent where none could be taken in. */
  readonly model?: ModelSummary | undefined;
  readonly count: number;
  /** Why others of the same file could not be. */
  readonly refused: readonly Problem[];
}

/** What is inside the MAPS that is open. */
export interface MapsContents {
  readonly name: string;
  readonly kinds: readonly KindOfFiles[];
  readonly groups: readonly {
    readonly name: string;
    /** Absent where its table does not say. */
    readonly participants?: number | undefined;
    readonly sessions?: number | undefined;
  }[];
  readonly interpretations: readonly KeptInterpretation[];
  /** Whether it names participants at all. */
  readonly namesParticipants: boolean;
  /** Bytes of the whole, and of what tells of nobody in particular. */
  readonly bytes: { readonly all: number; readonly withoutParticipants: number };
}

export interface SavedFile {
  readonly name: string;
  readonly blob: Blob;
}

export interface ExportOptions {
  /** With what tells of single people; without it when absent. */
  readonly withParticipants?: boolean | undefined;
}

interface OfModel<Kind extends string> {
  readonly kind: Kind;
  /** The first that is finished when absent. */
  readonly split?: number | undefined;
  readonly metric?: string | undefined;
}

/** A way out for the open model, or for one of its files. */
export type FileRequest =
  | OfModel<'card'>
  | OfModel<'weights'>
  | OfModel<'safetensors'>
  | OfModel<'onnx'>
  | { readonly kind: 'toml' }
  | {
      readonly kind: 'tables';
      readonly withParticipants?: boolean | undefined;
      /** Of one data group; of all when absent. */
      readonly group?: string | undefined;
      /** Cells that a spreadsheet would run as formulas are made text. */
      readonly forSpreadsheets?: boolean | undefined;
    }
  /** One map of those that are kept inside, by its path. */
  | { readonly kind: 'map'; readonly path: string };

export interface ShelfSession {
  /** All experiments that are kept, the newest first; not one that trains at the moment. */
  experiments(): Promise<readonly KeptExperiment[]>;
  /** Opens a finished one, without its folder of scans. */
  openExperiment(id: string): Promise<ModelSummary>;
  renameExperiment(id: string, name: string): Promise<void>;
  /** Removes it from the storage for good. @throws MAPS_IN_USE where another tab writes into it */
  removeExperiment(id: string): Promise<void>;
  experimentSettings(id: string): Promise<KeptSettings>;
  /** Finished ones with all their results, for a comparison. */
  keptModels(ids: readonly string[]): Promise<readonly KeptModel[]>;
  /** Takes in a MAPS, or a file of many that `exportShelf` made, and opens the last one. */
  importMaps(source: TreeSource, onEvent: OnEvent): Promise<TakenIn>;
  /** All finished experiments as one zip of MAPS zips. */
  exportShelf(onEvent: OnEvent, options?: ExportOptions): Promise<SavedFile>;
  contents(): Promise<MapsContents>;
  exportFile(request: FileRequest, onEvent: OnEvent): Promise<SavedFile>;
}
