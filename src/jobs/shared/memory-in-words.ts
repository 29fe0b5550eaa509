/** The memory that a run needs, in a line for a log. */
import type { MemoryEstimate } from '../../core/reports.ts';

export function memoryInWords(estimate: MemoryEstimate): string {
  const names = [
    'parameters',
    'gradients',
    'optimizer',
    'activations',
    'workspace',
    'input',
  ] as const;
  const parts = names.map((name) => `${name} ${megabytes(estimate[name])}`);
  const verdict = estimate.fits ? '' : `; ${estimate.reasons.join('; ')}`;
  return `GPU memory needed: ${megabytes(estimate.total)} (${parts.join(', ')})${verdict}.`;
}

function megabytes(bytes: number): string {
  const size = bytes / 1e6;
  return `${size < 10 ? size.toFixed(1) : Math.round(size).toLocaleString('en')} MB`;
}
