/** Names of the files of a map, after ClinicaDL's `<sub>_<ses>_..._map`. */
import type { ExplainRequest } from '../../jobs/session-api.ts';

/** @param target - class or label; letters that a file name may not have become dashes */
export function fileNameOf(
  { participant, session, group, method, part }: ExplainRequest,
  target: string,
  end: string,
): string {
  const who =
    group === undefined
      ? [participant, session]
      : ['mean', group.name, ...(group.className === undefined ? [] : [group.className])];
  const of = part === undefined ? [] : [`part-${part}`];
  return [...who, method?.method ?? 'gradients', target, ...of, end]
    .map((word) => word.replace(/[^A-Za-z0-9.+-]+/g, '-'))
    .join('_');
}
