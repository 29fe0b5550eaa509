/** Made-up volumes and people for the fake session: plausible to look at, without any meaning. */
import type {
  CohortSummary,
  LabelColumn,
  ParticipantRow,
  SampleOptions,
} from '../../jobs/session-api.ts';
import { describe } from '../../core/errors.ts';
import { thumbnailOf, type Thumbnail } from '../../core/picture/thumbnail.ts';

/** A small generator (mulberry32), so that every run of the fake page looks the same. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const fakeShape = [46, 54, 46] as const;
const millimetres = 4;

/** @param at - value at a voxel whose place is given from -1 to 1 along x, y and z */
export function fakeNifti(
  at: (x: number, y: number, z: number) => number,
): Uint8Array<ArrayBuffer> {
  const [nx, ny, nz] = fakeShape;
  const file = new Uint8Array(352 + 4 * nx * ny * nz);
  const view = new DataView(file.buffer);
  view.setInt32(0, 348, true);
  [3, nx, ny, nz, 1, 1, 1, 1].forEach((size, axis) => view.setInt16(40 + 2 * axis, size, true));
  view.setInt16(70, 16, true);
  view.setInt16(72, 32, true);
  [1, millimetres, millimetres, millimetres].forEach((size, axis) =>
    view.setFloat32(76 + 4 * axis, size, true),
  );
  view.setFloat32(108, 352, true);
  view.setFloat32(112, 1, true);
  view.setInt16(254, 1, true);
  [nx, ny, nz].forEach((size, axis) => {
    view.setFloat32(280 + 16 * axis + 4 * axis, millimetres, true);
    view.setFloat32(280 + 16 * axis + 12, (-size * millimetres) / 2, true);
  });
  file.set(new TextEncoder().encode('n+1\0'), 344);
  let offset = 352;
  for (let z = 0; z < nz; z += 1) {
    for (let y = 0; y < ny; y += 1) {
      for (let x = 0; x < nx; x += 1) {
        const value = at((2 * x) / (nx - 1) - 1, (2 * y) / (ny - 1) - 1, (2 * z) / (nz - 1) - 1);
        view.setFloat32(offset, value, true);
        offset += 4;
      }
    }
  }
  return file;
}

export function fakeBrain(seed: number): Uint8Array<ArrayBuffer> {
  const random = generator(seed);
  const wide = 0.82 + 0.08 * random();
  return fakeNifti((x, y, z) => {
    const radius = Math.hypot(x / wide, y / 0.92, z / 0.86);
    if (radius > 1) return 0;
    const noise = 12 * (random() - 0.5);
    if (radius > 0.93) return 220 + noise;
    if (radius > 0.87) return 40 + noise;
    const fold = 0.05 * Math.sin(14 * Math.atan2(y, Math.abs(x)) + 6 * z);
    const ventricle = Math.hypot((Math.abs(x) - 0.13) / 0.08, y / 0.36, (z - 0.1) / 0.16) < 1;
    if (ventricle || (Math.abs(x) < 0.025 && z > 0.2)) return 35 + noise;
    return (radius + fold > 0.68 ? 115 : 175) + noise;
  });
}

/** As the session makes it, of a made-up brain. */
export function fakeThumbnail(seed: number): Thumbnail {
  const bytes = fakeBrain(seed);
  const [nx, ny, nz] = fakeShape;
  const data = new Float32Array(nx * ny * nz);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < data.length; at += 1) {
    const [x, y, z] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))];
    data[(x * ny + y) * nz + z] = view.getFloat32(352 + 4 * at, true);
  }
  const affine = [millimetres, 0, 0, 0, 0, millimetres, 0, 0, 0, 0, millimetres, 0, 0, 0, 0, 1];
  return thumbnailOf({ data, shape: fakeShape, affine });
}

