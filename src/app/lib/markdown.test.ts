import { describe, expect, it } from 'vitest';
import { inlines, markdownBlocks } from './markdown.ts';

const plain = (text: string) => ({ text, strong: false, code: false });

describe('the Markdown of a model card', () => {
  it('is headings, paragraphs, lists, tables and code', () => {
    const text = [
      '# Model card: A',
      'Written. **Not a device:** for `research`.',
      '| metric | value |\n|---|---|\n| BA | 0.5 |',
      '1. read\n2. extract',
      '- one\n- two',
      '```\nnode==24\n```',
    ].join('\n\n');
    const blocks = markdownBlocks(text);
    expect(blocks.map(({ kind }) => kind)).toEqual([
      'heading',
      'paragraph',
      'table',
      'list',
      'list',
      'code',
    ]);
    expect(blocks[0]).toEqual({ kind: 'heading', level: 1, text: 'Model card: A' });
    expect(blocks[2]).toEqual({
      kind: 'table',
      rows: [
        [[plain('metric')], [plain('value')]],
        [[plain('BA')], [plain('0.5')]],
      ],
    });
    expect(blocks[3]).toEqual({
      ...{ kind: 'list', ordered: true },
      items: [[plain('read')], [plain('extract')]],
    });
    expect(blocks[5]).toEqual({ kind: 'code', text: 'node==24' });
  });

  it('has strong words and code in its lines', () => {
    expect(inlines('a **b** `c` *d*')).toEqual([
      plain('a '),
      { text: 'b', strong: true, code: false },
      plain(' '),
      { text: 'c', strong: false, code: true },
      plain(' *d*'),
    ]);
  });

  it('keeps strokes in cells, empty cells, and what looks like HTML, as text', () => {
    const [table] = markdownBlocks('| a\\|b |  | <img src=x onerror=1> |');
    expect(table).toEqual({
      kind: 'table',
      rows: [[[plain('a|b')], [], [plain('<img src=x onerror=1>')]]],
    });
  });

  it('joins the lines of a paragraph, and takes nothing for a list that is not one throughout', () => {
    expect(markdownBlocks('- one\nand more')).toEqual([
      { kind: 'paragraph', text: [plain('- one and more')] },
    ]);
    expect(markdownBlocks('\n\n')).toEqual([]);
  });
});
