/** The ten optimizers that ClinicaDL 1.6.1 offers, by the names that they have in `torch.optim`. */
import { nearest } from '../../core/config/nearest.ts';
import { OPTIMIZERS, type OptimizerName } from '../../core/config/optimizer-names.ts';
import { CapsuleError } from '../../core/errors.ts';
import { adam, adamax, adamW, nAdam, rAdam } from './adam-rules.ts';
import { adadelta, adagrad, asgd, rmsProp, sgd } from './descent-rules.ts';
import type { Rule } from './rule.ts';

const RULES: Readonly<Record<OptimizerName, Rule>> = {
  Adadelta: adadelta,
  Adagrad: adagrad,
  Adam: adam,
  AdamW: adamW,
  Adamax: adamax,
  ASGD: asgd,
  NAdam: nAdam,
  RAdam: rAdam,
  RMSprop: rmsProp,
  SGD: sgd,
};

export const optimizerNames: readonly OptimizerName[] = OPTIMIZERS;

/** @throws CapsuleError CONFIG_VALUE that says which name is nearest */
export function ruleNamed(name: string): Rule {
  const known = optimizerNames.find((candidate) => candidate === name);
  if (known !== undefined) return RULES[known];
  const near = nearest(name, optimizerNames);
  throw new CapsuleError('CONFIG_VALUE', {
    expected: `"optimizer" to be one of ${optimizerNames.join(', ')}`,
    found: JSON.stringify(name),
    ...(near === undefined ? {} : { action: `Did you mean "${near}"?` }),
  });
}
