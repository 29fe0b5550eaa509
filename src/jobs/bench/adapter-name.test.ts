import { expect, test } from 'vitest';
import type { DeviceReport } from '../../core/reports.ts';
import { adapterName } from './adapter-name.ts';

const named = (told: Partial<DeviceReport>): string =>
  adapterName({ driver: '', vendor: '', name: '', ...told } as DeviceReport);

test.each([
  [{ driver: 'llvmpipe: Mesa 25.0.7', vendor: 'mesa', name: 'llvmpipe' }, 'llvmpipe: Mesa 25.0.7'],
  [{ vendor: 'nvidia', name: 'ampere' }, 'nvidia ampere'],
  [{ vendor: 'apple', name: 'Apple M2' }, 'Apple M2'],
  [{ name: 'GPU' }, 'GPU'],
])('%j is %s', (told, expected) => expect(named(told)).toBe(expected));
