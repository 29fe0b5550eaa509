/**
 * Every word that a person reads stands in a catalogue (strings*.ts): no Svelte file holds text of its
 * own, neither between its tags, nor in an attribute that is shown or read out, nor in an expression
 * of either.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'svelte/compiler';
import { describe, expect, test } from 'vitest';

const shown = ['aria-label', 'aria-description', 'aria-roledescription', 'aria-valuetext'];
shown.push('alt', 'label', 'placeholder', 'title', 'description', 'empty', 'lead', 'help');

interface Node {
  readonly type: string;
  readonly name?: string;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

/** Two letters in a row that are no entity: `›`, `%`, `×` and `:` are signs, not words. */
const hasWords = (text: string): boolean => /\p{L}{2}/u.test(text.replace(/&[a-z]+;/g, ''));

/** @returns the texts of a Svelte file that no catalogue holds */
export function literalsIn(source: string): string[] {
  const found: string[] = [];
  const told = (text: unknown): void => {
    if (typeof text === 'string' && hasWords(text)) found.push(text.trim());
  };

  /** What an expression may come to: its strings, but not those that it compares or looks up with. */
  function results(node: Node): void {
    if (node.type === 'Literal') told(node['value']);
    if (node.type === 'TemplateLiteral') {
      for (const part of node['quasis'] as readonly Node[]) {
        told((part['value'] as { cooked: string }).cooked);
      }
    }
    const next: Readonly<Record<string, readonly string[]>> = {
      ConditionalExpression: ['consequent', 'alternate'],
      LogicalExpression: ['left', 'right'],
      BinaryExpression: node['operator'] === '+' ? ['left', 'right'] : [],
      ArrayExpression: ['elements'],
      TSAsExpression: ['expression'],
    };
    for (const key of next[node.type] ?? []) {
      for (const child of [node[key]].flat()) if (isNode(child)) results(child);
    }
  }

  function attribute(node: Node): void {
    if (!shown.includes(node.name ?? '') || node['value'] === true) return;
    for (const part of [node['value']].flat() as readonly Node[]) {
      if (part.type === 'Text') told(part['data']);
      else results(part['expression'] as Node);
    }
  }

  function walk(node: Node): void {
    if (node.type === 'Attribute') return attribute(node);
    // `style:` and `class:`, and names of options and keys, which are the same in every language.
    if (node.type.endsWith('Directive') || ['code', 'kbd'].includes(node.name ?? '')) return;
    if (node.type === 'Text') told(node['data']);
    if (node.type === 'ExpressionTag') results(node['expression'] as Node);
    for (const [key, value] of Object.entries(node)) {
      if (key === 'expression' || key === 'metadata') continue;
      for (const child of [value].flat()) if (isNode(child)) walk(child);
    }
  }

  walk(parse(source, { modern: true }).fragment as unknown as Node);
  return found;
}

describe('finds text that is in no catalogue', () => {
  test.each([
    ['between tags', '<p>Open a folder</p>', ['Open a folder']],
    ['in a branch', '{#if a}<b>Yes, sir</b>{:else}no{/if}', ['Yes, sir', 'no']],
    ['in an attribute', '<button aria-label="Close it"></button>', ['Close it']],
    ['in part of an attribute', '<i title="Scan {name}"></i>', ['Scan']],
    ['in an expression', '<p>{on ? "Shown" : t.hidden}</p>', ['Shown']],
    ['in a template of an attribute', '<i aria-label={`of ${name}`}></i>', ['of']],
    ['in a snippet', '{#snippet cell()}<td>none</td>{/snippet}', ['none']],
  ])('%s', (_where, source, expected) => {
    expect(literalsIn(source)).toEqual(expected);
  });

  test.each([
    ['signs', '<p>{a} › {b} %&nbsp;×</p>'],
    [
      'attributes that nobody reads',
      '<div class="panel" id="a-title" data-testid="problems"></div>',
    ],
    ['what is compared', '<p>{kind === "error" ? t.error : t.note}</p>'],
    ['style', '<i style:height="{size}px"></i>'],
    ['names of options', '<code>multi_network</code>'],
    ['what is looked up', '<p>{t["name"]}{label("name")}</p>'],
  ])('and passes %s', (_what, source) => {
    expect(literalsIn(source)).toEqual([]);
  });
});

const folder = fileURLToPath(new URL('.', import.meta.url));

const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
test.each(files.filter((file) => file.endsWith('.svelte')).sort())(
  '%s holds no text of its own',
  (file) => {
    expect(literalsIn(readFileSync(`${folder}${file}`, 'utf8'))).toEqual([]);
  },
);
