/**
 * What each file of a MAPS is, from its path alone (layout.ts; spec of ClinicaDL 1.6.1, MAPS), so that
 * someone can be told what is inside before it is passed on. A name that nobody knows is `other`.
 */
import { tellsOfParticipants } from './participant-paths.ts';

/** The first that fits; in this order they are listed. */
const KINDS = [
  ['checkpoints', /^(?:split|fold)-\d+\/tmp\//],
  ['weights', /\.(?:pth\.tar|safetensors|onnx)$/],
  ['settings', /^maps\.json$/],
  ['audit', /^leakage\.json$/],
  ['maps', /\/interpret-[^/]+\//],
  ['sets', /^groups\//],
  ['log', /\/training_logs\//],
  ['predictions', /_level_prediction\.tsv$/],
  ['metrics', /_level_(?:metrics|scores|calibration)\.tsv$/],
  ['volumes', /\/(?:tensors|latent_tensors|nifti_images)\//],
  [
    'records',
    /(?:^environment\.txt|^deliberate-mistake\.json|^information\.log|\/description\.log)$|^profiler\//,
  ],
] as const satisfies readonly (readonly [string, RegExp])[];

export type FileKind = (typeof KINDS)[number][0] | 'other';

export interface MapsFile {
  /** Relative to the root of the MAPS. */
  readonly path: string;
  readonly bytes: number;
}

export interface KindOfFiles {
  readonly kind: FileKind;
  /** How many, and their bytes together. */
  readonly files: number;
  readonly bytes: number;
  /** Of them, files that tell of single people. */
  readonly aboutPeople: number;
}

/** @param path - relative to the root of the MAPS */
export function kindOfFile(path: string): FileKind {
  return KINDS.find(([, pattern]) => pattern.test(path))?.[0] ?? 'other';
}

/**
 * @param tells - which paths tell of single people
 * @returns kinds that there are, in a fixed order
 */
export function kindsOf(
  files: readonly MapsFile[],
  tells: (path: string) => boolean = tellsOfParticipants,
): KindOfFiles[] {
  const byKind = new Map<FileKind, KindOfFiles>();
  for (const { path, bytes } of files) {
    const kind = kindOfFile(path);
    const before = byKind.get(kind) ?? { kind, files: 0, bytes: 0, aboutPeople: 0 };
    byKind.set(kind, {
      ...{ kind, files: before.files + 1, bytes: before.bytes + bytes },
      aboutPeople: before.aboutPeople + Number(tells(path)),
    });
  }
  const order: readonly FileKind[] = [...KINDS.map(([kind]) => kind), 'other'];
  return order.flatMap((kind) => byKind.get(kind) ?? []);
}
