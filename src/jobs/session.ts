/**
 * One session of the page: the opened cohort, the engine, the current MAPS, and the job that runs.
 * It offers the same jobs that the command line runs; its world is given to it (`SessionPlatform`),
 * so that it works the same in a worker and in a test.
 */
import { labelColumn } from '../core/config/label-column.ts';
import { CapsuleError } from '../core/errors.ts';
import { compareModels } from '../core/evaluation/compare-models.ts';
import { evaluateGroup } from '../core/evaluation/evaluate-group.ts';
import type { FileTree, WritableTree } from '../core/files/file-tree.ts';
import { memoryFile } from '../core/files/memory-tree.ts';
import { zipStream } from '../core/files/write-zip.ts';
import { openMaps } from '../core/maps/reader.ts';
import { readVolume } from '../core/nifti/read.ts';
import { thumbnailOf } from '../core/picture/thumbnail.ts';
import { makeSampleCohort } from '../core/sample/cohort.ts';
import { EngineDevice } from '../engine/device/engine-device.ts';
import { openCohort } from './data/cohort.ts';
import type { Job, JobEvent } from './events.ts';
import { resume } from './resume.ts';
import { explainOne } from './session/explain.ts';
import { ExperimentShelf } from './session/experiments.ts';
import { QualityDesk } from './session/quality-desk.ts';
import { readMaps } from './session/read-maps.ts';
import { probe, probeOf } from './session/probe.ts';
import { reconstructOne } from './session/reconstruct.ts';
import { splitFigures } from './session/split-figures.ts';
import { endOfTraining } from './session/end-of-training.ts';
import { followJob } from './session/follow-job.ts';
import {
  describeInterrupted,
  findInterrupted,
  forgetRecord,
  keepRecord,
  retold,
  runOf,
  unfinishedSplits,
} from './session/interrupted.ts';
import { newMaps } from './session/maps-shelf.ts';
import { needWebGpu } from './session/need-webgpu.ts';
import { offersOf } from './session/offers.ts';
import { OpenedCohort } from './session/opened-cohort.ts';
import type { SessionPlatform } from './session/platform.ts';
import { lessonName, lessonOf } from './session/lesson.ts';
import { leakageText, refuseLeakage } from './session/set-leakage.ts';
import { configOf } from './session/set-tables.ts';
import { firstSessions } from './session/sets.ts';
import { SplitDesk } from './session/split-desk.ts';
import { saveShelf, takeInMany, takeInOne, type Opened } from './session/take-in.ts';
import { contentsOf, savedMaps, takeOut, takeOutOnnx } from './session/take-out.ts';
import { summarise } from './session/summary.ts';
import { TrainingDesk } from './session/training-desk.ts';
import { checkScans } from './session/use-model-check.ts';
import { modelFacts } from './session/use-model-facts.ts';
import { predictScans } from './session/use-model-predict.ts';
import { firstLayerOf } from './session/voxel.ts';
import type {
  BatchPicture,
  CohortSummary,
  Comparison,
  ComparisonRequest,
  DeviceReport,
  EvaluationRequest,
  GroupEvaluation,
  Reconstruction,
  ReconstructRequest,
  SplitFigures,
  ExperimentChoice,
  ExportOptions,
  FileRequest,
  FolderPart,
  KernelTimes,
  KeptExperiment,
  KeptModel,
  KeptSettings,
  MapsContents,
  ModelFacts,
  PredictScansRequest,
  SavedFile,
  ScanCheck,
  ScanPredictions,
  TakenIn,
  Explanation,
  FirstLayer,
  FirstLayerRequest,
  ExplainRequest,
  InterruptedTraining,
  ModelSummary,
  Offers,
  OnEvent,
  OwnSplitSummary,
  Plan,
  QualityReport,
  ProbeResult,
  SampleOptions,
  Session,
  Thumbnail,
  TrainOptions,
  TreeSource,
} from './session-api.ts';
import type { JobContext } from './shared/context.ts';
import { asOnlyWriter } from './shared/one-writer.ts';
import { ProgressMeter } from './shared/progress-meter.ts';
import { tuningStoreIn } from './shared/tuning-store.ts';
import { train } from './train.ts';

