/**
 * Knows about adapters, and nobody else does: asks for one, raises the limits to what it offers,
 * takes the features we use, and watches the device. A WebGPU fault never throws where it happens:
 * it arrives later as an uncaptured error or as a lost device, and everything computed after it is
 * wrong. So the device remembers the first fault and `check()` throws it: callers check after each
 * read and before they keep a result.
 */
import { CapsuleError, type ErrorCode } from '../../core/errors.ts';
import type { DeviceReport } from '../../core/reports.ts';
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
}

export class EngineDevice {
  readonly report: DeviceReport;
  readonly #device: GPUDevice | undefined;
  #fault: { code: ErrorCode; found: string } | undefined;

  private constructor(report: DeviceReport, device?: GPUDevice) {
    this.report = report;
    this.#device = device;
    if (device === undefined) return;
    device.addEventListener('uncapturederror', (event) => {
      const { error } = event as GPUUncapturedErrorEvent;
      const memory = error.constructor.name === 'GPUOutOfMemoryError';
      this.#fault ??= {
        code: memory ? 'GPU_MEMORY' : 'GPU_ERROR',
        found: firstLines(error.message),
      };
      event.preventDefault();
    });
    void device.lost.then((info) => {
      if (info.reason !== 'destroyed') {
        this.#fault = { code: 'GPU_LOST', found: info.message || info.reason };
      }
    });
  }

  /**
   * Opens the best adapter and makes tfjs use it; without one, tfjs computes on the processor and
   * the report says so (`kind: 'none'`).
   * @param gpu - `navigator.gpu` in a page or worker, Dawn's on Node; undefined where there is none
   */
  static async open(gpu: GPU | undefined, options: OpenOptions = {}): Promise<EngineDevice> {
    const adapter = await gpu?.requestAdapter({
      powerPreference: options.powerPreference ?? 'high-performance',
    });
    if (adapter === null || adapter === undefined) {
      await useProcessor();
      return new EngineDevice(withoutAdapter(options.remarkWhenAbsent));
    }
    const limits: Record<string, number> = {};
    for (const name of RAISED_LIMITS) limits[name] = adapter.limits[name];
    const device = await adapter.requestDevice({
      requiredFeatures: WANTED_FEATURES.filter((feature) => adapter.features.has(feature)),
      requiredLimits: limits,
    });
    const opened = new EngineDevice(reportOf(adapter, device), device);
    await useDevice(device, adapter.info);
    return opened;
  }

  /** @throws CapsuleError GPU_LOST, GPU_MEMORY or GPU_ERROR when anything went wrong since opening. */
  check(): void {
    if (this.#fault !== undefined) {
      throw new CapsuleError(this.#fault.code, { found: this.#fault.found });
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
    if (this.#device === undefined) return;
    releaseBackend();
    this.#device.destroy();
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
