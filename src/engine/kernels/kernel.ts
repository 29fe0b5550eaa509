/**
 * A compute kernel as data: its storage buffers in binding order, the sizes it takes as uniforms,
 * and its WGSL. A dispatch may do some of the items only (`firstItem` to `endItem`). Sizes are
 * uniforms rather than constants so that one compiled pipeline serves all blocks of a network and all
 * volumes: compiling is what software drivers are slowest at.
 */

export interface Binding {
  readonly name: string;
  /** WGSL type of the whole buffer. */
  readonly type: string;
  readonly access: 'read' | 'read_write' | 'uniform';
}

export interface Kernel<Size extends string = string> {
  /** Names the kernel and its variant; one compiled pipeline a key. */
  readonly key: string;
  readonly bindings: readonly Binding[];
  /** Members of the uniform `size`, all u32. `items` is the number of threads with work. */
  readonly sizes: readonly Size[];
  /**
   * WGSL, made when it is compiled: declarations and `fn work(item: u32, layer: u32)`, called once
   * for each item and layer.
   */
  readonly code: () => string;
  /**
   * Whether an item may be done twice: what it writes depends on what it does not write. The last
   * group then repeats the last item where it has threads to spare, and no branch hides from a
   * compiler that reads of a whole group agree (on lavapipe a convolution is a third faster).
   */
  readonly repeatable?: true;
  /** Floating-point operations of one dispatch, for the profiler. */
  readonly flops?: (sizes: Readonly<Record<Size | 'items', number>>, layers: number) => number;
}

/**
 * The whole shader. Kernels use no workgroup memory, so that nothing but time depends on the size of
 * a group. Groups are folded into two axes, since an axis takes 65,535 of them; the third
 * is the layer, a number that is the same for a whole group.
 */
export function shaderOf(kernel: Kernel, groupSize: number): string {
  const buffers = kernel.bindings.map(
    ({ name, type, access }, binding) =>
      `@group(0) @binding(${binding}) var<${access === 'uniform' ? access : `storage, ${access}`}> ${name}: ${type};`,
  );
  const halves = kernel.bindings.some(({ type }) => type.includes('f16'));
  return `${halves ? 'enable f16;' : ''}
struct Size { ${[...kernel.sizes, 'firstItem', 'endItem'].map((name) => `${name}: u32`).join(', ')} }
${buffers.join('\n')}
@group(0) @binding(${kernel.bindings.length}) var<uniform> size: Size;
${kernel.code()}
@compute @workgroup_size(${groupSize}) fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let item = size.firstItem + (group.y * groups.x + group.x) * ${groupSize}u + thread;
  ${
    kernel.repeatable
      ? 'work(min(item, size.endItem - 1u), group.z);'
      : 'if (item < size.endItem) { work(item, group.z); }'
  }
}`;
}

/** Lines of a shader for 0, 1, ..., count - 1. */
export function each(count: number, line: (index: number) => string, separator = '\n'): string {
  return Array.from({ length: count }, (_, index) => line(index)).join(separator);
}