/** Two blobs of opposite sign about where the hippocampi are. */
export function fakeSaliency(): Uint8Array<ArrayBuffer> {
  const blob = (x: number, y: number, z: number, cx: number, cy: number, cz: number): number =>
    Math.exp(-(((x - cx) / 0.13) ** 2 + ((y - cy) / 0.2) ** 2 + ((z - cz) / 0.12) ** 2));
  return fakeNifti(
    (x, y, z) =>
      0.02 * (blob(x, y, z, 0.32, -0.12, -0.1) + 0.8 * blob(x, y, z, -0.32, -0.12, -0.1)) -
      0.017 * (blob(x, y, z, 0.16, 0.25, 0.1) + blob(x, y, z, -0.3, -0.5, 0.25)),
  );
}

/** @param visits - sessions of most participants, half a year apart; some of them change */
export function fakeRows(count: number, visits = 1): ParticipantRow[] {
  const random = generator(7);
  return Array.from({ length: count }, (_, index) => {
    const participant = `sub-${String(index + 1).padStart(4, '0')}`;
    const age = 62 + 24 * random();
    const sex = random() < 0.5 ? 'F' : 'M';
    const own = Math.max(1, visits - (index % 5 === 4 ? 1 : 0));
    return Array.from({ length: own }, (_visit, visit): ParticipantRow => {
      const session = `ses-M${String(6 * visit).padStart(3, '0')}`;
      const late = visit > 0 && index % 9 === 0;
      const diagnosis = late ? 'AD' : (['CN', 'AD', 'MCI'][index % (visits > 1 ? 3 : 2)] ?? '');
      const cells = { diagnosis, age: (age + visit / 2).toFixed(1), sex };
      const isMissing = index === 11 && count > 24;
      const path = isMissing ? '' : `subjects/${participant}/${session}/x.nii.gz`;
      return { participant, session, path, damaged: index === 12 && count > 24, cells };
    });
  }).flat();
}

function columnOf(rows: readonly ParticipantRow[], name: string): LabelColumn {
  const counts = new Map<string, number>();
  for (const { cells } of rows)
    counts.set(cells[name] ?? '', (counts.get(cells[name] ?? '') ?? 0) + 1);
  const values = [...counts].map(([value, count]) => ({ value, count }));
  values.sort((a, b) => b.count - a.count);
  const classifiable = values.length >= 2 && values.length <= 20;
  return { name, values: values.slice(0, 20), classifiable, numeric: name === 'age' };
}

export function fakeCohort(rows: readonly ParticipantRow[], sample?: SampleOptions): CohortSummary {
  const where = { session: 'ses-M000', file: 'subjects/sub-0012/ses-M000/t1_linear/x.nii.gz' };
  return {
    name: sample === undefined ? 'adni_caps' : 'sample',
    sample: sample !== undefined,
    mistake: sample?.mistake,
    preprocessings: [
      { id: 't1-linear cropped', sessions: rows.length },
      ...(sample === undefined ? [{ id: 't1-volume', sessions: 12 }] : []),
    ],
    preprocessing: 't1-linear cropped',
    rows,
    columns: ['diagnosis', 'age', 'sex'].map((name) => columnOf(rows, name)),
    table: sample === undefined ? 'labels.tsv' : 'participants.tsv',
    roles: { age: 'age', sex: 'sex' },
    shape: fakeShape,
    voxelSize: [millimetres, millimetres, millimetres],
    problems:
      sample !== undefined
        ? []
        : [
            describe('CAPS_NO_VOLUME', { participant: 'sub-0012', session: 'ses-M000' }),
            describe('NIFTI_TRUNCATED', {
              participant: 'sub-0013',
              ...where,
              expected: '1,742,560 bytes',
              found: '904,211 bytes',
            }),
            ...[21, 22, 23, 24, 25, 26, 27, 28].map((number) =>
              describe('VOLUME_CONSTANT', { participant: `sub-00${number}`, session: 'ses-M000' }),
            ),
          ],
  };
}
