import { expect, test } from 'vitest';
import { batchTable, evaluationTable, kernelTable } from './curve-tables.ts';

test('a row a batch; what was not measured is empty', () => {
  const batch = { kind: 'batch', split: 1, epoch: 0 } as const;
  const table = batchTable([
    { ...batch, iteration: 0, loss: 0.5 },
    { ...batch, iteration: 1, loss: NaN },
  ]);
  expect(table).toBe('split\tepoch\titeration\tloss\n1\t0\t0\t0.5\n1\t0\t1\t\n');
  expect(batchTable([{ ...batch, network: 2, iteration: 0, loss: 1 }])).toBe(
    'split\tnetwork\tepoch\titeration\tloss\n1\t2\t0\t0\t1\n',
  );
});

test('an evaluation has the columns of training.tsv and the mean losses', () => {
  const figures = (loss: number) => ({ loss, meanLoss: loss / 2, metrics: { BA: 0.5, loss } });
  const table = evaluationTable([
    {
      ...{ kind: 'evaluation', split: 0, epoch: 3, iteration: 7, seconds: 9.5 },
      ...{ train: figures(4), validation: figures(6) },
    },
  ]);
  const [head, row] = table.split('\n').map((line) => line.split('\t'));
  expect(head).toEqual([
    ...['split', 'epoch', 'iteration', 'time', 'BA_train', 'loss_train', 'mean_loss_train'],
    ...['BA_valid', 'loss_valid', 'mean_loss_valid'],
  ]);
  expect(row).toEqual(['0', '3', '7', '9.5', '0.5', '4', '2', '0.5', '6', '3']);
});

test('kernels keep what nobody counted empty', () => {
  const kernels = [{ kernel: 'convolution', count: 3, milliseconds: 1.5, share: 1 }];
  expect(kernelTable({ kernels, batches: 3, milliseconds: 1.5, clockStep: 0.1 })).toBe(
    'kernel\tcount\tmilliseconds\tshare\tGFLOP/s\tGB/s\tbatches\nconvolution\t3\t1.5\t1\t\t\t3\n',
  );
});
