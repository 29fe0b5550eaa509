import { expect, test } from 'vitest';
import { METHODS } from '../../src/engine/interpret/methods.ts';
import { oneOf } from './choices.ts';

test('takes what is allowed, and refuses the rest with the nearest name', () => {
  const method = oneOf(METHODS);
  expect(method('grad-cam')).toBe('grad-cam');
  expect(() => method('gradcam')).toThrow(
    /^Allowed choices are gradients, .*Did you mean "grad-cam"\?$/,
  );
  expect(() => method('Gradients')).toThrow('Did you mean "gradients"?');
  expect(() => method('deeplift-shap-mixture')).toThrow(/^Allowed choices are [^.]*\.$/);
});
