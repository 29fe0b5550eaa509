/** The command line: names and options are ClinicaDL's. */
import { Command, CommanderError } from 'commander';
import { VERSION } from '../src/core/version.ts';
import { addAudit } from './commands/audit.ts';
import { addDemo } from './commands/demo.ts';
import { addDoctor } from './commands/doctor.ts';
import { addExport } from './commands/export.ts';
import { addGenerate, GENERATE_SHORTS } from './commands/generate.ts';
import { addInterpret } from './commands/interpret.ts';
import { addListModels } from './commands/list-models.ts';
import { addPredict } from './commands/predict.ts';
import { addPrepareData, addPrepareDataFromBids } from './commands/prepare-data.ts';
import { PREPARE_SHORTS } from './commands/prepare-options.ts';
import { addQualityCheck } from './commands/quality-check.ts';
import { addTrain, shortOptions } from './commands/train.ts';
import { addTsvtools, TSVTOOLS_SHORTS } from './commands/tsvtools.ts';
import { EXIT, withExitCode } from './terminal/exit.ts';
import { spellOut } from './terminal/short-options.ts';

/** Short names of options that the schema of an experiment does not have. */
const OTHER_SHORTS: readonly (readonly [string, string])[] = [
  ['-sm', '--selection_metrics'],
  ['-on', '--overwrite_name'],
];

const program = new Command('capsule')
  .description('Deep learning on brain images: the commands of ClinicaDL, on WebGPU.')
  .version(VERSION)
  .showHelpAfterError('(--help lists the options)')
  .exitOverride();
addTsvtools(program);
addPrepareData(program);
addPrepareDataFromBids(program);
addGenerate(program);
addTrain(program);
addPredict(program);
addInterpret(program);
addAudit(program);
addQualityCheck(program);
addExport(program);
addListModels(program, 'list-models');
addDoctor(program);
addDemo(program);
for (const command of everyCommand(program)) command.exitOverride();

const args = process.argv.slice(2);
const shorts = new Map(shortsOf(args[0]));

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

/** Some short names mean one option of one command and another one elsewhere. */
function shortsOf(command = ''): readonly (readonly [string, string])[] {
  if (command === 'tsvtools') return TSVTOOLS_SHORTS;
  if (command === 'generate') return GENERATE_SHORTS;
  if (command === 'quality-check') return PREPARE_SHORTS;
  return command.startsWith('prepare-data') ? PREPARE_SHORTS : [...shortOptions(), ...OTHER_SHORTS];
}
