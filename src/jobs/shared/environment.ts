/** environment.txt: what a MAPS was made with, one `name==version` or remark a line. */
import type { DeviceReport } from '../../core/reports.ts';
import { VERSION } from '../../core/version.ts';

/** Of the tensor library, pinned. */
const TFJS = '4.22.0';

/**
 * @param runtime - such as `node==20.19.0` or the browser's user agent
 * @param remarks - on what is unusual about the run
 */
export function environmentText(
  report: DeviceReport,
  runtime: string,
  remarks: readonly string[] = [],
): string {
  const half = report.halfPrecision ? 'has fp16' : 'no fp16';
  return [
    `capsule==${VERSION}`,
    `tensorflow-js==${TFJS}`,
    runtime,
    `# adapter: ${report.name} (${report.kind}, ${half}) ${report.driver}`.trimEnd(),
    '# precision: 32-bit floats',
    ...remarks.map((remark) => `# ${remark}`),
    '',
  ].join('\n');
}
