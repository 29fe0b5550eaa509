/** Experiments that are kept, and what leaves, for the fake session. `?kept=3` says how many there are. */
import { mergeConfig } from '../../core/config/parse.ts';
import { CapsuleError } from '../../core/errors.ts';
import { zipStream } from '../../core/files/write-zip.ts';
import { MemoryTree } from '../../core/files/memory-tree.ts';
import type {
  InterruptedTraining,
  KeptExperiment,
  MapsContents,
  ModelSummary,
  OnEvent,
  ShelfSession,
} from '../../jobs/session-api.ts';

type Steps = (onEvent: OnEvent, phase: string, unit: string, total: number) => Promise<void>;

export interface FakeWorld {
  readonly query: URLSearchParams;
  readonly steps: Steps;
  readonly hasCohort: () => boolean;
  readonly model: () => ModelSummary | undefined;
  /** Makes a model, which is the current one from then on; undefined: none is. */
  readonly use: (name: string | undefined) => ModelSummary | undefined;
}

const NAMES = ['AD against CN, first try', 'maps-4-age', 'With the smaller learning rate', 'study'];

export function fakeShelf({ query, steps, hasCohort, model, use }: FakeWorld): ShelfSession {
  let kept: KeptExperiment[] = Array.from({ length: Number(query.get('kept') ?? 0) }, (_, at) => ({
    ...fakeKept(at),
    ...(at % 4 === 3 ? { state: 'interrupted', figures: [], figuresOf: '' } : {}),
  }));
  const need = (id: string): KeptExperiment => {
    const found = kept.find((one) => one.id === id);
    if (found === undefined) throw new CapsuleError('NO_MODEL', { file: id });
    return found;
  };
  const opened = (id: string): ModelSummary => {
    const found = use(need(id).name);
    if (found === undefined) throw new CapsuleError('NO_MODEL');
    kept = kept.map((one) => ({ ...one, open: one.id === id }));
    return found;
  };
  return {
    experiments: async () => {
      // What was trained here is kept as well.
      const now = model();
      if (now !== undefined && !kept.some(({ open }) => open)) {
        const own = { ...fakeKept(kept.length), name: now.name, sample: true, open: true };
        kept = [own, ...kept];
      }
      const left: InterruptedTraining = {
        ...{ cohort: 'study', isSample: false, fits: hasCohort(), architecture: 'Conv4_FC3' },
        ...{ label: 'diagnosis', split: 0, epoch: 6, batches: 11, epochs: 20 },
        ...{ batchesPerEpoch: 24, splits: [0] },
      };
      return kept.map((one) => (one.state === 'interrupted' ? { ...one, left } : one));
    },
    openExperiment: async (id) => opened(id),
    renameExperiment: async (id, name) => {
      if (name.trim() === '') throw new CapsuleError('EXPERIMENT_NAME', { found: '0' });
      kept = kept.map((one) => (one.id === id ? { ...one, name: name.trim() } : one));
    },
    removeExperiment: async (id) => {
      if (query.get('fail') === 'remove') throw new CapsuleError('MAPS_IN_USE', { file: id });
      if (need(id).open) use(undefined);
      kept = kept.filter((one) => one.id !== id);
    },
    experimentSettings: async (id) => ({
      config: mergeConfig('classification', { epochs: 30, batch_size: 2 }),
      ...{ mode: { mode: 'image' }, classes: need(id).id === '' ? [] : ['AD', 'CN'] },
    }),
    keptModels: async (ids) =>
      ids.flatMap((id) => {
        const summary = model();
        const { name } = need(id);
        const config = mergeConfig('classification', {});
        return summary === undefined ? [] : [{ id, name, model: { ...summary, name }, config }];
      }),
    importMaps: async (_source, onEvent) => {
      await steps(onEvent, 'Taking experiments in', 'experiments', 3);
      if (query.get('fail') === 'maps') throw new CapsuleError('MAPS_UNFINISHED', { file: 'x' });
      kept = [{ ...fakeKept(kept.length), name: 'maps_adni' }, ...kept];
      return { model: opened(kept[0]?.id ?? ''), count: 1, refused: [] };
    },
    exportShelf: async (onEvent) => {
      await steps(onEvent, 'Packing experiments', 'experiments', kept.length);
      return { name: 'capsule-experiments-2026-11-23.zip', blob: new Blob(['zip']) };
    },
    contents: async () => fakeContents(model()?.name ?? 'maps'),
    exportFile: async (request, onEvent) => {
      if (request.kind === 'card') return { name: 'card.md', blob: new Blob([CARD]) };
      await steps(onEvent, `Writing ${request.kind}`, 'files', 4);
      if (query.get('fail') === 'keep') throw new CapsuleError('ONNX_UNSUPPORTED');
      const zip = zipStream(new MemoryTree('x', { 'model.bin': 'x' }));
      return { name: `maps_${request.kind}.zip`, blob: await new Response(zip).blob() };
    },
  };
}

