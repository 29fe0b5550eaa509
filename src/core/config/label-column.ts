/** The column of the tables that an experiment predicts. */
import type { Config } from './schema.ts';

/** @returns its name; '' for a reconstruction, which has none */
export function labelColumn({
  network_task: task,
  label,
}: Pick<Config, 'network_task' | 'label'>): string {
  return task === 'reconstruction' ? '' : (label ?? '');
}
