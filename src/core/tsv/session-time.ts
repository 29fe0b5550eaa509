/**
 * Sessions in time. Clinica names a session by months since the first one, `ses-M006`, with two
 * digits in older folders (`ses-M06`): both are the same session. Other folders count (`ses-01`,
 * `ses-02`), which gives an order without durations, or use words, which give neither.
 */
import type { SessionKey } from './sessions.ts';

const MONTHS = /^ses-M(\d{1,12})$/;
const COUNTED = /^ses-([A-Za-z]*)(\d{1,12})$/;

/** What the names of the sessions of a table tell. */
export type TimeScale = 'months' | 'counted' | 'words';

/** What one name tells. */
interface NameOfSession {
  readonly months: number | undefined;
  readonly threeDigits: string;
  /** Word and number of a session that is counted. */
  readonly word: string | undefined;
  readonly number: number;
}

/** A table repeats a few names thousands of times: each is parsed once. */
const parsed = new Map<string, NameOfSession>();
const MOST_NAMES = 10_000;

function parse(session: string): NameOfSession {
  const known = parsed.get(session);
  if (known !== undefined) return known;
  const digits = MONTHS.exec(session)?.[1];
  const counted = COUNTED.exec(session);
  const months = digits === undefined ? undefined : Number(digits);
  const name = {
    months,
    threeDigits: months === undefined ? session : `ses-M${String(months).padStart(3, '0')}`,
    word: counted?.[1],
    number: Number(counted?.[2]),
  };
  if (parsed.size >= MOST_NAMES) parsed.clear();
  parsed.set(session, name);
  return name;
}

/** @returns months since the first session, or undefined for a session that is not named by months. */
export const monthsOf = (session: string): number | undefined => parse(session).months;

/** @returns `ses-M006` for `ses-M6` and `ses-M06`; other names as they are. */
export const withThreeDigits = (session: string): string => parse(session).threeDigits;

/** @returns a key that is the same for `ses-M06` and `ses-M006` of a participant. */
export function sessionIdentity({ participant, session }: SessionKey): string {
  return `${participant}/${withThreeDigits(session)}`;
}

/** @returns `months` when any session is named by months, `counted` when all are `ses-<word><number>`. */
export function timeScaleOf(sessions: readonly string[]): TimeScale {
  if (sessions.some((session) => monthsOf(session) !== undefined)) return 'months';
  const words = new Set(sessions.map((session) => parse(session).word));
  return words.size === 1 && !words.has(undefined) ? 'counted' : 'words';
}

/** Order in time where the names tell it: by months, by number, else by name. */
export function compareSessions(a: string, b: string): number {
  if (a === b) return 0;
  const [first, second] = [parse(a), parse(b)];
  const isCounted = first.word !== undefined && first.word === second.word;
  const difference = isCounted ? first.number - second.number : 0;
  return difference || compareText(a, b);
}

/** By participant, then in time. */
export function compareKeys(a: SessionKey, b: SessionKey): number {
  return compareText(a.participant, b.participant) || compareSessions(a.session, b.session);
}

/** By UTF-16 unit, which for ids is the order of pandas. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