/** A cohort of at most so many volumes is read whole when it is opened, so that all faults show at once. */
const READ_ON_OPENING = 48;
/** Changes when sample cohorts of the same options become different ones. */
const SAMPLE_VERSION = 1;

/** @returns the folder of the workspace that holds this sample cohort. */
export function sampleFolder({ participants, millimetres, seed, mistake }: SampleOptions): string {
  const wrong = mistake === undefined ? '' : `-mistake-${mistake}`;
  return `samples/sample-${SAMPLE_VERSION}-${participants}-${millimetres}mm-${seed}${wrong}`;
}

export class CapsuleSession implements Session {
  readonly #platform: SessionPlatform;
  #engine: Promise<EngineDevice> | undefined;
  #cohort: OpenedCohort | undefined;
  #maps: WritableTree | undefined;
  /** What its owner called the MAPS; the storage numbers it. */
  #mapsName = '';
  #running: AbortController | undefined;
  /** Of the job that runs. */
  #training: TrainingDesk | undefined;
  /** Of the opened cohort. */
  #desk: SplitDesk | undefined;
  #cohortCount = 0;
  /** Of the opened cohort. */
  #quality: QualityDesk | undefined;
  readonly #shelf: ExperimentShelf;

  constructor(platform: SessionPlatform) {
    this.#platform = platform;
    this.#shelf = new ExperimentShelf(platform);
  }

