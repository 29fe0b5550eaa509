/** Options of the task: what is predicted, from which loss, and how the best model is chosen. */
import { choice, codes, decimal, text, texts } from './option.ts';

export type Task = 'classification' | 'regression' | 'reconstruction';
export const TASKS: readonly Task[] = ['classification', 'regression', 'reconstruction'];

const REGRESSION_LOSSES = [
  'L1Loss',
  'MSELoss',
  'KLDivLoss',
  'BCEWithLogitsLoss',
  'HuberLoss',
  'SmoothL1Loss',
];
const VAE_LOSSES = ['VAEGaussianLoss', 'VAEBernoulliLoss', 'VAEContinuousBernoulliLoss'];

const selection_metrics = texts(['loss'], {
  help: 'Metrics on the validation set; the best model of each is kept.',
  cli: { long: '--selection_metrics', short: '-sm' },
});
const label = (fallback: string) =>
  text(fallback, { help: 'Column that is predicted.', cli: { long: '--label' } });
const loss = (fallback: string, choices: readonly string[]) =>
  choice(fallback, choices, {
    help: 'What training makes small.',
    cli: { long: '--loss', short: '-l' },
  });

export const CLASSIFICATION = {
  selection_metrics,
  label: label('diagnosis'),
  label_code: codes({
    help: 'Number of each class; left out: labels of the training set in alphabetical order.',
  }),
  selection_threshold: decimal(
    0,
    { min: 0, max: 1 },
    {
      help: 'Patches, slices or regions with a lower validation accuracy do not vote.',
      cli: { long: '--selection_threshold' },
    },
  ),
  loss: loss('CrossEntropyLoss', ['CrossEntropyLoss', 'MultiMarginLoss']),
};

export const REGRESSION = {
  selection_metrics,
  label: label('age'),
  loss: loss('MSELoss', REGRESSION_LOSSES),
};

export const RECONSTRUCTION = {
  selection_metrics,
  loss: loss('MSELoss', [...REGRESSION_LOSSES, ...VAE_LOSSES]),
};
