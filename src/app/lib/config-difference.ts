/** What differs between the configurations of several models: the keys of maps.json that are not the same in all. */
import type { ModelSummary } from '../../jobs/session-api.ts';

export interface Difference {
  readonly key: string;
  /** One a model, as the key would be written; '' where a model does not have it. */
  readonly values: readonly string[];
}

/** Names folders of the computer it was trained on, or changes nothing. */
const LEFT_OUT = new Set([
  ...['transfer_path', 'caps_directory', 'tsv_path', 'n_proc', 'gpu', 'profiler'],
  ...['emissions_calculator', 'track_exp', 'output_maps_directory', 'nondeterministic'],
]);

/**
 * @returns in alphabetical order; nothing for fewer than two models. Where the configuration of one is
 * not known, what the models themselves tell.
 */
export function differencesOf(models: readonly ModelSummary[]): Difference[] {
  if (models.length < 2) return [];
  const areKnown = models.every(({ config }) => config !== undefined);
  const tables = models.map((model) => ({
    ...(areKnown ? model.config : {}),
    mode: model.mode,
    architecture: model.architecture,
    input_size: model.inputSize,
  }));
  const keys = [...new Set(tables.flatMap((table) => Object.keys(table)))].sort();
  return keys.flatMap((key) => {
    if (LEFT_OUT.has(key)) return [];
    const values = tables.map((table) => written((table as Record<string, unknown>)[key]));
    return new Set(values).size > 1 ? [{ key, values }] : [];
  });
}

function written(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
