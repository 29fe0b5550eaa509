/**
 * Quoted cells that do not end: `"abc` swallows the rest of a file without a word, and `"abc"d` loses
 * its `d`. A cell is quoted when its first character is `"`; `""` inside stands for one (RFC 4180).
 */

/** @returns the line, counted from 1, of the first quoted cell that does not end with its quote. */
export function openQuote(text: string): number | undefined {
  let start = text.indexOf('"');
  while (start !== -1) {
    if (!startsCell(text, start)) {
      start = text.indexOf('"', start + 1);
      continue;
    }
    const end = closingQuote(text, start);
    if (end === -1 || !endsCell(text, end)) return text.slice(0, start).split('\n').length;
    start = text.indexOf('"', end + 1);
  }
  return undefined;
}

function closingQuote(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
  return end;
}

const startsCell = (text: string, at: number): boolean =>
  at === 0 || '\t\n\r\uFEFF'.includes(text[at - 1] ?? '');

const endsCell = (text: string, at: number): boolean =>
  at + 1 === text.length || '\t\n\r'.includes(text[at + 1] ?? '');
