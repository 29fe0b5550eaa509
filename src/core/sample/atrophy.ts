/**
 * Hippocampal atrophy as a change of space and content: each hippocampus contracts around its long
 * axis, towards its lower inner edge where it stays attached to the parahippocampal gyrus; the
 * freed shell and a widened temporal horn fill with fluid, as in visual ratings of medial temporal
 * atrophy (Scheltens et al., J Neurol Neurosurg Psychiatry 1992, 55:967-972).
 */
import type { RandomStream } from '../random/philox.ts';
import { HIPPOCAMPI, local, radius, TEMPORAL_HORNS, type Ellipsoid, type Side } from './regions.ts';

/** Share of each half-length that is lost, 0 to 1, by side. */
export type Severity = Readonly<Record<Side, number>>;

/** Mean of the two sides. */
const MILDEST = 0.55;
const SEVEREST = 0.7;
/** How far one side may lie above the mean and the other below: neither side tells all. */
const LEAN = 0.12;

/** One draw a participant. */
export function randomSeverity(random: RandomStream): Severity {
  const mean = random.uniform(MILDEST, SEVEREST);
  const lean = random.uniform(-LEAN, LEAN);
  return { left: mean + lean, right: mean - lean };
}

/** The point in an ellipsoid towards which it contracts: along, across (outwards), up. */
const ANCHOR = [0, -0.55, -0.5] as const;
/** The length shrinks less than the cross-section. */
const LENGTHWISE = 0.35;
/** Width of the soft border that stands for partial volume, mm. */
const BORDER = 3;

/** Where to read the base brain, and how much of the voxel is fluid. Reused from voxel to voxel. */
export interface Reading {
  x: number;
  y: number;
  z: number;
  /** 0 to 1. */
  fluid: number;
}

/** @returns whether atrophy of any severity may change the voxel that reads the base at this point. */
export function canChange(x: number, y: number, z: number): boolean {
  // Both regions of a side lie within this box; most voxels are done here.
  if (z < -32 || z > 8 || y < -42 || y > 3) return false;
  const side: Side = x < 0 ? 'left' : 'right';
  return radius(HIPPOCAMPI[side], x, y, z) < 1 || radius(TEMPORAL_HORNS[side], x, y, z) < 1;
}

/** Changes `reading` (mm, base space) in place by atrophy of a given severity. */
export function applyAtrophy(reading: Reading, severity: Severity): void {
  const side: Side = reading.x < 0 ? 'left' : 'right';
  widenHorn(reading, TEMPORAL_HORNS[side], severity[side]);
  contractHippocampus(reading, HIPPOCAMPI[side], severity[side]);
}

function widenHorn(reading: Reading, horn: Ellipsoid, severity: number): void {
  const at = radius(horn, reading.x, reading.y, reading.z);
  if (at >= 1) return;
  const size = severity / (SEVEREST + LEAN);
  const border = BORDER / horn.radii[1];
  reading.fluid = Math.max(reading.fluid, 1 - smoothStep((at - size + border) / border));
}

function contractHippocampus(reading: Reading, hippocampus: Ellipsoid, severity: number): void {
  const { x, y, z } = reading;
  const along = local(hippocampus, 0, x, y, z);
  const across = local(hippocampus, 1, x, y, z);
  const up = local(hippocampus, 2, x, y, z);
  const outer = Math.sqrt(along * along + across * across + up * up);
  if (outer >= 1) return;
  const kept = 1 - severity;
  const fromAlong = along / (1 - LENGTHWISE * severity);
  const fromAcross = (across - severity * ANCHOR[1]) / kept;
  const fromUp = (up - severity * ANCHOR[2]) / kept;
  const inner = Math.sqrt(fromAlong ** 2 + fromAcross ** 2 + fromUp ** 2);
  const border = BORDER / hippocampus.radii[2];
  const freed = smoothStep((inner - 1) / border + 0.5);
  const within = 1 - smoothStep((outer - 1) / border + 1);
  reading.fluid = Math.max(reading.fluid, freed * within);
  const moved = (1 - freed) * within;
  // From units of the half-lengths back to millimetres along x, y and z.
  const [alongAxis, acrossAxis, upAxis] = hippocampus.axes;
  const a = (fromAlong - along) * hippocampus.radii[0] * moved;
  const b = (fromAcross - across) * hippocampus.radii[1] * moved;
  const c = (fromUp - up) * hippocampus.radii[2] * moved;
  reading.x += a * alongAxis[0] + b * acrossAxis[0] + c * upAxis[0];
  reading.y += a * alongAxis[1] + b * acrossAxis[1] + c * upAxis[1];
  reading.z += a * alongAxis[2] + b * acrossAxis[2] + c * upAxis[2];
}

function smoothStep(t: number): number {
  const inside = Math.max(0, Math.min(1, t));
  return inside * inside * (3 - 2 * inside);
}
