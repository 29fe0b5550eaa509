/** Long lists in messages: how many there are, the first few, and how many more. */
import type { SessionKey } from '../tsv/sessions.ts';

/** @returns for instance `12: a, b, c and 9 more`. */
export function someOf(names: readonly string[], limit = 5): string {
  const shown = names.slice(0, limit).map((name) => name.slice(0, 80));
  const more = names.length - shown.length;
  return `${names.length}: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** As `someOf`, for sessions. */
export function someSessions(keys: readonly SessionKey[]): string {
  return someOf(keys.map(({ participant, session }) => `${participant} ${session}`));
}
