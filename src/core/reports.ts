/** What the engine tells the outside about the device and about the memory that a run needs. Plain data. */

export interface DeviceReport {
  /** `software`: WebGPU emulated on the processor (SwiftShader, lavapipe). `none`: no WebGPU at all. */
  readonly kind: 'gpu' | 'software' | 'none';
  /** Vendor and model, as far as the browser tells. */
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly driver: string;
  /** Whether WGSL has halves of its own; without, two are packed into a word. */
  readonly halfPrecision: boolean;
  readonly subgroups: boolean;
  readonly timestamps: boolean;
  /** Bytes. */
  readonly maxBufferSize: number;
  /** Bytes one shader may bind at once: what limits the largest feature map. */
  readonly maxBindingSize: number;
  readonly maxWorkgroupInvocations: number;
  /** Bytes. */
  readonly maxWorkgroupStorage: number;
  /** Why there is no adapter, or what is unusual about this one. */
  readonly remark?: string;
}

/** All sizes in bytes. */
export interface MemoryEstimate {
  readonly parameterCount: number;
  readonly parameters: number;
  readonly gradients: number;
  readonly optimizer: number;
  readonly activations: number;
  /** Packed filters and partial sums. */
  readonly workspace: number;
  readonly input: number;
  readonly total: number;
  /** The largest single buffer, compared with the device's binding limit. */
  readonly largestBuffer: number;
  /** Elements that go through the network at once: the batch, or as much of it as fits. */
  readonly microBatchSize: number;
  readonly fits: boolean;
  /** Why it does not fit, in words; empty when it does. */
  readonly reasons: readonly string[];
}
