/** Dates as the logs of a MAPS have them, in the computer's own time zone. */

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

const two = (value: number): string => String(value).padStart(2, '0');

/** @returns such as `23 Nov 2026, 07:24:49`. */
export function informationDate(milliseconds: number): string {
  const date = new Date(milliseconds);
  return `${two(date.getDate())} ${MONTHS[date.getMonth()]} ${date.getFullYear()}, ${time(date)}`;
}

/** @returns such as `2026-11-23 07:25:23.441000`. */
export function descriptionDate(milliseconds: number): string {
  const date = new Date(milliseconds);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${time(date)}.${String(date.getMilliseconds()).padStart(3, '0')}000`;
}

function time(date: Date): string {
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
}
