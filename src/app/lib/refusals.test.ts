import { expect, test } from 'vitest';
import { describe } from '../../core/errors.ts';
import { noRefusals, withRefusal } from './refusals.ts';

const problem = describe('CONFIG_VALUE', {});

test('a field has one refusal, the last; others keep theirs; a good value takes it away', () => {
  const one = withRefusal(noRefusals, 'epochs', { text: 'x', problem });
  const two = withRefusal(one, 'dropout', { text: '2', problem });
  const again = withRefusal(two, 'epochs', { text: 'y', problem });
  expect([...again].map(([key, { text }]) => [key, text])).toEqual([
    ['dropout', '2'],
    ['epochs', 'y'],
  ]);
  expect([...withRefusal(again, 'epochs', undefined).keys()]).toEqual(['dropout']);
  expect(noRefusals.size).toBe(0);
});
