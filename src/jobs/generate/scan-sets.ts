/** Sets that are made of scans: random, trivial, hypometabolic and artifacts. */
import { CapsuleError } from '../../core/errors.ts';
import type { FileTree } from '../../core/files/file-tree.ts';
import {
  artifactNames,
  withArtifacts,
  type ArtifactOptions,
} from '../../core/generate/artifacts.ts';
import {
  uptakeFactors,
  withFactors,
  type HypometabolismOptions,
} from '../../core/generate/hypometabolic.ts';
import {
  folderOf,
  labelTable,
  randomFolderOf,
  restOfName,
  SESSION,
  volumeStem,
} from '../../core/generate/names.ts';
import { withNoise, type NoiseOptions } from '../../core/generate/random-noise.ts';
import { PATHOLOGY_REGIONS, TRIVIAL_REGIONS, type Pathology } from '../../core/generate/regions.ts';
import { withAtrophy } from '../../core/generate/trivial.ts';
import { stream } from '../../core/random/philox.ts';
import { ownMask, RegionMask } from './masks.ts';
import type { GenerationPlan, MadeScan } from './plan.ts';
import { findScans, firstOf, SUBJECTS, type Scan, type ScanSource } from './sources.ts';

/** Of each class. */
export interface Counted {
  readonly subjects?: number | undefined;
}

export interface RandomSet extends NoiseOptions, Counted {
  readonly kind: 'random';
  readonly source: ScanSource;
}

export interface TrivialSet extends Counted {
  readonly kind: 'trivial';
  readonly source: ScanSource;
  /** Percent of the intensity, at least. */
  readonly atrophy: number;
  /** Folder of `mask-1` and `mask-2`; our own regions when absent. */
  readonly masks?: FileTree | undefined;
}

export interface HypometabolicSet extends HypometabolismOptions, Counted {
  readonly kind: 'hypometabolic';
  readonly source: ScanSource;
  readonly pathology: Pathology;
  /** Folder of `mask_hypo_<pathology>`; our own regions when absent. */
  readonly masks?: FileTree | undefined;
}

export interface ArtifactSet extends ArtifactOptions {
  readonly kind: 'artifacts';
  readonly source: ScanSource;
}

const LABELS = ['AD', 'CN'] as const;

/** The first scan, with noise of its own for each participant: the first half AD, the second CN. */
export async function planRandom(set: RandomSet, seed: number): Promise<GenerationPlan> {
  const scans = await findScans(set.source);
  const [scan] = scans.all as [Scan];
  const volume = await scans.read(scan);
  const each = set.subjects ?? SUBJECTS;
  const sessions = Array.from({ length: 2 * each }, (_, at) => ({
    ...{ participant: `sub-RAND${at}`, session: SESSION },
    diagnosis: LABELS[at < each ? 0 : 1],
  }));
  const rest = restOfName(scan.path);
  const folder = randomFolderOf(set.source.preprocessing);
  return {
    ...{ count: sessions.length, table: labelTable(sessions), sessions, listed: scans.listed },
    common: volume,
    make(at) {
      const key = keyAt(sessions, at);
      const data = withNoise(volume.data, set, stream(seed, 'generate random', at));
      const stem = volumeStem(key, folder, rest);
      return Promise.resolve({ ...key, stem, rest, volume: { ...volume, data } });
    },
  };
}

