/** The command line: names and options are ClinicaDL's. */
import { Command, CommanderError } from 'commander';
import { VERSION } from '../src/core/version.ts';
import { addAudit } from './commands/audit.ts';
import { addDemo } from './commands/demo.ts';
import { addDoctor } from './commands/doctor.ts';
import { addInterpret } from './commands/interpret.ts';
import { addListModels } from './commands/list-models.ts';
import { addPredict } from './commands/predict.ts';
import { addPrepareData } from './commands/prepare-data.ts';
import { addTrain, shortOptions } from './commands/train.ts';
import { addTsvtools, TSVTOOLS_SHORTS } from './commands/tsvtools.ts';
import { EXIT, withExitCode } from './terminal/exit.ts';
import { spellOut } from './terminal/short-options.ts';

/** Short names of options that the schema of an experiment does not have. */
const OTHER_SHORTS: readonly (readonly [string, string])[] = [
  ['-sm', '--selection_metrics'],
  ['-on', '--overwrite_name'],
  ['-ej', '--extract_json'],
  ['-uui', '--use_uncropped_image'],
  ['-suvr', '--suvr_reference_region'],
  ['-cn', '--custom_suffix'],
  ['-ps', '--patch_size'],
  ['-ss', '--stride_size'],
  ['-sd', '--slice_direction'],
  ['-ct', '--roi_custom_template'],
  ['-cmp', '--roi_custom_mask_pattern'],
];

const program = new Command('capsule')
  .description('Deep learning on brain images: the commands of ClinicaDL, on WebGPU.')
  .version(VERSION)
  .showHelpAfterError('(--help lists the options)')
  .exitOverride();
addTsvtools(program);
addPrepareData(program);
addTrain(program);
addPredict(program);
addInterpret(program);
addAudit(program);
addListModels(program, 'list-models');
addDoctor(program);
addDemo(program);
for (const command of everyCommand(program)) command.exitOverride();

const args = process.argv.slice(2);
const isSlice = args.includes('slice') && args.includes('prepare-data');
const shorts = new Map(
  args[0] === 'tsvtools'
    ? TSVTOOLS_SHORTS
    : [...shortOptions(), ...OTHER_SHORTS, ...(isSlice ? [['-sm', '--slice_mode'] as const] : [])],
);

await withExitCode(async () => {
  try {
    await program.parseAsync(spellOut(args, shorts), { from: 'user' });
  } catch (error) {
    // Commander has printed what is wrong, or the help that was asked for.
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : EXIT.refused;
  }
});

function everyCommand(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...everyCommand(child)]);
}
