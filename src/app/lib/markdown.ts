/**
 * The few forms of Markdown that a model card is written in, as blocks for the page to show. Text stays
 * text: what is no such form is shown as it stands, and nothing becomes HTML.
 */

export type Inline = { readonly text: string; readonly strong: boolean; readonly code: boolean };

export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: readonly Inline[] }
  | {
      readonly kind: 'list';
      readonly ordered: boolean;
      readonly items: readonly (readonly Inline[])[];
    }
  | { readonly kind: 'table'; readonly rows: readonly (readonly (readonly Inline[])[])[] }
  | { readonly kind: 'code'; readonly text: string };

/** @param text - blocks stand apart by an empty line @returns them in their order */
export function markdownBlocks(text: string): Block[] {
  return text
    .split(/\n{2,}/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(blockOf);
}

function blockOf(part: string): Block {
  const lines = part.split('\n');
  const [first = ''] = lines;
  const heading = /^(#{1,6}) (.*)$/.exec(first);
  if (heading !== null && lines.length === 1) {
    return { kind: 'heading', level: heading[1]?.length ?? 1, text: heading[2] ?? '' };
  }
  if (first.startsWith('```')) return { kind: 'code', text: lines.slice(1, -1).join('\n') };
  if (lines.every((line) => line.startsWith('|'))) {
    const rows = lines.filter((line) => !/^\|(?:-+\|)+$/.test(line));
    return { kind: 'table', rows: rows.map((line) => cellsOf(line).map(inlines)) };
  }
  const items = lines.map((line) => /^(?:- |\d+\. )(.*)$/.exec(line)?.[1]);
  if (items.every((item) => item !== undefined)) {
    return { kind: 'list', ordered: /^\d/.test(first), items: items.map(inlines) };
  }
  return { kind: 'paragraph', text: inlines(lines.join(' ')) };
}

/** A stroke inside a cell is written `\|`. */
function cellsOf(line: string): string[] {
  const inside = line.replace(/^\|/, '').replace(/\|$/, '');
  return inside.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
}

/** Strong words and code; nothing else. */
export function inlines(text: string): Inline[] {
  return text
    .split(/(\*\*[^*]+\*\*|`[^`]+`)/)
    .filter((part) => part !== '')
    .map((part) => {
      const strong = /^\*\*([^*]+)\*\*$/.exec(part)?.[1];
      const code = /^`([^`]+)`$/.exec(part)?.[1];
      return {
        text: strong ?? code ?? part,
        ...{ strong: strong !== undefined, code: code !== undefined },
      };
    });
}
