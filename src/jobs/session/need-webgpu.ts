/** What the page does on a graphics device alone: gradients take hours on the processor. */
import { CapsuleError } from '../../core/errors.ts';
import type { DeviceReport } from '../../core/reports.ts';

/** @throws CapsuleError GPU_NONE */
export function needWebGpu({ kind, remark }: DeviceReport, what: string): void {
  if (kind !== 'none') return;
  throw new CapsuleError('GPU_NONE', {
    expected: `WebGPU, for ${what}`,
    found: `none: networks predict on the processor here, and are neither trained nor explained${remark === undefined || remark === '' ? '' : `. ${remark}`}`,
  });
}
