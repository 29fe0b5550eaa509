/** What dry runs found, on stdout; exit code 1 when something stands in the way. */
import { SINGLE } from '../../src/core/caps/cohorts.ts';
import { isSound, surveyLines, type Survey } from '../../src/core/caps/survey.ts';
import { formatProblem } from '../../src/core/errors.ts';
import { canStart, type DryRun } from '../../src/jobs/dry-run.ts';
import { EXIT } from './exit.ts';

export function printSurvey(survey: Survey): void {
  process.stdout.write(`${surveyLines(survey).join('\n')}\n`);
  if (!isSound(survey)) process.exitCode = EXIT.failed;
}

export function printDryRun(run: DryRun): void {
  const sets = run.sets.map(({ name, sessions, participants, labels }) => {
    const classes = [...labels].map(([label, count]) => `${label} ${count}`).join(', ');
    const counts = classes === '' ? '' : `: ${classes}`;
    return `${name.padEnd(20)} ${sessions} sessions of ${participants} participants${counts}`;
  });
  const surveys = run.surveys.flatMap(({ cohort, survey }) => [
    ...(cohort === SINGLE ? [] : [`cohort ${cohort}`]),
    ...surveyLines(survey),
  ]);
  const problems = run.problems.map(
    (problem) => `${problem.severity.padEnd(12)}${formatProblem(problem)}`,
  );
  process.stdout.write(`${[...sets, ...surveys, ...run.messages, ...problems].join('\n')}\n`);
  if (!canStart(run)) process.exitCode = EXIT.failed;
}
