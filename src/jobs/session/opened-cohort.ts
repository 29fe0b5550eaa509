/**
 * A folder as the page shows it: its CAPS, the preprocessing in use, the labels table, and one row a
 * session. Opening reads names, one table and a few headers; what reading the volumes shows later is
 * remembered here, and so are the volumes, as far as memory allows.
 */
import { makeExtraction, type Extraction, type ModeOptions } from '../../core/caps/extraction.ts';
import { findCapsRoot, listOnce } from '../../core/caps/find.ts';
import type { FolderPart } from '../../core/caps/folder-parts.ts';
import {
  indexCaps,
  listPreprocessings,
  type CapsIndex,
  type PreprocessingFound,
} from '../../core/caps/index.ts';
import { fileTypeOf } from '../../core/caps/patterns.ts';
import { readCapsGeometry, type VolumeGeometry } from '../../core/caps/volume-file.ts';
import { volumesOf, type Volumes } from '../../core/caps/volumes.ts';
import { CapsuleError, toProblem, type Problem } from '../../core/errors.ts';
import type { FileTree, SourceFile } from '../../core/files/file-tree.ts';
import { needFile, readText } from '../../core/files/read.ts';
import { isOfFolder, unchanged } from '../../core/files/unchanged.ts';
import { findRole } from '../../core/labels/columns.ts';
import type { Scan } from '../../core/leakage/experiment.ts';
import { voxelSizes } from '../../core/nifti/matrix.ts';
import { sessionName, sessionsOf, type SessionKey } from '../../core/tsv/sessions.ts';
import { isMissing, parseTable, type Table } from '../../core/tsv/table.ts';
import type { Shape3 } from '../../core/volume.ts';
import { VolumeStore, type Loading } from '../data/volume-store.ts';
import { gridsOf, likeliestTable, openPart, type OpenedPart } from './bids.ts';
import type { CohortMistake, CohortSummary, LabelColumn, ParticipantRow } from '../session-api.ts';

/** Headers read in search of one that is right. */
const HEADERS_TRIED = 8;
const KEYS = new Set(['participant_id', 'session_id', '']);

interface LabelsTable {
  readonly name: string;
  readonly table: Table;
  readonly keys: readonly SessionKey[];
}

export class OpenedCohort {
  readonly caps: FileTree;
  readonly isSample: boolean;
  /** Of sample brains that are wrong on purpose. */
  mistake: CohortMistake | undefined;
  readonly #opened: OpenedPart;
  readonly #index: CapsIndex;
  readonly #preprocessings: readonly PreprocessingFound[];
  #chosen: PreprocessingFound;
  /** Volumes read so far: viewing, training and saliency share them. */
  readonly store: VolumeStore;
  /** Sessions whose volume turned out to be unusable, by `participant/session`. */
  readonly #faults = new Map<string, Problem>();
  #labels: LabelsTable | undefined;
  #tableProblem: Problem | undefined;
  /** What the names and the table give, until one of them or the preprocessing changes. */
  #found: Volumes | undefined;
  #rows: readonly ParticipantRow[] | undefined;
  /** Scans by their content, by path; undefined for a volume that is the same everywhere. */
  readonly #hashes = new Map<string, Scan | undefined>();
  /** Whether every scan was compared once; one that comes later is missing until the next time. */
  #isCompared = false;

  private constructor(
    opened: OpenedPart,
    isSample: boolean,
    index: CapsIndex,
    preprocessings: readonly PreprocessingFound[],
    chosen: PreprocessingFound,
    loading: Loading | undefined,
  ) {
    this.caps = opened.caps;
    this.#opened = opened;
    this.isSample = isSample;
    this.#index = index;
    this.#preprocessings = preprocessings;
    this.#chosen = chosen;
    this.store = new VolumeStore(opened.caps, { loading });
  }

  /**
   * @param openLoading - what reads the volumes; the cohort closes it
   * @param wanted - of a folder that holds several datasets; the likeliest when absent
   * @throws CapsuleError CAPS_NOT_CAPS, CAPS_NO_VOLUME
   */
  static async open(
    given: FileTree,
    isSample: boolean,
    openLoading?: () => Promise<Loading>,
    wanted?: Pick<FolderPart, 'path' | 'kind'>,
  ): Promise<OpenedCohort> {
    const tree = unchanged(await listOnce(given));
    const opened = await openPart(tree, wanted);
    // Without a part, indexing the folder itself says what it is instead.
    const index = await indexCaps(opened?.caps ?? (await findCapsRoot(tree)) ?? tree);
    const preprocessings = listPreprocessings(index);
    const [first] = preprocessings;
    if (opened === undefined || first === undefined) {
      throw new CapsuleError('CAPS_NO_VOLUME', { file: given.name, found: 'no NIfTI volume' });
    }
    const loading = await openLoading?.();
    const cohort = new OpenedCohort(opened, isSample, index, preprocessings, first, loading);
    try {
      await cohort.#findTable(tree);
    } catch (thrown) {
      await cohort.store.close();
      throw thrown;
    }
    return cohort;
  }

