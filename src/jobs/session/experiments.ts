/**
 * The shelf of experiments: each a MAPS in the storage with a small record beside it. Nothing goes
 * until someone says so. The records are an index: those that are missing are made again from the
 * MAPS, those without a MAPS go.
 */
import { readExtraction, type Extraction, type ModeOptions } from '../../core/caps/extraction.ts';
import type { Config } from '../../core/config/schema.ts';
import { CapsuleError } from '../../core/errors.ts';
import type { FileTree, WritableTree } from '../../core/files/file-tree.ts';
import { listPaths } from '../../core/files/read.ts';
import { MAPS_JSON } from '../../core/maps/layout.ts';
import { openMaps } from '../../core/maps/reader.ts';
import type { ModelSummary } from '../session-api.ts';
import { modelOf } from '../shared/model.ts';
import { lockIfFree } from '../shared/one-writer.ts';
import { describeInterrupted, forgetRecord, interruptedNames, runOf } from './interrupted.ts';
import { chiefFigures, parseRecord, withoutIds } from './kept-record.ts';
import { numberOf, SHELF } from './maps-shelf.ts';
import type { OpenedCohort } from './opened-cohort.ts';
import type { RecordStore, SessionPlatform } from './platform.ts';
import type { KeptExperiment, KeptModel, KeptRecord, KeptSettings } from './shelf-api.ts';
import { summarise } from './summary.ts';

const LONGEST_NAME = 80;

/** What is known of an experiment before it is on the shelf. */
export type Origin = Pick<KeptRecord, 'state' | 'cohort' | 'sample'> &
  Partial<Pick<KeptRecord, 'name' | 'created' | 'shares'>>;

export class ExperimentShelf {
  readonly #platform: SessionPlatform;
  readonly #store: RecordStore;

  constructor(platform: SessionPlatform) {
    this.#platform = platform;
    this.#store = platform.records ?? memoryRecords();
  }

  /**
   * @param open - id of the one that the session works with
   * @param cohort - that is open: whether an interrupted one can go on
   */
  async list(
    open: string | undefined,
    cohort: OpenedCohort | undefined,
  ): Promise<KeptExperiment[]> {
    const ids = await this.#platform.workspaceFolders(SHELF);
    const records = await this.#records();
    for (const id of records.keys()) if (!ids.includes(id)) await this.#forget(id);
    const runs = await interruptedNames(this.#platform);
    const found: KeptExperiment[] = [];
    for (const id of ids) {
      const known = records.get(id);
      const experiment = runs.includes(id)
        ? await this.#interrupted(id, known, cohort)
        : await this.#finished(id, known);
      if (experiment !== undefined) found.push({ ...experiment, open: id === open });
    }
    return found.sort((a, b) => b.created - a.created || numberOf(b.id) - numberOf(a.id));
  }

  /** @returns undefined for what is on no list */
  async find(id: string): Promise<KeptRecord | undefined> {
    return (await this.#records()).get(id) ?? (await this.#finished(id, undefined));
  }

  /** Keeps a record of a MAPS that has just been made, taken in or changed. */
  async keep(maps: WritableTree, model: ModelSummary, origin: Origin): Promise<KeptRecord> {
    return this.#put({
      ...{ id: maps.name, name: origin.name ?? maps.name, state: origin.state },
      ...{ created: origin.created ?? this.#platform.clock.now() },
      ...{ task: model.task, architecture: model.architecture, label: model.label },
      ...{ cohort: origin.cohort, sample: origin.sample, shares: origin.shares },
      ...{ splits: model.splits?.length ?? 1, ...(await sizeOf(maps)), ...chiefFigures(model) },
    });
  }

  /** Keeps what is known of a training that begins: should it break off, it is called by its name. */
  async begin(maps: WritableTree, config: Config, origin: Omit<Origin, 'state'>): Promise<void> {
    await this.#put({
      ...{ id: maps.name, name: maps.name, state: 'interrupted' },
      ...{ created: this.#platform.clock.now(), task: config.network_task },
      ...{ architecture: config.architecture, label: config.label ?? '', ...origin },
      ...{ splits: 1, bytes: 0, files: 0, figuresOf: '', figures: [] },
    });
  }

