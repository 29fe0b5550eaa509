/**
 * The help text of each finding of the leakage audit, out of docs/leakage.md, which is bundled with
 * the page: it is there without a network, and says what the documentation says.
 */
import text from '../../../docs/leakage.md?raw';

/** A stretch of text, or of code. */
export interface HelpPart {
  readonly text: string;
  readonly isCode: boolean;
}

export interface LeakHelp {
  readonly what: readonly HelpPart[];
  readonly why: readonly HelpPart[];
  readonly fix: readonly HelpPart[];
}

const sections = new Map<string, LeakHelp>(
  text
    .split(/^### /m)
    .slice(1)
    .flatMap((section): [string, LeakHelp][] => {
      const [code = '', ...lines] = section.trim().split('\n');
      const body = lines.join(' ').replace(/\s+/g, ' ');
      const part = (name: string, next: string): HelpPart[] => {
        const found = new RegExp(`\\*\\*${name}\\.\\*\\*(.*?)${next}`).exec(`${body}**end**`);
        return partsOf(found?.[1]?.trim() ?? '');
      };
      const what = part('What', '\\*\\*Why');
      return [[code, { what, why: part('Why', '\\*\\*Fix'), fix: part('Fix', '\\*\\*end') }]];
    }),
);

/** @returns the help on a code; undefined when the documentation has none. */
export const leakHelp = (code: string): LeakHelp | undefined => sections.get(code);

function partsOf(paragraph: string): HelpPart[] {
  return paragraph
    .split('`')
    .map((piece, index) => ({ text: piece, isCode: index % 2 === 1 }))
    .filter((piece) => piece.text !== '');
}
