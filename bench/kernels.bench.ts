/**
 * Time, arithmetic and traffic of each kernel in one training step, from the device's timestamps:
 * `src/jobs/bench/kernels.ts`, as the benchmark page runs it.
 *
 *   npm run bench -- kernels [--shape 64x64x64] [--batch 2] [--network Conv5_FC3]
 *     [--precision half] [--json] [--trace step.json]
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Precision } from '../src/engine/networks/steps.ts';
import { profileTable } from '../src/engine/profiler/profile.ts';
import { profileKernels } from '../src/jobs/bench/kernels.ts';
import { releaseNodeGpu } from '../src/platform/node/gpu.ts';
import { follow } from '../tests/support/follow.ts';
import { caseOf, openContext } from './trainer.ts';

const { values: options } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    shape: { type: 'string', default: '64x64x64' },
    batch: { type: 'string', default: '2' },
    network: { type: 'string', default: 'Conv5_FC3' },
    precision: { type: 'string', default: 'f32' },
    json: { type: 'boolean', default: false },
    trace: { type: 'string' },
  },
});

const { network, batch, shape } = options;
const precision = options.precision as Precision;
const context = await openContext();
const job = profileKernels({ ...caseOf(network, shape, batch), precision }, context);
const measured = await follow(job);
if (measured === undefined) throw new Error('This device has no timestamp queries.');
const { adapter, profile, trace } = measured;
if (options.json) for (const row of profile) console.log(JSON.stringify(row));
else {
  console.log(`${network}, ${precision}, ${shape}, batch ${batch}, on ${adapter}`);
  for (const line of profileTable(profile)) console.log(line);
}
if (options.trace !== undefined) await writeFile(options.trace, trace);
context.device.close();
releaseNodeGpu();
