/** Maps of the fake session: two blobs, whatever the method. */
import { CapsuleError, describe } from '../../core/errors.ts';
import type { ExplainRequest, Explanation, ModelSummary } from '../../jobs/session-api.ts';
import { fakeBrain, fakeSaliency, generator, fakeNifti } from './fake-data.ts';

/** @param atChance - the network learned nothing */
export function fakeExplanation(
  request: ExplainRequest,
  model: ModelSummary | undefined,
  atChance: boolean,
): Explanation {
  const { group, method } = request;
  const prediction = model?.results
    .flatMap(({ predictions }) => predictions)
    .find((row) => row.participant === request.participant);
  if (group === undefined && prediction === undefined) throw new CapsuleError('MAPS_GROUP');
  const signed = method?.method !== 'grad-cam++';
  const random = generator(5);
  const found = 'validation BA 0.52, its 95 % interval from 0.31, where guessing gives 0.5';
  const verdict = atChance
    ? 'The check proves nothing here: on its validation set the network cannot be told from guessing (correlation 0.11)'
    : 'The map depends on what was learned: correlation 0.11';
  return {
    map: fakeSaliency(),
    scan: fakeBrain(Number(request.participant.replace(/\D/g, ''))),
    ...{ peak: 0.018, peakAt: [28, -14, -10], peakValue: 0.0199, signed },
    ...(group === undefined ? { prediction } : { sessions: { map: 14, scan: 12 } }),
    parts: [0],
    ...(request.sanityCheck === true
      ? {
          sanity: {
            ...{ verdict, correlation: 0.11, maps: 1, peak: 0.02 },
            map: fakeNifti((x, y, z) => (Math.hypot(x, y, z) < 0.85 ? 0.04 * (random() - 0.5) : 0)),
          },
        }
      : {}),
    ...(atChance ? { caution: describe('INTERPRET_CHANCE', { found }) } : {}),
  };
}
