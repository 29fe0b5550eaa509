import { expect, test } from 'vitest';
import { EngineDevice } from '../../src/engine/device/engine-device.ts';
import { largestDifferences, predictAgain } from './forward.ts';

// Without WebGPU a model that ClinicaDL trained is applied on the processor.
const FOLDER = 'tests/fixtures/reference/synthetic';

test('predicts without WebGPU as ClinicaDL does, one scan after the other', async () => {
  const device = await EngineDevice.open(undefined);
  expect(device.report.kind).toBe('none');
  const result = await predictAgain(device, {
    ...{ folder: `${FOLDER}/maps_ad`, caps: `${FOLDER}/caps`, group: 'test' },
    request: { selectionMetrics: ['loss'] },
  });
  const tables = result.tables.filter((path) => path.includes('best-loss'));
  expect(tables).toHaveLength(2);
  const { prediction, metrics } = await largestDifferences({ ...result, tables });
  expect(prediction).toBeLessThan(1e-4);
  // The loss is the sum over batches of four, though scans go through one by one.
  expect(metrics).toBeLessThan(1e-4);
});
