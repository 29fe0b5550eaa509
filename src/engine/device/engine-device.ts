/**
 * Knows about adapters, and nobody else does: asks for one, raises the limits to what it offers,
 * takes the features we use, and watches the device. A WebGPU fault never throws where it happens:
 * it arrives later as an uncaptured error or as a lost device, and everything computed after it is
 * wrong. So the device remembers the first fault and `check()` throws it: callers check after each
 * read and before they keep a result.
 */
import type { Clock } from '../../core/clock.ts';
import { CapsuleError, type ErrorCode } from '../../core/errors.ts';
import type { DeviceReport } from '../../core/reports.ts';
import { unlessCancelled } from '../cancel.ts';
import { onRefusedKernel, setGroupSize } from '../kernels/dispatch.ts';
import { fastestGroupSize, tuningsOf, type Tuning, type TuningStore } from '../../core/tuning.ts';
import { measureGroups } from './measure-groups.ts';
import { GpuProfiler } from '../profiler/gpu-profiler.ts';
import { releaseBackend, submitRecorded, useDevice, useProcessor } from './tfjs-backend.ts';

const WANTED_FEATURES = ['shader-f16', 'subgroups', 'timestamp-query'] as GPUFeatureName[];

const RAISED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBuffersPerShaderStage',
] as const;

/** Names under which WebGPU runs on the processor. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|software|microsoft basic render/i;

export interface OpenOptions {
  /** Says how to get an adapter when there is none; shown to the user. */
  readonly remarkWhenAbsent?: string;
  readonly powerPreference?: GPUPowerPreference;
  /** Where what was measured on an adapter is kept. */
  readonly tunings?: TuningStore | undefined;
}

export class EngineDevice {
  readonly #gpu: GPU | undefined;
  readonly #options: OpenOptions;
  #report: DeviceReport;
  #device: GPUDevice | undefined;
  #tuning: Tuning | undefined;
  #fault: { code: ErrorCode; found: string } | undefined;

  private constructor(gpu: GPU | undefined, options: OpenOptions) {
    this.#gpu = gpu;
    this.#options = options;
    this.#report = withoutAdapter(options.remarkWhenAbsent);
  }

  /**
   * Opens the best adapter and makes tfjs use it; without one, tfjs computes on the processor and
   * the report says so (`kind: 'none'`).
   * @param gpu - `navigator.gpu` in a page or worker, Dawn's on Node; undefined where there is none
   */
  static async open(gpu: GPU | undefined, options: OpenOptions = {}): Promise<EngineDevice> {
    const opened = new EngineDevice(gpu, options);
    await opened.#open();
    return opened;
  }

  get report(): DeviceReport {
    return this.#report;
  }

  /**
   * Begins anew on a fresh device, after a fault or to give memory back. Every tensor is gone: what
   * was computed must be restored from where it was saved.
   */
  async reopen(): Promise<void> {
    this.close();
    await this.#open();
  }