const fakeKept = (at: number): KeptExperiment => ({
  ...{ id: `maps-${at + 1}-diagnosis`, name: NAMES[at % NAMES.length] ?? '' },
  ...{ created: Date.UTC(2026, 10, 20 - at, 14, 7), state: at % 3 === 2 ? 'imported' : 'trained' },
  ...{ task: at % 4 === 1 ? 'regression' : 'classification', architecture: 'Conv4_FC3' },
  ...{ label: at % 4 === 1 ? 'age' : 'diagnosis', cohort: 'study', sample: at === 0, open: false },
  ...{ splits: at % 5 === 4 ? 5 : 1, bytes: 4_600_000 * (at + 1), files: 60, figuresOf: 'test' },
  figures:
    at % 4 === 1
      ? [{ name: 'MAE', value: 4.21, low: 3.6, high: 4.9 }]
      : [
          { name: 'BA', value: 0.83, low: 0.71, high: 0.92 },
          { name: 'accuracy', value: 0.84, low: 0.73, high: 0.93 },
        ],
});

const folder = 'split-0/best-loss/test/interpret-gradients-AD';

const fakeContents = (name: string): MapsContents => ({
  ...{ name, namesParticipants: true },
  kinds: [
    { kind: 'weights', files: 2, bytes: 9_100_000, aboutPeople: 0 },
    { kind: 'settings', files: 1, bytes: 4300, aboutPeople: 0 },
    { kind: 'maps', files: 4, bytes: 1_900_000, aboutPeople: 2 },
    { kind: 'sets', files: 7, bytes: 9800, aboutPeople: 7 },
    { kind: 'log', files: 3, bytes: 52_000, aboutPeople: 0 },
    { kind: 'predictions', files: 6, bytes: 21_000, aboutPeople: 6 },
    { kind: 'metrics', files: 6, bytes: 3900, aboutPeople: 0 },
  ],
  groups: [
    { name: 'train', participants: 72, sessions: 72 },
    { name: 'validation', participants: 24, sessions: 24 },
    { name: 'test', participants: 24, sessions: 24 },
  ],
  interpretations: [
    {
      ...{ split: 'split-0', metric: 'loss', group: 'test', name: 'gradients-AD', maps: 2 },
      volumes: [
        { of: 'mean', path: `${folder}/mean_image-0_map.nii.gz` },
        { of: 'sub-0001_ses-M000', path: `${folder}/sub-0001_ses-M000_image-0_map.nii.gz` },
      ],
    },
  ],
  bytes: { all: 11_100_000, withoutParticipants: 9_160_000 },
});

const CARD = `# Model card: Conv4_FC3, classification of diagnosis

Written on 2026-11-23 by Capsule 0.1.0 from the MAPS "maps". **Not a medical device:** for research only, never for decisions about a patient.

## Model

|  |  |
|---|---|
| architecture | Conv4_FC3 |
| SHA-256 of split-0/best-loss/model.pth.tar | \`6f1ed002ab5595859014ebf0951522d9\` |

## Data

| set | participants | sessions | AD | CN |
|---|---|---|---|---|
| train | 72 | 72 | 36 | 36 |
| test | 24 | 24 | 12 | 12 |

## Limits

- Intervals come from resampling the sessions of a group.
- All data come from one cohort.
`;
