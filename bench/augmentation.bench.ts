/**
 * What augmentation adds to a training step: the same steps without and with ClinicaDL's ten transforms,
 * in turn on one device, so that whatever else the machine does slows both alike. One line of JSON a
 * shape; `ratio` is the time with them by the time without.
 *
 *   npm run bench -- augmentation [--shapes 64x64x64] [--batch 2] [--network Conv5_FC3] [--steps 5]
 *     [--precision f32] [--each] [--kernels]
 *
 * With --each a line for every transform on its own too; with --kernels the kernels of a step with all
 * of them, by the device's timestamps.
 */
import { parseArgs } from 'node:util';
import { CLINICADL_TRANSFORMS } from '../src/core/augmentation/catalogue.ts';
import { readPipeline } from '../src/core/augmentation/pipeline.ts';
import { augmenter } from '../src/engine/augmentation/augmenter.ts';
import { profileOf, profileTable } from '../src/engine/profiler/profile.ts';
import { Trainer } from '../src/jobs/bench/trainer.ts';
import { adapterName } from '../src/jobs/bench/adapter-name.ts';
import { releaseNodeGpu } from '../src/platform/node/gpu.ts';
import { caseOf, openContext } from './trainer.ts';

const { values: options } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    shapes: { type: 'string', default: '64x64x64' },
    batch: { type: 'string', default: '2' },
    steps: { type: 'string', default: '5' },
    network: { type: 'string', default: 'Conv5_FC3' },
    precision: { type: 'string', default: 'f32' },
    each: { type: 'boolean', default: false },
    kernels: { type: 'boolean', default: false },
  },
});

const { network, batch, precision } = options;
const context = await openContext();
const names = [
  ['none', []],
  ['all ten', CLINICADL_TRANSFORMS],
  ...(options.each ? CLINICADL_TRANSFORMS.map((name) => [name, [name]] as const) : []),
] as const;
for (const shape of options.shapes.split(',')) {
  const chosen = caseOf(network, shape, batch);
  const trainer = new Trainer(context, precision === 'half' ? 'half' : 'f32', chosen);
  const times = names.map((): number[] => []);
  const cpu = names.map((): number[] => []);
  for (let step = 0; step <= Number(options.steps); step++) {
    for (const [index, [, transforms]] of names.entries()) {
      // Everything is applied in every step: Erasing in half of them would tell less.
      const place = { seed: 1, epoch: step, isForced: true };
      const before = process.cpuUsage();
      const time = await trainer.step(augmenter(readPipeline(transforms), place));
      const { user, system } = process.cpuUsage(before);
      // The first round compiles.
      if (step > 0) times[index]?.push(time);
      if (step > 0) cpu[index]?.push((user + system) / 1000);
    }
  }
  if (options.kernels) {
    const profiler = context.device.profiler();
    await trainer.step(augmenter(readPipeline(CLINICADL_TRANSFORMS), { seed: 1, epoch: 0 }));
    console.log(profileTable(profileOf((await profiler?.read()) ?? [])));
    profiler?.detach();
  }
  trainer.dispose();
  const median = (of: number[] = []) => [...of].sort((a, b) => a - b)[of.length >> 1] ?? NaN;
  const without = median(times[0]);
  for (const [index, [name]] of names.entries()) {
    if (index === 0) continue;
    const ms = median(times[index]);
    const figures = { plain_ms: Math.round(without), augmented_ms: Math.round(ms) };
    const ratio = Math.round((100 * ms) / without) / 100;
    const adapter = adapterName(context.device.report);
    const of = { adapter, network, shape, batch: Number(batch), precision, transforms: name };
    const ofCpu = Math.round((100 * median(cpu[index])) / median(cpu[0])) / 100;
    console.log(JSON.stringify({ ...of, ...figures, ratio, cpu_ratio: ofCpu }));
  }
}
context.device.close();
releaseNodeGpu();
