/** Options of the run: sections Computational, Reproducibility, Optimization and Informations. */
import { choice, decimal, flag, integer } from './option.ts';
import { OPTIMIZERS } from './optimizer-names.ts';

export const COMPUTATIONAL = {
  gpu: flag(true, {
    help: 'Accepted and stored; without effect: WebGPU is used, with software as its stand-in.',
    cli: { long: '--gpu', negative: '--no-gpu' },
  }),
  n_proc: integer(
    2,
    { min: 0 },
    {
      help: 'Accepted and stored; without effect: volumes are read ahead as memory allows.',
      cli: { long: '--n_proc', short: '-np' },
    },
  ),
  batch_size: integer(
    8,
    { min: 1 },
    { help: 'Images that one step of the optimizer sees.', cli: { long: '--batch_size' } },
  ),
  evaluation_steps: integer(
    0,
    { min: 0 },
    {
      help: 'Evaluates both sets after every so many batches too; 0: at the end of epochs only.',
      cli: { long: '--evaluation_steps', short: '-esteps' },
    },
  ),
  fully_sharded_data_parallel: flag(false, {
    help: 'Spreads one network over several GPUs.',
    supported: 'One GPU works today.',
    cli: { long: '--fully_sharded_data_parallel', short: '-fsdp' },
  }),
  amp: flag(false, {
    help: 'Keeps feature maps in half precision while training; weights, sums and statistics stay in single precision.',
    cli: { long: '--amp', negative: '--no-amp' },
  }),
};

export const REPRODUCIBILITY = {
  seed: integer(
    0,
    { min: 0, max: 4294967295 },
    {
      help: 'Every random choice follows from this number.',
      cli: { long: '--seed' },
    },
  ),
  deterministic: flag(false, {
    help: 'Accepted and stored; without effect: the same seed and device give the same numbers.',
    cli: { long: '--deterministic', negative: '--nondeterministic' },
  }),
  compensation: choice('memory', ['memory', 'time'], {
    help: 'Accepted and stored; without effect: it tunes CUDA, which is not used.',
    cli: { long: '--compensation' },
  }),
  track_exp: choice('', ['', 'wandb', 'mlflow'], {
    help: 'Service that follows the training.',
    supported: 'Nothing is sent to a service.',
    cli: { long: '--track_exp', short: '-te' },
  }),
};

export const OPTIMIZATION = {
  optimizer: choice('Adam', OPTIMIZERS, {
    help: 'Rule by which weights follow their gradients.',
    cli: { long: '--optimizer' },
  }),
  epochs: integer(
    20,
    { min: 1 },
    { help: 'How often the training set is seen at most.', cli: { long: '--epochs' } },
  ),
  learning_rate: decimal(
    1e-4,
    { min: 0 },
    { help: 'Size of a step.', cli: { long: '--learning_rate', short: '-lr' } },
  ),
  adaptive_learning_rate: flag(false, {
    help: 'Divides the learning rate by ten when the validation loss has not fallen for more than ten epochs.',
    cli: { long: '--adaptive_learning_rate', short: '-alr' },
  }),
  weight_decay: decimal(
    1e-4,
    { min: 0 },
    { help: 'Pull of the weights towards zero.', cli: { long: '--weight_decay', short: '-wd' } },
  ),
  patience: integer(
    0,
    { min: 0 },
    {
      help: 'Epochs without a lower validation loss after which training stops; 0: never.',
      cli: { long: '--patience' },
    },
  ),
  tolerance: decimal(
    0,
    { min: 0 },
    {
      help: 'Share by which the validation loss must fall to count as lower.',
      cli: { long: '--tolerance' },
    },
  ),
  accumulation_steps: integer(
    1,
    { min: 1 },
    {
      help: 'Batches whose gradients are added up before a step.',
      cli: { long: '--accumulation_steps', short: '-asteps' },
    },
  ),
  profiler: flag(false, {
    help: 'Writes a trace of where the time on the GPU goes, by kernel, over thirty batches of each split.',
    cli: { long: '--profiler', negative: '--no-profiler' },
  }),
  save_all_models: flag(false, {
    help: 'Keeps the model of every epoch beside the best ones.',
    cli: { long: '--save_all_models', negative: '--save_only_best_model' },
  }),
};

export const INFORMATIONS = {
  emissions_calculator: flag(false, {
    help: 'Estimates the carbon emissions of the training.',
    supported: 'Emissions are not estimated.',
    cli: { long: '--calculate_emissions', negative: '--dont_calculate_emissions' },
  }),
};
