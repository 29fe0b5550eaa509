/**
 * Time on the GPU by kernel, ours and those of tfjs: while a profiler listens, every dispatch gets a
 * compute pass of its own, framed by two timestamps (WebGPU writes them at the ends of a pass only),
 * which makes a step a little slower. Without timestamp queries nothing is measured, and the report
 * says so. https://www.w3.org/TR/webgpu/#timestamp
 */

/** What a dispatch has to do, told by whoever records it. */
export interface Work {
  /** Bytes of the tensors it reads and writes, each once. */
  readonly bytes: number;
  /** Floating-point operations, a multiply-add being two; undefined where nobody counted. */
  readonly flops?: number | undefined;
}

export interface Dispatch extends Partial<Work> {
  readonly kernel: string;
  /** Nanoseconds on the device's clock. */
  readonly start: number;
  readonly end: number;
}

/** Two timestamps a dispatch; WebGPU allows 4096 queries in a set. */
const DISPATCHES_A_SET = 2048;
/** https://www.w3.org/TR/webgpu/#dom-gpucommandencoder-resolvequeryset */
const TIMESTAMP_BYTES = 8;

interface QueryPage {
  readonly set: GPUQuerySet;
  readonly dispatches: ({ kernel: string } & Partial<Work>)[];
}

export class GpuProfiler {
  readonly #device: GPUDevice;
  readonly #original: GPUDevice['createCommandEncoder'];
  #pages: QueryPage[] = [];
  #work: Work | undefined;

  private constructor(device: GPUDevice) {
    this.#device = device;
    this.#original = device.createCommandEncoder.bind(device);
    device.createCommandEncoder = (descriptor) => this.#listen(this.#original(descriptor));
    active.set(device, this);
  }

  /** @returns undefined where the device has no timestamp queries */
  static attach(device: GPUDevice): GpuProfiler | undefined {
    if (!device.features.has('timestamp-query')) return undefined;
    return active.get(device) ?? new GpuProfiler(device);
  }

  /** The dispatches since the last call, in order of their start; all must have been submitted. */
  async read(): Promise<Dispatch[]> {
    const pages = this.#pages;
    this.#pages = [];
    const found: Dispatch[] = [];
    for (const page of pages) {
      const times = await this.#timestamps(page);
      page.set.destroy();
      for (const [index, dispatch] of page.dispatches.entries()) {
        const [start, end] = [times[2 * index] ?? 0n, times[2 * index + 1] ?? 0n];
        found.push({ ...dispatch, start: Number(start), end: Number(end) });
      }
    }
    return found.sort((a, b) => a.start - b.start);
  }

  detach(): void {
    this.#device.createCommandEncoder = this.#original;
    active.delete(this.#device);
    // Not destroyed: a pass that is recorded but not submitted may still write to them.
    this.#pages = [];
  }

  /** @internal */
  expect(work: Work): void {
    this.#work = work;
  }

  async #timestamps({ set, dispatches }: QueryPage): Promise<BigUint64Array> {
    const size = dispatches.length * 2 * TIMESTAMP_BYTES;
    const { COPY_SRC, COPY_DST, QUERY_RESOLVE, MAP_READ } = GPUBufferUsage;
    const resolved = this.#device.createBuffer({ size, usage: QUERY_RESOLVE | COPY_SRC });
    const readable = this.#device.createBuffer({ size, usage: COPY_DST | MAP_READ });
    const encoder = this.#original();
    encoder.resolveQuerySet(set, 0, dispatches.length * 2, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, readable, 0, size);
    this.#device.queue.submit([encoder.finish()]);
    await readable.mapAsync(GPUMapMode.READ);
    const times = new BigUint64Array(readable.getMappedRange().slice(0));
    resolved.destroy();
    readable.destroy();
    return times;
  }

  /** The encoder, but for passes: each dispatch opens one of its own, when it comes. */
  #listen(encoder: GPUCommandEncoder): GPUCommandEncoder {
    encoder.beginComputePass = this.#passes(encoder.beginComputePass.bind(encoder));
    return encoder;
  }

  #passes(begin: GPUCommandEncoder['beginComputePass']): GPUCommandEncoder['beginComputePass'] {
    return () => {
      let pipeline: GPUComputePipeline | undefined;
      const groups: [number, GPUBindGroup][] = [];
      const pass = {
        setPipeline: (chosen: GPUComputePipeline) => (pipeline = chosen),
        setBindGroup: (index: number, group: GPUBindGroup) => groups.push([index, group]),
        dispatchWorkgroups: (...counts: [number, number?, number?]) => {
          if (pipeline === undefined) return;
          const timed = begin({ timestampWrites: this.#next(pipeline.label) });
          timed.setPipeline(pipeline);
          for (const [index, group] of groups.splice(0)) timed.setBindGroup(index, group);
          timed.dispatchWorkgroups(...counts);
          timed.end();
        },
        end: () => undefined,
      };
      return pass as unknown as GPUComputePassEncoder;
    };
  }

  #next(kernel: string): GPUComputePassTimestampWrites {
    let page = this.#pages.at(-1);
    if (page === undefined || page.dispatches.length === DISPATCHES_A_SET) {
      const count = 2 * DISPATCHES_A_SET;
      page = { set: this.#device.createQuerySet({ type: 'timestamp', count }), dispatches: [] };
      this.#pages.push(page);
    }
    const index = page.dispatches.length * 2;
    page.dispatches.push({ kernel: kernel || 'unnamed', ...this.#work });
    this.#work = undefined;
    return {
      querySet: page.set,
      beginningOfPassWriteIndex: index,
      endOfPassWriteIndex: index + 1,
    };
  }
}

const active = new WeakMap<GPUDevice, GpuProfiler>();

/** Tells a listening profiler what the next dispatch on `device` has to do. */
export function tellWork(device: GPUDevice, work: () => Work): void {
  active.get(device)?.expect(work());
}
