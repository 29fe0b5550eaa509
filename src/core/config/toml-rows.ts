/**
 * In which line of a TOML text a section or a key stands. The parser keeps no places, and a message
 * needs them; this finds plain and quoted keys, and leaves out what stands in texts of several lines.
 */

/** A bare key, or one in quotes. */
const KEY = String.raw`(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')`;
const PATH = String.raw`${KEY}(?:\s*\.\s*${KEY})*`;
const HEADER = new RegExp(String.raw`^\s*\[\s*(${PATH})\s*\]`);
const PAIR = new RegExp(String.raw`^\s*(${PATH})\s*=(.*)$`);

/** @returns rows, from 1, by `Section` and `Section.key`. */
export function keyRows(text: string): ReadonlyMap<string, number> {
  const rows = new Map<string, number>();
  let section = '';
  let open: string | undefined;
  text.split(/\r?\n/).forEach((line, index) => {
    if (open !== undefined) {
      if (line.includes(open)) open = undefined;
      return;
    }
    const header = HEADER.exec(line)?.[1];
    if (header !== undefined) {
      section = plain(header);
      note(rows, section, index + 1);
      return;
    }
    const [, path, value = ''] = PAIR.exec(line) ?? [];
    if (path === undefined) return;
    note(rows, section === '' ? plain(path) : `${section}.${plain(path)}`, index + 1);
    const quotes = ['"""', "'''"].find((mark) => value.trimStart().startsWith(mark));
    if (quotes !== undefined && value.split(quotes).length === 2) open = quotes;
  });
  return rows;
}

/** The first place counts, also of a table that is spelt in parts: `Classification.label_code.AD`. */
function note(rows: Map<string, number>, path: string, row: number): void {
  const parts = path.split('.');
  parts.forEach((_part, index) => {
    const name = parts.slice(0, index + 1).join('.');
    if (!rows.has(name)) rows.set(name, row);
  });
}

const plain = (path: string): string =>
  path
    .split('.')
    .map((part) => part.trim().replace(/^(["'])(.*)\1$/, '$2'))
    .join('.');