  async #open(): Promise<void> {
    this.#fault = undefined;
    const adapter = await this.#gpu?.requestAdapter({
      powerPreference: this.#options.powerPreference ?? 'high-performance',
    });
    if (adapter === null || adapter === undefined) {
      await useProcessor();
      this.#report = withoutAdapter(this.#options.remarkWhenAbsent);
      return;
    }
    const limits: Record<string, number> = {};
    for (const name of RAISED_LIMITS) limits[name] = adapter.limits[name];
    const device = await adapter.requestDevice({
      requiredFeatures: WANTED_FEATURES.filter((feature) => adapter.features.has(feature)),
      requiredLimits: limits,
    });
    this.#device = device;
    this.#report = reportOf(adapter, device);
    this.#watch(device);
    await useDevice(device, adapter.info);
    const kept = await this.#options.tunings?.load().catch(() => undefined);
    this.#tuning ??= tuningsOf(kept)[this.#adapterName];
    if (this.#tuning !== undefined) setGroupSize(device, this.#tuning.groupSize);
  }

  /** Whether nothing is known yet of what is fastest on this adapter. Software ones take the default. */
  get isUntuned(): boolean {
    return this.#report.kind === 'gpu' && this.#tuning === undefined;
  }

  /** Measures what is fastest, uses it from now on, and keeps it for the next time. */
  async tune(clock: Clock): Promise<Tuning> {
    const groupSize = fastestGroupSize(await measureGroups(() => this.settle(), clock));
    this.#tuning = { groupSize };
    if (this.#device !== undefined) setGroupSize(this.#device, groupSize);
    const { tunings } = this.#options;
    // It is measured again where it cannot be kept.
    const kept = tuningsOf(await tunings?.load().catch(() => undefined));
    await tunings?.save({ ...kept, [this.#adapterName]: this.#tuning }).catch(() => undefined);
    return this.#tuning;
  }

  get #adapterName(): string {
    const { vendor, architecture, name, driver } = this.#report;
    return [vendor, architecture, name, driver].join(' ').trim();
  }

  #watch(device: GPUDevice): void {
    onRefusedKernel(device, (found) => {
      if (device === this.#device) this.#fault ??= { code: 'GPU_ERROR', found: firstLines(found) };
    });
    device.addEventListener('uncapturederror', (event) => {
      const { error } = event as GPUUncapturedErrorEvent;
      const memory = error.constructor.name === 'GPUOutOfMemoryError';
      event.preventDefault();
      if (device !== this.#device) return;
      this.#fault ??= {
        code: memory ? 'GPU_MEMORY' : 'GPU_ERROR',
        found: firstLines(error.message),
      };
    });
    void device.lost.then((info) => {
      // Ours is destroyed only after it was put away.
      if (device !== this.#device) return;
      this.#fault = { code: 'GPU_LOST', found: info.message || info.reason };
    });
  }

  /** @throws CapsuleError GPU_LOST, GPU_MEMORY or GPU_ERROR when anything went wrong since opening. */
  check(): void {
    if (this.#fault !== undefined) {
      throw new CapsuleError(this.#fault.code, { found: this.#fault.found });
    }
  }

  /**
   * Waits for numbers from the device, no longer than until the signal is aborted, and checks. A read
   * from a lost device fails with a message of its own, some before the loss is told: what is thrown
   * is the loss.
   */
  async read<Values>(reading: Promise<Values>, signal: AbortSignal): Promise<Values> {
    try {
      // On the processor nothing is waited for: messages, a cancel among them, come in between.
      if (this.#device === undefined) await new Promise((resolve) => setTimeout(resolve));
      const values = await unlessCancelled(reading, signal);
      this.check();
      return values;
    } catch (thrown) {
      throw await this.faultBehind(thrown);
    }
  }

  /** @returns the device's fault, where an error that is no CapsuleError followed from one */
  async faultBehind(thrown: unknown): Promise<unknown> {
    if (thrown instanceof CapsuleError || this.#device === undefined) return thrown;
    await Promise.race([this.#device.lost, new Promise((resolve) => setTimeout(resolve, 100))]);
    try {
      this.check();
      return thrown;
    } catch (fault) {
      return fault;
    }
  }

  /** Waits until the device has done what it was given, then checks. */
  async settle(): Promise<void> {
    if (this.#device !== undefined) submitRecorded();
    await this.#device?.queue.onSubmittedWorkDone();
    this.check();
  }

  /** @returns what times every dispatch from now on; undefined without timestamp queries */
  profiler(): GpuProfiler | undefined {
    return this.#device === undefined ? undefined : GpuProfiler.attach(this.#device);
  }

  /** Gives all GPU memory back; the object is not usable afterwards. */
  close(): void {
    const device = this.#device;
    if (device === undefined) return;
    this.#device = undefined;
    releaseBackend();
    device.destroy();
  }
}

function reportOf(adapter: GPUAdapter, device: GPUDevice): DeviceReport {
  const { vendor, architecture, device: model, description } = adapter.info;
  const words = [vendor, architecture, model, description].join(' ');
  const software = adapter.info.isFallbackAdapter === true || SOFTWARE.test(words);
  return {
    kind: software ? 'software' : 'gpu',
    name: shortName(description || model || architecture || vendor || 'GPU'),
    vendor,
    architecture,
    driver: description,
    halfPrecision: device.features.has('shader-f16'),
    subgroups: device.features.has('subgroups'),
    timestamps: device.features.has('timestamp-query'),
    maxBufferSize: device.limits.maxBufferSize,
    maxBindingSize: device.limits.maxStorageBufferBindingSize,
    maxWorkgroupInvocations: device.limits.maxComputeInvocationsPerWorkgroup,
    maxWorkgroupStorage: device.limits.maxComputeWorkgroupStorageSize,
    ...(software
      ? {
          remark: 'WebGPU is emulated on the processor: right, but slow. No graphics card is used.',
        }
      : {}),
  };
}

function withoutAdapter(remark?: string): DeviceReport {
  return {
    kind: 'none',
    name: 'processor (no WebGPU)',
    vendor: '',
    architecture: '',
    driver: '',
    halfPrecision: false,
    subgroups: false,
    timestamps: false,
    maxBufferSize: 0,
    maxBindingSize: 0,
    maxWorkgroupInvocations: 0,
    maxWorkgroupStorage: 0,
    remark: remark ?? 'WebGPU is not available: computing on the processor, which is very slow.',
  };
}

/** Drivers describe themselves at length: `llvmpipe: Mesa 25 (LLVM 15)` becomes `llvmpipe`. */
function shortName(description: string): string {
  return description.split(/[:(]/u)[0]?.trim() ?? description;
}

function firstLines(message: string): string {
  return message.split('\n').slice(0, 3).join(' ').slice(0, 400);
}
