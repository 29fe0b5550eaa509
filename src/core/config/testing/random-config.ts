/** Random experiments for property tests: every option of a task with a value that its schema accepts. */
import fc from 'fast-check';
import * as v from 'valibot';
import type { Option } from '../option.ts';
import { defaultConfig, optionsOf, TASKS, type Config, type Task } from '../schema.ts';

/** Values such as people and programs write; what the schema refuses is left out. */
function candidates(option: Option): fc.Arbitrary<unknown> {
  const text = fc.oneof(
    fc.string({ maxLength: 20 }),
    fc.constantFrom('AD, CN', ' a=b ', '"', '\\'),
  );
  // Negative zero is zero to everyone who reads it.
  const number = fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((value) => (value === 0 ? 0 : value));
  switch (option.kind) {
    case 'flag':
      return fc.boolean();
    case 'integer':
      return fc.oneof(fc.integer({ min: 0, max: 9 }), fc.maxSafeNat());
    case 'number':
      return fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), number);
    case 'text':
      return text;
    case 'choice':
      return fc.constantFrom(...(option.choices ?? []));
    case 'texts':
      return fc.array(text, { minLength: 1, maxLength: 4 });
    case 'integers':
      return fc.array(fc.nat(), { maxLength: 4 });
    case 'names-or-false':
      return fc.oneof(fc.constant(false), fc.subarray([...(option.choices ?? [])]));
    case 'path-or-false':
      return fc.oneof(fc.constant(false), text);
    case 'codes':
      return fc.dictionary(text, fc.nat(), { maxKeys: 4 });
  }
}

export const optionValues = (option: Option): fc.Arbitrary<unknown> =>
  candidates(option).filter((value) => {
    const result = v.safeParse(option.schema, value);
    return result.success && JSON.stringify(result.output) === JSON.stringify(value);
  });

export const configs = (task: Task): fc.Arbitrary<Config> =>
  fc
    .record(
      Object.fromEntries(optionsOf(task).map(({ key, option }) => [key, optionValues(option)])),
    )
    .map((values) => ({ ...defaultConfig(task), ...values }) as Config);

export const anyConfig: fc.Arbitrary<Config> = fc.constantFrom(...TASKS).chain(configs);
