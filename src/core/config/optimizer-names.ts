/** The optimizers that ClinicaDL 1.6.1 offers, by their names in `torch.optim`. */
export const OPTIMIZERS = [
  'Adadelta',
  'Adagrad',
  'Adam',
  'AdamW',
  'Adamax',
  'ASGD',
  'NAdam',
  'RAdam',
  'RMSprop',
  'SGD',
] as const;

export type OptimizerName = (typeof OPTIMIZERS)[number];
