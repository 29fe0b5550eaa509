/** `capsule list-models` (and `train list_models`): the networks, their input, parameters and layers. */
import type { Command } from 'commander';
import { CapsuleError } from '../../src/core/errors.ts';
import { describeNetwork } from '../../src/engine/networks/describe.ts';
import { parameterCount } from '../../src/engine/networks/network.ts';
import { findNetwork, NETWORKS, planNetwork } from '../../src/engine/networks/registry.ts';

interface Options {
  readonly architecture?: string;
  readonly input_size?: string;
  readonly model_layers?: boolean;
}

export function addListModels(program: Command, name: string): void {
  program
    .command(name)
    .description('list the networks, or describe one')
    .option('-a, --architecture <name>', 'the network to describe')
    .option('-i, --input_size <size>', 'its input, C@HxW or C@DxHxW, such as 1@169x208x179')
    .option('-m, --model_layers', 'print its layers')
    .action((options: Options) => {
      process.stdout.write(`${describe(options).join('\n')}\n`);
    });
}

function describe(options: Options): string[] {
  if (options.architecture === undefined) return NETWORKS.map(({ name }) => name);
  const entry = findNetwork(options.architecture);
  const input = options.input_size ?? entry.exampleInput;
  const plan = planNetwork(entry.name, parseInputSize(input), 2, 0);
  return [
    entry.name,
    `  tasks            ${entry.tasks.join(', ')}`,
    `  dimension        ${entry.dimension}`,
    `  input            ${input}`,
    `  parameters       ${parameterCount(plan).toLocaleString('en')} with 2 outputs`,
    ...(options.model_layers === true ? ['', describeNetwork(plan)] : []),
  ];
}

/** `1@169x208x179` to [1, 169, 208, 179]. */
export function parseInputSize(text: string): number[] {
  const match = /^(\d+)@(\d+(?:x\d+){1,2})$/.exec(text);
  if (match === null) {
    throw new CapsuleError('CONFIG_VALUE', {
      expected: '"input_size" to be C@HxW or C@DxHxW, such as 1@169x208x179',
      found: text,
    });
  }
  return [Number(match[1]), ...(match[2] ?? '').split('x').map(Number)];
}
