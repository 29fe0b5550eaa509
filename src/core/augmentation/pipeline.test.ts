import { expect, test } from 'vitest';
import { CLINICADL_TRANSFORMS } from './catalogue.ts';
import { readPipeline, transformsOf } from './pipeline.ts';

test('names of ClinicaDL are transforms with its parameters, in the order given', () => {
  const steps = readPipeline(CLINICADL_TRANSFORMS);
  expect(steps.map((step) => step.kind === 'transform' && step.name)).toEqual(CLINICADL_TRANSFORMS);
  expect(steps[4]).toEqual({
    kind: 'transform',
    name: 'Motion',
    probability: 1,
    parameters: { degrees: [2, 4], translation: [2, 4], num_transforms: 2 },
  });
});

test('false, an empty list and "None" ask for nothing', () => {
  expect([readPipeline(false), readPipeline([]), readPipeline(['None'])]).toEqual([[], [], []]);
});

test('a table gives parameters and a probability; one number of a range is both its ends', () => {
  const [step] = readPipeline([{ name: 'Noise', std: 0.2, probability: 0.3 }]);
  expect(step).toMatchObject({ probability: 0.3, parameters: { mean: [0, 0], std: [0.2, 0.2] } });
});

test('lists to choose from and to compose stand within each other', () => {
  const [step] = readPipeline([
    { one_of: ['Spike', { compose: ['Noise', 'Clamp'], probability: 0.5 }], weights: [1, 2] },
  ]);
  expect(step).toMatchObject({
    kind: 'one-of',
    weights: [1, 2],
    steps: [{ name: 'Spike' }, { kind: 'compose', probability: 0.5 }],
  });
  expect(transformsOf([step as NonNullable<typeof step>]).map(({ name }) => name)).toEqual([
    ...['Spike', 'Noise', 'Clamp'],
  ]);
});

test.each<[unknown, RegExp]>([
  ['Nois', /Did you mean "Noise"/],
  [{ name: 'Noise', sd: 1 }, /parameters of Noise out of mean, std, probability/],
  [{ name: 'Noise', std: [1, 0] }, /Noise\.std to be \[from, to\]/],
  [{ name: 'Noise', std: -1 }, /Noise\.std/],
  [{ name: 'Noise', std: NaN }, /Noise\.std/],
  [{ name: 'CropPad', shift: [0.5, 1] }, /whole numbers/],
  [{ name: 'Ghosting', restore: 1 }, /true or false/],
  [{ name: 'Noise', probability: 1.2 }, /"probability"/],
  [{ one_of: [] }, /"one_of"/],
  [{ one_of: ['Noise'], weights: [0] }, /"weights"/],
  [{ one_of: ['Noise'], degrees: 3 }, /no "degrees" beside a list/],
  [{ compose: ['Noise', 7] }, /names and tables/],
  [{}, /"name"/],
])('refuses %j', (entry, said) => {
  const read = () => readPipeline([entry as string]);
  expect(read).toThrow(/CONFIG_VALUE/);
  expect(read).toThrow(said);
});