  /** Of a training that has come to its end, at once or after an interruption. */
  async finish(maps: WritableTree, model: ModelSummary, cohort: OpenedCohort): Promise<KeptRecord> {
    const known = (await this.#records()).get(maps.name);
    const { name, created, shares } = known ?? {};
    return this.keep(maps, model, {
      ...{ state: 'trained', cohort: cohort.caps.name, sample: cohort.isSample, shares },
      ...(name && { name }),
      ...(created !== undefined && { created }),
    });
  }

  /** After something was added to its MAPS. */
  async recount(maps: WritableTree): Promise<void> {
    const record = (await this.#records()).get(maps.name);
    if (record !== undefined) await this.#put({ ...record, ...(await sizeOf(maps)) });
  }

  /** @throws CapsuleError EXPERIMENT_NAME, NO_MODEL */
  async rename(id: string, name: string): Promise<KeptRecord> {
    const wanted = name.trim().replace(/\s+/g, ' ');
    if (wanted === '' || wanted.length > LONGEST_NAME) {
      const expected = `1 to ${LONGEST_NAME} characters`;
      throw new CapsuleError('EXPERIMENT_NAME', { expected, found: `${wanted.length}` });
    }
    return this.#put({ ...(await this.#need(id)), name: wanted });
  }

  /** @throws CapsuleError MAPS_IN_USE */
  async remove(id: string): Promise<void> {
    if (!(await this.#platform.workspaceFolders(SHELF)).includes(id)) return;
    const release = await lockIfFree(await this.tree(id));
    if (release === undefined) throw new CapsuleError('MAPS_IN_USE', { file: id });
    try {
      await this.#platform.removeWorkspace(`${SHELF}/${id}`);
      await forgetRecord(this.#platform, id);
      await this.#forget(id);
    } finally {
      await release();
    }
  }

  tree(id: string): Promise<WritableTree> {
    return this.#platform.workspace(`${SHELF}/${id}`);
  }

  /** @throws CapsuleError NO_MODEL, MAPS_UNFINISHED, MAPS_DAMAGED */
  async model(id: string): Promise<KeptModel> {
    const { name } = await this.#need(id);
    const maps = await openMaps(await this.tree(id));
    return { id, name, model: await summarise(maps, name), config: maps.parameters.config };
  }

  async settings(id: string): Promise<KeptSettings> {
    const { shares } = await this.#need(id);
    const maps = await openMaps(await this.tree(id));
    const { classes, config } = modelOf(maps);
    const folds = config.n_splits > 1 ? config.n_splits : undefined;
    // Codes follow from the classes that take part, and splits from the sets.
    const fresh = 'label_code' in config ? { label_code: {} } : {};
    return {
      config: { ...config, ...fresh, n_splits: 0, split: [] },
      ...{ mode: modeOf(readExtraction(maps.parameters.extra.preprocessing_dict, MAPS_JSON)) },
      ...{ classes, folds, shares },
    };
  }

  async #finished(id: string, known: KeptRecord | undefined): Promise<Listed | undefined> {
    if (known !== undefined && known.state !== 'interrupted') return { ...known, open: false };
    const tree = await this.tree(id);
    try {
      const summary = await summarise(await openMaps(tree), known?.name ?? id);
      const created = known?.created ?? (await writtenAt(tree)) ?? this.#platform.clock.now();
      const { cohort = '', sample = false, name, shares } = known ?? {};
      const state = known === undefined ? 'imported' : 'trained';
      const origin = { state, created, cohort, sample, shares, ...(name && { name }) } as const;
      return { ...(await this.keep(tree, summary, origin)), open: false };
    } catch (error) {
      // Begun and never finished: it is no experiment, and goes when the next one is made.
      if (error instanceof CapsuleError) return undefined;
      throw error;
    }
  }

  /** One that another tab trains is not interrupted. */
  async #interrupted(
    id: string,
    known: KeptRecord | undefined,
    cohort: OpenedCohort | undefined,
  ): Promise<Listed | undefined> {
    const run = await runOf(this.#platform, id);
    if (run === undefined) return undefined;
    const { config } = run.maps.parameters;
    const record: KeptRecord = {
      ...{ id, name: known?.name ?? id, state: 'interrupted', task: config.network_task },
      created: known?.created ?? (await writtenAt(run.tree)) ?? this.#platform.clock.now(),
      ...{ architecture: config.architecture, label: config.label ?? '' },
      ...{ cohort: run.record.cohort, sample: run.record.isSample },
      ...{ splits: run.maps.plannedSplits.length, ...(await sizeOf(run.tree)) },
      ...{ figuresOf: '', figures: [], shares: known?.shares },
    };
    const left = await describeInterrupted(run, cohort);
    return { ...(await this.#put(record)), open: false, left };
  }

  async #need(id: string): Promise<KeptRecord> {
    const record = await this.find(id);
    if (record === undefined) throw new CapsuleError('NO_MODEL', { file: id });
    return record;
  }

  async #put(record: KeptRecord): Promise<KeptRecord> {
    const clean = withoutIds(record);
    // A list that cannot be kept is made again from the MAPS: no reason to lose a training.
    await this.#store.put(clean).catch(() => undefined);
    return clean;
  }

  async #forget(id: string): Promise<void> {
    await this.#store.remove(id).catch(() => undefined);
  }

  async #records(): Promise<Map<string, KeptRecord>> {
    const stored = await this.#store.all().catch(() => []);
    const records = stored.flatMap((value) => parseRecord(value) ?? []);
    return new Map(records.map((record) => [record.id, record]));
  }
}

type Listed = KeptExperiment;

/** What of a volume is seen, without the files of the cohort that it was read from. */
function modeOf(extraction: Extraction): ModeOptions {
  switch (extraction.mode) {
    case 'image':
      return { mode: 'image' };
    case 'patch': {
      const { mode, patchSize, strideSize } = extraction;
      return { mode, patchSize, strideSize };
    }
    case 'slice': {
      const { mode, direction, channels, discarded } = extraction;
      return { mode, direction, channels, discarded };
    }
    case 'roi': {
      const { mode, regions, uncropped, customTemplate, customMaskPattern } = extraction;
      return { mode, regions, uncropped, customTemplate, customMaskPattern };
    }
  }
}

export async function sizeOf(tree: FileTree): Promise<{ bytes: number; files: number }> {
  const paths = await listPaths(tree);
  let bytes = 0;
  for (const path of paths) bytes += (await (await tree.file(path))?.size()) ?? 0;
  return { bytes, files: paths.length };
}

async function writtenAt(tree: FileTree): Promise<number | undefined> {
  return (await tree.file(MAPS_JSON))?.modified?.();
}

/** For a browser that keeps no records: they last as long as the session. */
function memoryRecords(): RecordStore {
  const records = new Map<string, KeptRecord>();
  return {
    all: async () => [...records.values()],
    put: async (record) => void records.set(record.id, record as KeptRecord),
    remove: async (id) => void records.delete(id),
  };
}
