/**
 * Time, arithmetic and traffic of each kernel in one training step, from the device's timestamps.
 *
 *   npm run bench -- kernels [--shape 64x64x64] [--batch 2] [--network Conv5_FC3]
 *     [--precision half] [--json] [--trace step.json]
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { currentDevice } from '../src/engine/device/tfjs-backend.ts';
import type { Precision } from '../src/engine/networks/steps.ts';
import { GpuProfiler } from '../src/engine/profiler/gpu-profiler.ts';
import { profileOf, profileTable, traceOf } from '../src/engine/profiler/profile.ts';
import { releaseNodeGpu } from '../src/platform/node/gpu.ts';
import { open, Trainer } from './trainer.ts';

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

const { network, batch, precision, shape } = options;
const chosen = { network, shape: shape.split('x').map(Number), batch: Number(batch) };
const device = await open();
const trainer = new Trainer(device, precision as Precision, chosen);
// Compiled, and every buffer there.
await trainer.step();
await trainer.step();
const profiler = GpuProfiler.attach(currentDevice());
if (profiler === undefined) throw new Error('This device has no timestamp queries.');
await trainer.step();
await device.settle();
const dispatches = await profiler.read();
profiler.detach();
const profile = profileOf(dispatches);
if (options.json) for (const row of profile) console.log(JSON.stringify(row));
else {
  const adapter = device.report.driver || device.report.name;
  console.log(`${network}, ${precision}, ${shape}, batch ${batch}, on ${adapter}`);
  for (const line of profileTable(profile)) console.log(line);
}
if (options.trace !== undefined) {
  await writeFile(options.trace, traceOf(dispatches, `${network} ${shape} ${precision}`));
}
trainer.dispose();
device.close();
releaseNodeGpu();
