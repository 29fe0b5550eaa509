/**
 * Teaching mode in the fake session: a first layer of made-up weights, whose outputs follow from them,
 * and scans that stand twice in the cohort that leaks.
 */
import type { Scan } from '../../core/leakage/experiment.ts';
import type { CohortSummary, FirstLayer, FirstLayerRequest } from '../../jobs/session-api.ts';
import { fakeBrain, fakeShape, generator } from './fake-data.ts';

const CHANNELS = 8;

/** @returns undefined for an ordinary cohort: nothing was compared */
export function fakeScans(cohort: CohortSummary | undefined): Scan[] | undefined {
  if (cohort?.mistake === undefined) return undefined;
  const half = Math.ceil(cohort.rows.length / 2);
  return cohort.rows.map(({ participant, session, path }, index) => ({
    ...{ participant, session, file: path },
    hash: String(cohort.mistake === 'leak' ? index % half : index),
  }));
}

export function fakeFirstLayer(request: FirstLayerRequest): FirstLayer {
  const [X, Y, Z] = fakeShape;
  const slice = request.slice ?? Math.floor(Z / 2);
  const view = new DataView(fakeBrain(Number(request.participant.replace(/\D/g, ''))).buffer);
  const seen = (x: number, y: number, z: number): number =>
    x < 0 || y < 0 || z < 0 || x >= X || y >= Y || z >= Z
      ? 0
      : Math.max(0, view.getFloat32(352 + 4 * ((z * Y + y) * X + x), true)) / 230;
  const random = generator(request.choice === undefined ? 12 : 11);
  const numbers = (count: number, size: number) =>
    Float32Array.from({ length: count }, () => size * (2 * random() - 1));
  const [kernels, biases] = [numbers(27 * CHANNELS, 0.19), numbers(CHANNELS, 0.19)];
  const filled = (value: number) => new Float32Array(CHANNELS).fill(value);
  const norm = {
    ...{ weight: filled(1), bias: filled(0), epsilon: 1e-5 },
    ...{ mean: biases.map((bias) => bias / 10), variance: filled(0.9) },
  };
  const input = new Float32Array(X * Y * 3).map((_, at) =>
    seen(Math.floor(at / 3 / Y), Math.floor(at / 3) % Y, slice + (at % 3) - 1),
  );
  const convolved = new Float32Array(X * Y * CHANNELS).map((_, at) => {
    const channel = at % CHANNELS;
    const [x, y] = [Math.floor(at / CHANNELS / Y), Math.floor(at / CHANNELS) % Y];
    let sum = biases[channel] ?? 0;
    for (let tap = 0; tap < 27; tap += 1) {
      const [i, j, k] = [Math.floor(tap / 9) - 1, (Math.floor(tap / 3) % 3) - 1, (tap % 3) - 1];
      sum += (kernels[27 * channel + tap] ?? 0) * seen(x + i, y + j, slice + k);
    }
    return sum;
  });
  const normalised = convolved.map(
    (value, at) => (value - (norm.mean[at % CHANNELS] ?? 0)) / Math.sqrt(0.9 + 1e-5),
  );
  return {
    ...{ architecture: 'Conv4_FC3', isTrained: request.choice === undefined },
    ...{ shape: [X, Y, Z], slice, channels: CHANNELS, input, kernels, biases, norm },
    ...{ convolved, normalised, rectified: normalised.map((value) => Math.max(0, value)) },
  };
}
