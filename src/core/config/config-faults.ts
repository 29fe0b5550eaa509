/**
 * Everything that is wrong with a TOML text, each fault with its line, so that an editor can show all
 * of them at once. What is right is handed out beside them, or not at all: the caller decides.
 */
import { CapsuleError, toProblem, type Problem } from '../errors.ts';
import { adviceOn, checkValue, unknownIn, type ConfigSource } from './parse.ts';
import { ignoredSections, optionsOf, TASKS, type PartialConfig, type Task } from './schema.ts';
import { keyRows } from './toml-rows.ts';
import { readToml } from './toml.ts';

export interface TomlReading {
  readonly task: Task;
  /** The options that the text gives rightly. */
  readonly given: PartialConfig;
  /** One for each fault, with its row where it has one. */
  readonly problems: readonly Problem[];
}

/** Name of the section that only one task has. */
const SECTION_OF: Readonly<Record<Task, string>> = {
  classification: 'Classification',
  regression: 'Regression',
  reconstruction: 'Reconstruction',
};

/**
 * The task is that of the only section of a task; a file with several of them, as ClinicaDL's own
 * defaults have, or with none, is read for `task`.
 */
export function readTomlAll(text: string, task: Task, source: ConfigSource = {}): TomlReading {
  let record: unknown;
  try {
    record = readToml(text, source);
  } catch (thrown) {
    return { task, given: {}, problems: [toProblem(thrown, {})] };
  }
  const sections = Object.entries(record as object);
  const tasks = TASKS.filter((other) => sections.some(([name]) => name === SECTION_OF[other]));
  const [only] = tasks.length === 1 ? tasks : [];
  const found = only ?? task;
  const rows = keyRows(text);
  const ignored = new Set(ignoredSections(found));
  const options = new Map(optionsOf(found).map((placed) => [placed.key, placed]));
  const problems: Problem[] = [];
  const values: [string, unknown][] = [];
  const note = (thrown: unknown, name: string): void => {
    const row = rows.get(name) ?? rows.get(name.split('.')[0] ?? '');
    problems.push({ ...toProblem(thrown, {}), ...(row === undefined ? {} : { row }) });
  };
  for (const [name, section] of sections) {
    if (ignored.has(name)) continue;
    try {
      const unknown = unknownIn(name, section, found, source);
      for (const one of unknown) {
        const advice = adviceOn(one, false);
        const action = advice === '' ? {} : { action: advice };
        const details = { ...source, found: `"${one.found}"`, ...action };
        note(new CapsuleError('CONFIG_UNKNOWN_KEY', details), one.found);
      }
      const strange = new Set(unknown.map((one) => one.found));
      for (const [key, value] of strange.has(name) ? [] : Object.entries(section as object)) {
        const placed = options.get(key);
        if (placed === undefined || strange.has(`${name}.${key}`)) continue;
        try {
          values.push([key, checkValue(placed, value, source)]);
        } catch (thrown) {
          note(thrown, `${name}.${key}`);
        }
      }
    } catch (thrown) {
      note(thrown, name);
    }
  }
  problems.sort((a, b) => (a.row ?? 0) - (b.row ?? 0));
  return { task: found, given: Object.fromEntries(values) as PartialConfig, problems };
}
