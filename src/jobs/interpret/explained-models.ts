/**
 * Which of a MAPS's models are explained, in words: as in ClinicaDL 1.6.1 those chosen by the loss
 * when nobody names others, and it is easily missed that there are others.
 */
import type { MapsSplit } from '../../core/maps/split-reader.ts';

/** @param asked - selection metrics that the user named; none for the default */
export function explainedModels(
  splits: readonly Pick<MapsSplit, 'name' | 'metrics'>[],
  asked: readonly string[],
): string {
  const explained = new Set(asked.length === 0 ? ['loss'] : asked);
  const names = (metrics: Iterable<string>) =>
    [...metrics].map((metric) => `best-${metric}`).join(', ');
  const there = new Set(splits.flatMap(({ metrics }) => metrics));
  const left = [...there].filter((metric) => !explained.has(metric));
  const of = splits.map(({ name }) => name).join(', ');
  const said = `Explained: ${names(explained)} of ${of}.`;
  if (left.length === 0) return `${said} There is no other model.`;
  const options = left.map((metric) => `-sm ${metric}`).join(' ');
  return `${said} Not explained: ${names(left)} (${options} asks for ${left.length === 1 ? 'it' : 'them'}).`;
}
