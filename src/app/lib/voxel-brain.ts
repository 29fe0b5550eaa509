/**
 * An axial brain slice in coarse voxels, drawn from ellipses and a sine: the ornament of the start.
 * It is decoration only; no scan went into it.
 */
export interface VoxelLevel {
  /** Opacity, 0 to 1. */
  readonly opacity: number;
  /** SVG path of unit squares. */
  readonly path: string;
}

const levels = 6;

/** @returns one path for each shade, in a grid of `width` by `height` voxels. */
export function voxelBrain(width = 34, height = 40): VoxelLevel[] {
  const paths = Array.from({ length: levels }, () => '');
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const shade = shadeAt((column + 0.5) / width, (row + 0.5) / height);
      const level = Math.min(levels - 1, Math.floor(shade * levels));
      if (shade > 0) paths[level] += `M${column} ${row}h.86v.86h-.86z`;
    }
  }
  return paths.map((path, level) => ({ opacity: 0.12 + (0.88 * (level + 0.5)) / levels, path }));
}

/** Grey value at `x` (left to right) and `y` (front to back), both 0 to 1; 0 outside the head. */
function shadeAt(x: number, y: number): number {
  const across = (x - 0.5) * 2;
  const along = (y - 0.5) * 2;
  const width = 0.92 - 0.1 * Math.max(0, -along) ** 2;
  const radius = Math.hypot(across / width, along / 0.96);
  if (radius > 1) return 0;
  if (radius > 0.93) return 0.16;
  if (radius > 0.87) return 0.02;
  const angle = Math.atan2(along, Math.abs(across));
  const fold = 0.06 * Math.sin(13 * angle + 3 * Math.sin(2 * angle));
  const fissure = Math.abs(across) < 0.035 && Math.abs(along) > 0.3;
  if (fissure) return 0.1;
  if (insideVentricle(Math.abs(across), along)) return 0.05;
  if (radius + fold > 0.82) return 0.24;
  if (radius + fold > 0.66) return 0.55;
  const deepGrey = Math.hypot((Math.abs(across) - 0.24) / 0.13, (along - 0.02) / 0.2) < 1;
  return deepGrey ? 0.6 : 0.9;
}

function insideVentricle(across: number, along: number): boolean {
  const front = Math.hypot(
    (across - 0.1 - 0.25 * Math.max(0, -0.16 - along)) / 0.06,
    (along + 0.2) / 0.2,
  );
  const back = Math.hypot(
    (across - 0.14 - 0.4 * Math.max(0, along - 0.2)) / 0.06,
    (along - 0.34) / 0.2,
  );
  return front < 1 || back < 1;
}
