/**
 * The options of domain adaptation (ClinicaDL 1.6.1, `--ssda_network`), which stand or fall together:
 * the network has three heads, two of which learn from a second cohort only.
 */
import { describe, type Problem } from '../errors.ts';
import type { Config } from './schema.ts';

export const ADAPTING = 'Conv5_FC3_SSDA';

/** What names the target cohort. */
const TARGET_KEYS = [
  'caps_target',
  'tsv_target_lab',
  'tsv_target_unlab',
  'preprocessing_dict_target',
] as const;

/** @returns CONFIG_VALUE for what does not go together; CONFIG_MISSING for parts of the target */
export function adaptationProblems(config: Config): Problem[] {
  return config.ssda_network ? problemsWith(config) : problemsWithout(config);
}

function problemsWith(config: Config): Problem[] {
  const { architecture, network_task: task, multi_network: isMulti } = config;
  const missing = TARGET_KEYS.filter((key) => config[key] === '');
  return [
    ...(task === 'classification'
      ? []
      : [wrong('"ssda_network" for a classification', `a ${task}`, 'Leave --ssda_network out.')]),
    ...(architecture === ADAPTING
      ? []
      : [
          wrong(
            `"architecture" to be "${ADAPTING}" with "ssda_network"`,
            `"${architecture}"`,
            `Add -a ${ADAPTING}, or leave --ssda_network out.`,
          ),
        ]),
    ...(isMulti
      ? [
          wrong(
            'one network with "ssda_network"',
            '"multi_network"',
            'Leave --multi_network out: the network sees every part.',
          ),
        ]
      : []),
    ...(missing.length === 0
      ? []
      : [
          describe('CONFIG_MISSING', {
            expected: `the target cohort: ${missing.map((key) => `--${key}`).join(', ')}`,
          }),
        ]),
  ];
}

function problemsWithout(config: Config): Problem[] {
  const given = TARGET_KEYS.filter((key) => config[key] !== '');
  return [
    ...(config.architecture === ADAPTING
      ? [
          wrong(
            `"ssda_network" with "${ADAPTING}", whose heads learn from two cohorts`,
            'a training on one cohort',
            'Add --ssda_network and the target cohort, or choose a network such as Conv5_FC3.',
          ),
        ]
      : []),
    ...given.map((key) =>
      wrong(
        `"ssda_network" with "${key}"`,
        'a training on one cohort',
        `Add --ssda_network, or leave --${key} out.`,
      ),
    ),
  ];
}

const wrong = (expected: string, found: string, action: string): Problem =>
  describe('CONFIG_VALUE', { expected, found, action });