  async device(): Promise<DeviceReport> {
    return (await this.#openEngine()).report;
  }

  async makeSample(options: SampleOptions, onEvent: OnEvent): Promise<CohortSummary> {
    const tree = await this.#platform.workspace(sampleFolder(options));
    // The labels are written last: with them the sample is whole.
    if ((await tree.file('labels.tsv')) === undefined) {
      await this.#job(onEvent, (context) => this.#writeSample(options, tree, context));
    }
    const cohort = await this.#openCohort(tree, true);
    cohort.mistake = options.mistake;
    return cohort.summary();
  }

  async openFolder(
    source: TreeSource,
    onEvent: OnEvent,
    part?: Pick<FolderPart, 'path' | 'kind'>,
  ): Promise<CohortSummary> {
    const meter = new ProgressMeter(this.#platform.clock, 'folder', 1);
    onEvent(meter.event('Listing files', 0));
    const cohort = await this.#openCohort(await this.#platform.openTree(source), false, part);
    onEvent(meter.event('Listing files', 1));
    if (cohort.sessions.length <= READ_ON_OPENING) await this.#readVolumes(onEvent);
    return cohort.summary();
  }

  async useTable(name: string, text: string): Promise<CohortSummary> {
    const cohort = this.#needCohort();
    cohort.useTable(name, text);
    return cohort.summary();
  }

  async usePreprocessing(id: string): Promise<CohortSummary> {
    const cohort = this.#needCohort();
    cohort.usePreprocessing(id);
    return cohort.summary();
  }

  /** The file as it is, once it has been read without a fault. */
  async volume(participant: string, session: string) {
    const cohort = this.#needCohort();
    const file = await cohort.file({ participant, session });
    await readVolume(file, { participant, session });
    return { name: file.path.slice(file.path.lastIndexOf('/') + 1), bytes: await file.bytes() };
  }

  async thumbnail(participant: string, session: string): Promise<Thumbnail> {
    const cohort = this.#needCohort();
    const file = await cohort.file({ participant, session });
    const { volume } = await readVolume(file, { participant, session });
    return thumbnailOf(volume);
  }

  async plan(choice: ExperimentChoice): Promise<Plan> {
    return this.#needDesk().plan(choice, await this.device());
  }

  async offers(choice: ExperimentChoice): Promise<Offers> {
    return offersOf(this.#needCohort(), choice);
  }

  async openSplit(source: TreeSource): Promise<OwnSplitSummary> {
    const desk = this.#needDesk();
    return desk.open(await this.#platform.openTree(source));
  }

  async compareScans(onEvent: OnEvent): Promise<number> {
    return this.#needDesk().compare(onEvent);
  }

  async cancelComparison(): Promise<void> {
    this.#desk?.stopComparing();
  }

  async checkQuality(onEvent: OnEvent): Promise<QualityReport> {
    if (this.#quality === undefined) throw new CapsuleError('NO_COHORT');
    return this.#quality.check(onEvent);
  }

  async cancelQuality(): Promise<void> {
    this.#quality?.stop();
  }

  async splitTables(choice: ExperimentChoice): Promise<{ name: string; blob: Blob }> {
    const zip = zipStream(await this.#needDesk().tables(choice), { folder: 'split' });
    return { name: 'split.zip', blob: await new Response(zip).blob() };
  }

  async leakageRecord(
    choice: ExperimentChoice,
    { iKnow = false }: TrainOptions = {},
  ): Promise<string> {
    return this.#needDesk().leakageText(choice, iKnow);
  }

  async train(
    choice: ExperimentChoice,
    onEvent: OnEvent,
    { iKnow = false, mistake }: TrainOptions = {},
  ): Promise<ModelSummary> {
    const cohort = this.#needCohort();
    const desk = this.#needDesk();
    // Two readers of one disk: the comparison gives way, and goes on from where it was.
    desk.stopComparing();
    this.#quality?.stop();
    // Sets are drawn from what can be read, so that none of them comes out short.
    await this.#readVolumes(onEvent);
    const audited = desk.audited(choice);
    refuseLeakage(audited, iKnow);
    needWebGpu(await this.device(), 'training a network');
    const lesson = lessonOf(cohort, choice, audited.report, mistake);
    const { sets } = audited;
    const leakage = await leakageText(audited, iKnow);
    const config = configOf(cohort, choice, sets);
    const tables = await desk.tables(choice);
    const test = firstSessions(sets.test);
    const { caps, store } = cohort;
    const extraction = cohort.extraction(choice.mode);
    const label = labelColumn(choice.config);
    const shelved = await newMaps(this.#platform, label || 'reconstruction');
    const { maps, release } = shelved;
    const record = {
      ...{
        cohort: caps.name,
        isSample: cohort.isSample,
        preprocessing: cohort.preprocessing,
        splits: config.split,
      },
      ...{ leakage, iKnow, lesson },
      test: test.map(({ participant, session, label }) => ({ participant, session, label })),
    };
    try {
      await keepRecord(this.#platform, maps.name, record);
      const { validationShare: validation, testShare } = choice;
      const shares = choice.ownSplit === undefined && { validation, test: testShare };
      const name = lessonName(lesson);
      await this.#shelf.begin(maps, config, {
        ...{ cohort: caps.name, sample: cohort.isSample },
        ...{ ...(shares && { shares }), ...(name && { name }) },
      });
      await this.#job(onEvent, async function* (context, runtime) {
        yield* train(
          {
            ...{ config, extraction, caps, store, tables, maps, runtime, unreadable: 'leave-out' },
            ...{ capsDirectory: caps.name, mapsDirectory: maps.name, iKnow },
            ...{ tablesFolder: sets.folder, tsvDirectory: sets.folder },
          },
          context,
        );
        yield* endOfTraining(maps, cohort, record, context);
      });
      return await this.#finished(maps);
    } finally {
      await release();
    }
  }

  async probe(choice: ExperimentChoice, onEvent: OnEvent): Promise<ProbeResult> {
    const cohort = this.#needCohort();
    const desk = this.#needDesk();
    // It would be timed, too.
    desk.stopComparing();
    const request = probeOf(cohort, choice, desk.audited(choice).sets);
    return this.#job(onEvent, (context) => probe(request, context));
  }

  async pause(): Promise<boolean> {
    return this.#training?.pause.ask() ?? false;
  }

  async goOn(): Promise<void> {
    this.#training?.pause.goOn();
  }

  async batchPicture(): Promise<BatchPicture | undefined> {
    return this.#training?.batches.ask();
  }

  async kernelTimes(batches: number): Promise<KernelTimes | undefined> {
    return this.#training?.kernels.ask(batches);
  }

  async interrupted(): Promise<InterruptedTraining | undefined> {
    if (this.#running !== undefined) return undefined;
    const left = await findInterrupted(this.#platform);
    return left && describeInterrupted(left, this.#cohort);
  }

  async resume(onEvent: OnEvent, id?: string): Promise<ModelSummary> {
    needWebGpu(await this.device(), 'training a network');
    const cohort = this.#needCohort();
    const left =
      id === undefined
        ? ((await findInterrupted(this.#platform)) ?? (await findInterrupted(this.#platform, true)))
        : await runOf(this.#platform, id, true);
    if (left === undefined) throw new CapsuleError('NO_MODEL');
    this.#needDesk().stopComparing();
    const { tree: maps, record } = left;
    if (cohort.preprocessing !== record.preprocessing) {
      cohort.usePreprocessing(record.preprocessing);
    }
    const { caps, store } = cohort;
    const splits = unfinishedSplits(left.maps, record);
    const goOn = async function* (context: JobContext): Job<void> {
      yield* retold(left);
      if (splits.length > 0) {
        yield* resume({ maps, caps, store, capsDirectory: caps.name, splits }, context);
      }
      yield* endOfTraining(maps, cohort, record, context);
    };
    await this.#job(onEvent, (context) => asOnlyWriter(maps, () => goOn(context)));
    return this.#finished(maps);
  }

  async dropInterrupted(): Promise<void> {
    if (this.#running !== undefined) throw new CapsuleError('BUSY');
    const left = await findInterrupted(this.#platform);
    if (left !== undefined) await this.#shelf.remove(left.tree.name);
  }

  async modelOf(split: number): Promise<ModelSummary> {
    return summarise(await openMaps(this.#needMaps()), this.#mapsName, split);
  }

  cancel(): Promise<void> {
    this.#running?.abort();
    return Promise.resolve();
  }

  async emptyCache(): Promise<void> {
    await this.#cohort?.store.empty();
  }

  async explain(request: ExplainRequest, onEvent: OnEvent): Promise<Explanation> {
    needWebGpu(await this.device(), 'a map of where the score changes');
    const maps = this.#needMaps();
    const { caps, store } = this.#needCohort();
    const run = (context: JobContext) => explainOne(maps, caps, request, store, context);
    const explanation = await this.#job(onEvent, run);
    await this.#shelf.recount(maps);
    return explanation;
  }

  async firstLayer(request: FirstLayerRequest, onEvent: OnEvent): Promise<FirstLayer> {
    const cohort = this.#needCohort();
    const maps = this.#maps;
    return this.#job(onEvent, (context) => firstLayerOf(cohort, maps, request, context));
  }

  evaluate(request: EvaluationRequest): Promise<GroupEvaluation> {
    return Promise.resolve(evaluateGroup(request));
  }

  compare(request: ComparisonRequest): Promise<Comparison> {
    return Promise.resolve(compareModels(request));
  }

  modelFacts(): Promise<ModelFacts> {
    return modelFacts(this.#needMaps());
  }

  async checkScans(onEvent: OnEvent): Promise<ScanCheck> {
    const [cohort, maps] = [this.#needCohort(), await openMaps(this.#needMaps())];
    return this.#job(onEvent, (context) => checkScans(maps, cohort, context));
  }

  async predictScans(request: PredictScansRequest, onEvent: OnEvent): Promise<ScanPredictions> {
    const [maps, cohort, name] = [this.#needMaps(), this.#needCohort(), this.#mapsName];
    this.#needDesk().stopComparing();
    const start = (context: JobContext) => predictScans(maps, name, cohort, request, context);
    const said = await this.#job(onEvent, start);
    await this.#shelf.recount(maps);
    return said;
  }

  async splitFigures(): Promise<readonly SplitFigures[]> {
    return splitFigures(await openMaps(this.#needMaps()));
  }

  async reconstruct(request: ReconstructRequest, onEvent: OnEvent): Promise<Reconstruction> {
    const maps = this.#needMaps();
    const { caps, store } = this.#needCohort();
    return this.#job(onEvent, (context) => reconstructOne(maps, caps, request, store, context));
  }

  async readMaps(source: TreeSource): Promise<ModelSummary> {
    return readMaps(await this.#platform.openTree(source));
  }

  async openMaps(source: TreeSource): Promise<ModelSummary> {
    const tree = await this.#platform.openTree(source);
    return this.#use(await takeInOne(this.#platform, this.#shelf, tree));
  }

  async exportMaps(onEvent: OnEvent, options: ExportOptions = {}): Promise<SavedFile> {
    const { clock } = this.#platform;
    return savedMaps(this.#needMaps(), this.#mapsName, options, { clock, onEvent });
  }

  experiments(): Promise<readonly KeptExperiment[]> {
    return this.#shelf.list(this.#maps?.name, this.#cohort);
  }

  async openExperiment(id: string): Promise<ModelSummary> {
    this.#refuseWhileBusy();
    const { model, name } = await this.#shelf.model(id);
    return this.#use({ maps: await this.#shelf.tree(id), name, model });
  }

  async renameExperiment(id: string, name: string): Promise<void> {
    const kept = await this.#shelf.rename(id, name);
    if (this.#maps?.name === id) this.#mapsName = kept.name;
  }

  async removeExperiment(id: string): Promise<void> {
    this.#refuseWhileBusy();
    await this.#shelf.remove(id);
    if (this.#maps?.name === id) this.#maps = undefined;
  }

  experimentSettings(id: string): Promise<KeptSettings> {
    return this.#shelf.settings(id);
  }

  keptModels(ids: readonly string[]): Promise<readonly KeptModel[]> {
    return Promise.all(ids.map((id) => this.#shelf.model(id)));
  }

  async importMaps(source: TreeSource, onEvent: OnEvent): Promise<TakenIn> {
    this.#refuseWhileBusy();
    const tree = await this.#platform.openTree(source);
    const { last, ...taken } = await takeInMany(this.#platform, this.#shelf, tree, onEvent);
    return last === undefined ? taken : { ...taken, model: this.#use(last) };
  }

  exportShelf(onEvent: OnEvent, options: ExportOptions = {}): Promise<SavedFile> {
    return saveShelf(this.#platform, this.#shelf, options, onEvent);
  }

  async contents(): Promise<MapsContents> {
    return contentsOf(this.#needMaps(), this.#mapsName);
  }

  async exportFile(request: FileRequest, onEvent: OnEvent): Promise<SavedFile> {
    const [maps, name] = [this.#needMaps(), this.#mapsName];
    if (request.kind === 'onnx') {
      return this.#job(onEvent, (context) => takeOutOnnx(maps, name, request, context));
    }
    const { clock } = this.#platform;
    const { signal } = new AbortController();
    return followJob(takeOut(maps, name, request, { clock, signal }), onEvent);
  }

  /** Gives the device back; the session is not used afterwards. */
  async close(): Promise<void> {
    this.#running?.abort();
    this.#desk?.stopComparing();
    this.#quality?.stop();
    await this.#cohort?.store.close();
    await this.#closeEngine();
  }

  /** The cohort before it is closed, and what was kept of its volumes goes. */
  async #openCohort(
    tree: FileTree,
    isSample: boolean,
    part?: Pick<FolderPart, 'path' | 'kind'>,
  ): Promise<OpenedCohort> {
    if (this.#running !== undefined) throw new CapsuleError('BUSY');
    const openLoading = this.#platform.openLoading?.bind(this.#platform);
    const cohort = await OpenedCohort.open(tree, isSample, openLoading, part);
    const before = this.#cohort;
    this.#desk?.stopComparing();
    this.#cohort = cohort;
    this.#cohortCount += 1;
    this.#quality?.stop();
    this.#quality = new QualityDesk(cohort, this.#platform);
    this.#desk = new SplitDesk(cohort, this.#platform.clock, this.#cohortCount);
    await before?.store.close();
    return cohort;
  }

  /** Reads the volumes that were not read yet and remembers which of them cannot be used. */
  async #readVolumes(onEvent: OnEvent): Promise<void> {
    const cohort = this.#needCohort();
    const { caps, store, sessions } = cohort;
    const extraction = cohort.extraction();
    const asked = { caps, extraction, store, sessions, unreadable: 'leave-out' } as const;
    await this.#job(onEvent, async function* (context) {
      const { faults } = yield* openCohort(asked, context);
      cohort.noteFaults(faults);
    });
  }

  async *#writeSample(
    options: SampleOptions,
    tree: WritableTree,
    { clock, signal }: JobContext,
  ): Job<void> {
    const base = memoryFile('colin27-3mm.nii.gz', await this.#platform.baseBrain());
    const { volume } = await readVolume(base);
    const meter = new ProgressMeter(clock, 'participants', options.participants);
    for await (const { done } of makeSampleCohort({ base: volume, options, tree })) {
      if (signal.aborted) throw new CapsuleError('CANCELLED');
      yield meter.event('Making sample brains', done);
    }
  }

  async #finished(maps: WritableTree): Promise<ModelSummary> {
    await forgetRecord(this.#platform, maps.name);
    const model = await summarise(await openMaps(maps), maps.name);
    const { name } = await this.#shelf.finish(maps, model, this.#needCohort());
    return this.#use({ maps, name, model });
  }

  /** Works with a finished MAPS of the storage from now on. */
  #use({ maps, name, model }: Opened): ModelSummary {
    this.#maps = maps;
    this.#mapsName = name;
    return { ...model, name };
  }

  #refuseWhileBusy(): void {
    if (this.#running !== undefined) throw new CapsuleError('BUSY');
  }

  /** Runs one job at a time; a lost or faulty device is opened anew for the next one. */
  async #job<Result>(
    onEvent: (event: JobEvent) => void,
    start: (context: JobContext, runtime: string) => Job<Result>,
  ): Promise<Result> {
    if (this.#running !== undefined) throw new CapsuleError('BUSY');
    const controller = new AbortController();
    const { signal } = controller;
    const onlooker = new TrainingDesk(this.#platform.clock, signal);
    this.#running = controller;
    this.#training = onlooker;
    try {
      const device = await this.#openEngine();
      const context = { device, clock: onlooker.pause.clock, signal, onlooker };
      const job = start(context, this.#platform.runtime);
      return await followJob(job, onEvent, onlooker.pause);
    } catch (error) {
      if (error instanceof CapsuleError && error.code.startsWith('GPU_')) await this.#closeEngine();
      throw error;
    } finally {
      onlooker.end();
      this.#training = undefined;
      this.#running = undefined;
    }
  }

  #openEngine(): Promise<EngineDevice> {
    const { gpu, gpuRemark } = this.#platform;
    this.#engine ??= EngineDevice.open(gpu, {
      remarkWhenAbsent: gpuRemark,
      tunings: tuningStoreIn(() => this.#platform.workspace('settings')),
    });
    return this.#engine;
  }

  async #closeEngine(): Promise<void> {
    const engine = await this.#engine;
    this.#engine = undefined;
    engine?.close();
  }

  #needCohort(): OpenedCohort {
    if (this.#cohort === undefined) throw new CapsuleError('NO_COHORT');
    return this.#cohort;
  }

  #needDesk(): SplitDesk {
    if (this.#desk === undefined) throw new CapsuleError('NO_COHORT');
    return this.#desk;
  }

  #needMaps(): WritableTree {
    if (this.#maps === undefined) throw new CapsuleError('NO_MODEL');
    return this.#maps;
  }
}