  /** @throws CapsuleError of the table, TSV_NO_MATCH among them; the one in use stays */
  useTable(name: string, text: string): void {
    const labels = labelsTable(name, text);
    this.#refuseStranger(labels);
    this.#labels = labels;
    this.#tableProblem = undefined;
    this.#forget();
  }

  /** Id of the one in use. */
  get preprocessing(): string {
    return this.#chosen.id;
  }

  get preprocessingIds(): readonly string[] {
    return this.#preprocessings.map(({ id }) => id);
  }

  /** @throws CapsuleError CAPS_NO_VOLUME for an id that is not in the list */
  usePreprocessing(id: string): void {
    const chosen = this.#preprocessings.find((candidate) => candidate.id === id);
    if (chosen === undefined) throw new CapsuleError('CAPS_NO_VOLUME', { found: id });
    this.#chosen = chosen;
    this.#faults.clear();
    this.#isCompared = false;
    this.#forget();
  }

  /** Sessions of the rows that have a volume. */
  get sessions(): SessionKey[] {
    return this.rows().filter(({ path }) => path !== '');
  }

  /** Remembers what reading the volumes has shown: these sessions take no part any more. */
  noteFaults(faults: ReadonlyMap<string, Problem>): void {
    for (const [name, problem] of faults) this.#faults.set(name, problem);
    if (faults.size > 0) this.#rows = undefined;
  }

  hasHash({ path }: ParticipantRow): boolean {
    return this.#hashes.has(path);
  }

  noteHash({ participant, session }: SessionKey, path: string, hash: string | undefined): void {
    const scan = hash === undefined ? undefined : { participant, session, file: path, hash };
    this.#hashes.set(path, scan);
  }

  endComparison(): void {
    this.#isCompared = true;
  }

