/** From one task to another: what stays as it was set. */
import { defaultConfig, optionsOf, type Config, type PartialConfig, type Task } from './schema.ts';

/** Its values mean something else in every task. */
const OF_TASK: ReadonlySet<string> = new Set([
  ...['architecture', 'selection_metrics', 'label', 'label_code', 'selection_threshold', 'loss'],
]);

/** @returns the options of `config` that mean something in its task alone, but for the label. */
export function optionsOfTask(config: Config): PartialConfig {
  const known = optionsOf(config.network_task).filter(({ key }) => OF_TASK.has(key));
  const values = config as unknown as Readonly<Record<string, unknown>>;
  const own = known.filter(({ key }) => key !== 'label').map(({ key }) => [key, values[key]]);
  return Object.fromEntries(own) as PartialConfig;
}

/** @returns the options of `config` that were changed and that mean the same in `task`. */
export function sharedOptions(config: Config, task: Task): PartialConfig {
  const values = config as unknown as Readonly<Record<string, unknown>>;
  const defaults = defaultConfig(config.network_task) as unknown as Readonly<
    Record<string, unknown>
  >;
  const kept = optionsOf(task)
    .map(({ key }) => key)
    .filter((key) => !OF_TASK.has(key) && key in values && values[key] !== defaults[key]);
  return Object.fromEntries(kept.map((key) => [key, values[key]])) as PartialConfig;
}
