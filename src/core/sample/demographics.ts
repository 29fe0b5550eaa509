/**
 * Who the sample participants are: two by two, one with atrophy and one without, of the same sex
 * and of nearly the same age. So age and sex tell nothing about the diagnosis, whatever their
 * number, and a participant's cells depend on the seed and on its own index alone.
 */
import { stream } from '../random/philox.ts';

export interface SampleParticipant {
  /** `sub-CAP001` for index 0. */
  readonly participant: string;
  readonly session: string;
  /** Years. */
  readonly age: number;
  readonly sex: 'F' | 'M';
  /** `AD`: with simulated atrophy. `CN`: without. Nobody was diagnosed. */
  readonly diagnosis: 'AD' | 'CN';
}

const YOUNGEST = 60;
const OLDEST = 84;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** @param index - counted from 0. */
export function sampleParticipant(seed: number, index: number): SampleParticipant {
  const pair = Math.floor(index / 2);
  const shared = stream(seed, 'sample pair', pair);
  // Ages spread evenly in cohorts of any size: a golden-ratio sequence, begun where the seed says.
  const turn = stream(seed, 'sample age').uniform() + pair * GOLDEN;
  const age = YOUNGEST + (turn % 1) * (OLDEST - YOUNGEST);
  const atrophyFirst = shared.below(2) === 0;
  // Of two pairs in a row one is female.
  const femaleFirst = stream(seed, 'sample sex', Math.floor(pair / 2)).below(2) === 0;
  const own = stream(seed, 'sample years', index);
  return {
    participant: `sub-CAP${String(index + 1).padStart(3, '0')}`,
    session: 'ses-M000',
    age: Math.round((age + own.uniform(-1.5, 1.5)) * 10) / 10,
    sex: femaleFirst === (pair % 2 === 0) ? 'F' : 'M',
    diagnosis: atrophyFirst === (index % 2 === 0) ? 'AD' : 'CN',
  };
}