  /** The content of the scans of the rows; undefined until it was compared. */
  get scans(): Scan[] | undefined {
    if (!this.#isCompared) return undefined;
    return this.rows().flatMap(({ path }) => this.#hashes.get(path) ?? []);
  }

  isUsable(key: SessionKey): boolean {
    return !this.#faults.has(sessionName(key));
  }

  /** @param mode - whole images when absent */
  extraction(mode: ModeOptions = { mode: 'image' }): Extraction {
    return makeExtraction(this.#chosen.preprocessing, mode, mode.mode);
  }

  /** @returns the shape [X, Y, Z] of the first volume that can be read. */
  async volumeShape(): Promise<Shape3> {
    const { info } = await this.#firstHeader(this.#volumes().paths);
    if (info === undefined) throw new CapsuleError('CAPS_NO_VOLUME');
    return info.shape;
  }

  /** @returns path of a session's volume, below the CAPS root. */
  path(key: SessionKey): string {
    const path = this.#volumes().paths.get(sessionName(key));
    if (path !== undefined) return path;
    throw new CapsuleError('CAPS_NO_VOLUME', { ...key });
  }

  /** @throws FILE_CHANGED, FOLDER_ACCESS, FILE_NOT_FOUND with participant and session */
  async file(key: SessionKey): Promise<SourceFile> {
    const { participant, session } = key;
    try {
      return await needFile(this.caps, this.path(key));
    } catch (thrown) {
      throw thrown instanceof CapsuleError ? thrown.at({ participant, session }) : thrown;
    }
  }

  async summary(): Promise<CohortSummary> {
    const { paths, problems } = this.#volumes();
    const { info, faults } = await this.#firstHeader(paths);
    const unread = faults.filter((fault) => this.isUsable(keyOf(fault)));
    const table = this.#tableProblem === undefined ? [] : [this.#tableProblem];
    const rows = this.rows();
    const { part, parts, bids } = this.#opened;
    const facts = bids && { ...bids, ...(await gridsOf(this.caps, paths)) };
    return {
      ...(this.isSample ? {} : { part, parts, bids: facts }),
      ...{
        name: this.caps.name,
        sample: this.isSample,
        mistake: this.mistake,
        table: this.#labels?.name ?? '',
      },
      preprocessings: this.#preprocessings.map(({ id, sessions }) => ({ id, sessions })),
      preprocessing: this.preprocessing,
      rows,
      columns: columnsOf(this.columns, rows),
      roles: this.#roles(),
      shape: info?.shape ?? [0, 0, 0],
      voxelSize: info === undefined ? [0, 0, 0] : voxelSizes(info.affine),
      problems: [
        ...[...this.#index.problems, ...this.#opened.problems, ...table, ...problems],
        ...[...this.#faults.values(), ...unread],
      ],
    };
  }

  /** One row a session: those of the table in its order, then those that only the CAPS has. */
  rows(): readonly ParticipantRow[] {
    this.#rows ??= this.#makeRows();
    return this.#rows;
  }

  #makeRows(): ParticipantRow[] {
    const { paths } = this.#volumes();
    const labels = this.#labels;
    const listed = new Set(labels?.keys.map(sessionName));
    const row = (key: SessionKey, cells: Record<string, string>): ParticipantRow => ({
      ...{ participant: key.participant, session: key.session, cells },
      path: paths.get(sessionName(key)) ?? '',
      damaged: !this.isUsable(key),
    });
    const fromTable = (labels?.keys ?? []).map((key, position) =>
      row(key, cellsOf(labels?.table, position)),
    );
    const others = this.#index.sessions
      .filter((key) => !listed.has(sessionName(key)) && paths.has(sessionName(key)))
      .map((key) => row(key, {}));
    return [...fromTable, ...others];
  }

  get columns(): readonly string[] {
    return (this.#labels?.table.columns ?? []).filter((name) => !KEYS.has(name));
  }

  /** A table of other people must not pass for the labels of these. */
  #refuseStranger({ name, keys }: LabelsTable): void {
    const known = new Set(this.#index.sessions.map(sessionName));
    if (keys.some((key) => known.has(sessionName(key)))) return;
    const say = (key: SessionKey | undefined) =>
      key === undefined ? 'no session' : `${key.participant} ${key.session}`;
    throw new CapsuleError('TSV_NO_MATCH', {
      file: name,
      expected: `sessions such as ${say(this.#index.sessions[0])}`,
      found: say(keys[0]),
    });
  }

  #forget(): void {
    this.#found = undefined;
    this.#rows = undefined;
  }

  #volumes(): Volumes {
    const { pattern } = fileTypeOf(this.#chosen.preprocessing);
    this.#found ??= volumesOf(this.#index, pattern, this.#labels?.keys ?? this.#index.sessions);
    return this.#found;
  }

  #roles(): { age?: string; sex?: string } {
    const labels = this.#labels;
    if (labels === undefined) return {};
    const source = { table: labels.table, file: labels.name };
    const [age, sex] = [findRole(source, 'age')?.name, findRole(source, 'sex')?.name];
    return { ...(age === undefined ? {} : { age }), ...(sex === undefined ? {} : { sex }) };
  }

  async #firstHeader(paths: ReadonlyMap<string, string>) {
    const faults: Problem[] = [];
    let info: VolumeGeometry | undefined;
    for (const [name, path] of [...paths].slice(0, HEADERS_TRIED)) {
      const [participant = '', session = ''] = name.split('/');
      try {
        info = await readCapsGeometry(await needFile(this.caps, path), { participant, session });
        break;
      } catch (thrown) {
        if (isOfFolder(thrown)) throw (thrown as CapsuleError).at({ participant, session });
        faults.push(toProblem(thrown, { participant, session, file: path }));
      }
    }
    return { info, faults };
  }

  async #findTable(tree: FileTree): Promise<void> {
    const found = await likeliestTable(tree, this.#opened);
    const { table } = this.#opened;
    const file = found?.path ?? table?.name;
    if (file === undefined) return;
    try {
      this.useTable(
        file,
        found === undefined ? (table?.text ?? '') : await readText(found.tree, file),
      );
    } catch (thrown) {
      this.#tableProblem = toProblem(thrown, { file });
    }
  }
}

function keyOf({ participant = '', session = '' }: Problem): SessionKey {
  return { participant, session };
}

function labelsTable(name: string, text: string): LabelsTable {
  const table = parseTable(text, { file: name });
  return { name, table, keys: sessionsOf(table, { file: name }) };
}

function cellsOf(table: Table | undefined, position: number): Record<string, string> {
  const cells = table?.rows[position] ?? [];
  const named = (table?.columns ?? []).map((name, column) => [name, cells[column] ?? ''] as const);
  return Object.fromEntries(named.filter(([name]) => !KEYS.has(name)));
}

function columnsOf(names: readonly string[], rows: readonly ParticipantRow[]): LabelColumn[] {
  const usable = rows.filter(({ path, damaged }) => path !== '' && !damaged);
  return names.map((name) => {
    const counts = new Map<string, number>();
    for (const row of usable) {
      const value = (row.cells[name] ?? '').trim();
      if (!isMissing(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const values = [...counts]
      .map(([value, count]) => ({ value, count }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
    const numeric =
      values.length > 0 && values.every(({ value }) => Number.isFinite(Number(value)));
    const classifiable =
      values.length >= 2 && values.length <= 20 && values.every(({ count }) => count >= 2);
    return { name, numeric, classifiable, values: values.slice(0, 20) };
  });
}
