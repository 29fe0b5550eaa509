/** Which options of an experiment someone has changed. */
import {
  defaultConfig,
  optionsOf,
  type Config,
  type PartialConfig,
  type PlacedOption,
} from './schema.ts';

/** Values of options are plain data. */
export const sameValue = (a: unknown, b: unknown): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

/** @returns the value of an option, by its key. */
export const valueOf = (config: Config | PartialConfig, key: string): unknown =>
  (config as Readonly<Record<string, unknown>>)[key];

/** @returns the options whose value is not that of `base`, in the order of the schema. */
export function changedOptions(
  config: Config,
  base: Config = defaultConfig(config.network_task),
): PlacedOption[] {
  return optionsOf(config.network_task).filter(
    ({ key }) => !sameValue(valueOf(config, key), valueOf(base, key)),
  );
}
