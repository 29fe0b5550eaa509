/**
 * One training step (forward, backward, Adam, reading the loss) on stock tfjs operations and on our
 * kernels in each precision: `src/jobs/bench/engine.ts`, as the benchmark page runs it. Prints one
 * line of JSON a case; what could not run is told on stderr. On Node the driver is chosen by
 * VK_ICD_FILENAMES.
 *
 *   npm run bench -- engine [--shapes 64x64x64] [--batch 2] [--network Conv5_FC3] [--steps 5]
 *     [--precisions f32,half] [--no-stock]
 */
import { parseArgs } from 'node:util';
import { formatProblem } from '../src/core/errors.ts';
import type { Precision } from '../src/engine/networks/steps.ts';
import { measureEngine } from '../src/jobs/bench/engine.ts';
import { releaseNodeGpu } from '../src/platform/node/gpu.ts';
import { follow } from '../tests/support/follow.ts';
import { caseOf, openContext } from './trainer.ts';

const { values: options } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    shapes: { type: 'string', default: '64x64x64' },
    batch: { type: 'string', default: '2' },
    steps: { type: 'string', default: '5' },
    network: { type: 'string', default: 'Conv5_FC3' },
    precisions: { type: 'string', default: 'f32,half' },
    stock: { type: 'boolean', default: true },
    /** What is printed anyway; for those who ask. */
    json: { type: 'boolean', default: true },
  },
  allowNegative: true,
});

const { network, batch, stock } = options;
const precisions = options.precisions.split(',') as Precision[];
const context = await openContext();
for (const shape of options.shapes.split(',')) {
  const chosen = { ...caseOf(network, shape, batch), precisions, stock };
  const job = measureEngine({ ...chosen, steps: Number(options.steps) }, context);
  const rows = await follow(job, (event) => {
    if (event.kind === 'problem') console.error(formatProblem(event.problem));
  });
  for (const row of rows) console.log(JSON.stringify(row));
}
context.device.close();
releaseNodeGpu();
