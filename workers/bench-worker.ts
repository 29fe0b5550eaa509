/** The worker of the benchmark page: the benchmark in the browser's world, offered through Comlink. */
import { expose } from 'comlink';
import { BenchService } from '../src/jobs/bench/benchmark.ts';
import { carryProblems } from '../src/platform/browser/comlink-errors.ts';
import { systemClock } from '../src/platform/browser/clock.ts';

carryProblems();
const gpuRemark = 'This browser gives no WebGPU adapter.';
const { gpu } = navigator as Partial<Navigator>;
expose(new BenchService({ clock: systemClock, gpu, gpuRemark }));