/** Every scan twice: as AD with the first region darker, as CN with the second one. */
export async function planTrivial(set: TrivialSet, seed: number): Promise<GenerationPlan> {
  const scans = await findScans(set.source);
  const chosen = firstOf(scans.baseline, set.subjects);
  const sessions = chosen.flatMap(({ session }, at) =>
    LABELS.map((diagnosis, code) => ({
      ...{ participant: `sub-TRIV${2 * at + code}`, session, diagnosis },
    })),
  );
  const masks = await Promise.all(
    TRIVIAL_REGIONS.map(
      async (regions, code) =>
        new RegionMask(regions, await ownMask(set.masks, `mask-${code + 1}`)),
    ),
  );
  const folder = folderOf(set.source.preprocessing);
  return {
    ...{ count: sessions.length, sessions, listed: scans.listed },
    // The last comes first, as 1.6.1 writes it.
    table: labelTable([...sessions].reverse()),
    async make(at) {
      const scan = chosen[Math.floor(at / 2)] as Scan;
      const volume = await scans.read(scan);
      const [first, second] = await Promise.all(masks.map((mask) => mask.on(volume)));
      const own = (at % 2 === 0 ? first : second) as Uint8Array;
      const random = stream(seed, 'generate trivial', at);
      const data = withAtrophy(volume.data, own, set.atrophy, random);
      const mask = Uint8Array.from(volume.data, (value, n) =>
        Number(value !== 0 && (first?.[n] === 1 || second?.[n] === 1)),
      );
      return made(keyAt(sessions, at), folder, restOfName(scan.path), { volume, data, mask });
    },
  };
}

/** Every scan once, with less uptake where the pathology lowers it. */
export async function planHypometabolic(set: HypometabolicSet): Promise<GenerationPlan> {
  const scans = await findScans(set.source);
  const chosen = firstOf(scans.baseline, set.subjects);
  const { pathology, degree } = set;
  const own = await ownMask(set.masks, `mask_hypo_${pathology}`);
  const region = new RegionMask(PATHOLOGY_REGIONS[pathology], own);
  let known = { key: '', factors: new Float32Array(0) };
  return {
    ...{ count: chosen.length, sessions: chosen, listed: scans.listed },
    table: {
      columns: ['participant_id', 'session_id', 'pathology', 'percentage'],
      rows: chosen.map(({ participant, session }) => [
        ...[participant, session, pathology, String(degree)],
      ]),
    },
    async make(at) {
      const scan = chosen[at] as Scan;
      const volume = await scans.read(scan);
      const mask = await region.on(volume);
      const key = RegionMask.keyOf(volume);
      // Smoothing costs more than all the rest.
      if (known.key !== key) known = { key, factors: uptakeFactors(mask, volume.shape, set) };
      const data = withFactors(volume.data, known.factors);
      const rest = `${restOfName(scan.path).replace(/pet$/, '')}pat-${pathology}_deg-${Math.trunc(degree)}_pet`;
      // With a hyphen, as 1.6.1: under their new names these are no scans of the pipeline any more.
      return made(scan, 'pet-linear', rest, { volume, data, mask });
    },
  };
}

/** Every scan once, with its artifacts. */
export async function planArtifacts(set: ArtifactSet, seed: number): Promise<GenerationPlan> {
  const names = artifactNames(set);
  if (names.length === 0) {
    throw new CapsuleError('CONFIG_MISSING', { expected: '--motion, --contrast or --noise' });
  }
  const scans = await findScans(set.source);
  const { all } = scans;
  // As Python prints a list.
  const diagnosis = `[${names.map((name) => `'${name}'`).join(', ')}]`;
  return {
    ...{ count: all.length, sessions: all, listed: scans.listed },
    table: {
      columns: ['participant_id', 'session_id', 'diagnosis'],
      rows: all.map(({ participant, session }) => [participant, session, diagnosis]),
    },
    async make(at) {
      const scan = all[at] as Scan;
      const volume = await scans.read(scan);
      const data = withArtifacts(volume, set, stream(seed, 'generate artifacts', at));
      const rest = `${restOfName(scan.path)}_art-${names.join('-')}`;
      return made(scan, set.source.preprocessing.pipeline, rest, { volume, data });
    },
  };
}

type Key = Pick<Scan, 'participant' | 'session'>;

function keyAt(sessions: readonly Key[], at: number): Key {
  const { participant, session } = sessions[at] as Key;
  return { participant, session };
}

function made(
  { participant, session }: Key,
  folder: string,
  rest: string,
  { volume, data, mask }: Pick<MadeScan, 'volume' | 'mask'> & { data: Float32Array<ArrayBuffer> },
): MadeScan {
  const key = { participant, session };
  return {
    ...{ ...key, stem: volumeStem(key, folder, rest), rest, mask },
    volume: { ...volume, data },
    change: data.map((value, at) => value - (volume.data[at] as number)),
  };
}
