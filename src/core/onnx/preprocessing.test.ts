import { describe, expect, it } from 'vitest';
import { extractElement, elementShape } from '../caps/extract.ts';
import type { ModeOptions } from '../caps/extraction.ts';
import { normalise } from '../caps/normalise.ts';
import { reduced, reducedShape } from '../caps/size-reduction.ts';
import { inputAxes, preprocessingSteps, voxelGrid, type Step } from './preprocessing.ts';

const facts = (extraction: ModeOptions, inputSize: readonly number[], normalize = true) => ({
  ...{ extraction, inputSize, normalize, preprocessing: {} },
});
const named = (steps: readonly Step[], name: string) => steps.find(({ step }) => step === name);

const SHAPE = [20, 24, 18] as const;
const volume = {
  shape: SHAPE,
  data: Float32Array.from({ length: 20 * 24 * 18 }, (_, i) => ((i * 37) % 101) - 7),
  affine: [],
};

/** An element by the words of the steps alone, without the code that cuts volumes. */
function followed(steps: readonly Step[]): number[] {
  const [, height, depth] = SHAPE;
  const at = (x: number, y: number, z: number) =>
    volume.data[(x * height + y) * depth + z] as number;
  const reduce = named(steps, 'reduce');
  const ranges = SHAPE.map((length, axis) => {
    const [start, end] = [reduce?.['start'], reduce?.['end']] as [number[]?, number[]?];
    const factor = Number(reduce?.['factor'] ?? 1);
    const places: number[] = [];
    const last = Math.min(length, end?.[axis] ?? length);
    for (let place = start?.[axis] ?? 0; place < last; place += factor) places.push(place);
    return places;
  });
  const slice = named(steps, 'extract');
  if (slice?.['mode'] === 'slice') {
    const [begin] = slice['discarded_slices'] as number[];
    const axis = ['X', 'Y', 'Z'].indexOf(String(slice['axis']));
    ranges[axis] = [Number(begin)];
  }
  const [xs = [], ys = [], zs = []] = ranges;
  const all: number[] = [];
  for (const x of xs) for (const y of ys) for (const z of zs) all.push(at(x, y, z));
  if (named(steps, 'normalise') === undefined) return all;
  // Of the element, before the reduction.
  const whole = slice?.['mode'] === 'slice' ? all : [...volume.data];
  const [min, max] = [Math.min(...whole), Math.max(...whole)];
  return all.map((value) => Math.fround((value - min) / (max - min)));
}

describe('who follows the steps has what the network is given', () => {
  it.each([
    ['a whole image', { mode: 'image' }, true],
    ['an image as it is', { mode: 'image' }, false],
    ['a slice', { mode: 'slice', direction: 1, channels: 'single', discarded: [3, 2] }, true],
  ] as const)('%s', (_, extraction, normalize) => {
    const steps = preprocessingSteps(facts(extraction, elementShape(SHAPE, extraction), normalize));
    const element = extractElement(volume as never, extraction, 0).data;
    const ours = normalize ? normalise(element).data : element;
    expect(followed(steps)).toEqual([...ours]);
  });

  it('a reduced image', () => {
    const extraction = { mode: 'image', reduction: 3 } as const;
    const steps = preprocessingSteps(facts(extraction, [1, ...reducedShape(SHAPE, 3)]));
    const whole = normalise(extractElement(volume as never, { mode: 'image' }, 0).data).data;
    expect(followed(steps)).toEqual([...reduced(whole, SHAPE, 3)]);
    expect(named(steps, 'reduce')?.description).toContain('[0:168:3, 8:200:3, 4:172:3]');
  });
});

describe('what the steps say', () => {
  it('patches: size and stride, in numbers', () => {
    const patch = { mode: 'patch', patchSize: 34, strideSize: 22 } as const;
    const step = named(preprocessingSteps(facts(patch, [1, 34, 34, 34])), 'extract');
    expect(step).toMatchObject({ mode: 'patch', patch_size: 34, stride_size: 22 });
  });

  it('regions: whether planes without a mask are cut', () => {
    const of = (uncropped: boolean) => {
      const roi = {
        mode: 'roi',
        regions: ['hippocampus'],
        uncropped,
        customTemplate: '',
        customMaskPattern: '',
      } as const;
      return named(preprocessingSteps(facts(roi, [1, 4, 4, 4])), 'extract');
    };
    expect(of(false)?.description).toContain('without the planes');
    expect(of(true)?.description).not.toContain('without the planes');
    expect(of(true)).toMatchObject({ regions: ['hippocampus'], uncropped: true });
  });

  it('axes of the input: a slice has lost its own', () => {
    const slice = { mode: 'slice', direction: 2, channels: 'rgb', discarded: [0] } as const;
    expect(inputAxes(slice)).toEqual(['batch', 'channel', 'X', 'Y']);
    expect(inputAxes({ mode: 'image' })).toEqual(['batch', 'channel', 'X', 'Y', 'Z']);
  });

  it('the grid only where the MAPS knows it, and never an affine', () => {
    expect(voxelGrid(facts({ mode: 'image' }, [1, 5, 6, 7]))).toMatchObject({
      ...{ shape: [5, 6, 7], affine: null },
    });
    const patch = { mode: 'patch', patchSize: 3, strideSize: 3 } as const;
    expect(voxelGrid(facts(patch, [1, 3, 3, 3]))).not.toHaveProperty('shape');
    expect(voxelGrid(facts({ mode: 'image', reduction: 2 }, [1, 3, 3, 3]))).not.toHaveProperty(
      'shape',
    );
  });
});
