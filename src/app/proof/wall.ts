/**
 * Geometry of the drawing: a wall in the shape of a capsule, and one ray for each attempt that starts
 * inside and meets the wall at a right angle. Lengths are in units of the drawing.
 */
export interface WallShape {
  /** Half of the straight part. */
  readonly half: number;
  readonly radius: number;
}

export interface Ray {
  /** Foot on the axis of the capsule, from its centre. */
  readonly x: number;
  readonly y: number;
  /** Unit vector outwards. */
  readonly dx: number;
  readonly dy: number;
}

/** @returns rays at equal distances along the wall, clockwise from the left end of the upper side. */
export function raysOf(amount: number, { half, radius }: WallShape): Ray[] {
  const side = 2 * half;
  const arc = Math.PI * radius;
  const length = 2 * (side + arc);
  return Array.from({ length: amount }, (_, index) => {
    const at = ((index + 0.5) / amount) * length;
    if (at < side) return { x: at - half, y: 0, dx: 0, dy: -1 };
    if (at < side + arc) return onArc(half, (at - side) / radius - Math.PI / 2);
    if (at < 2 * side + arc) return { x: half - (at - side - arc), y: 0, dx: 0, dy: 1 };
    return onArc(-half, (at - 2 * side - arc) / radius + Math.PI / 2);
  });
}

function onArc(x: number, angle: number): Ray {
  return { x, y: 0, dx: Math.cos(angle), dy: Math.sin(angle) };
}
