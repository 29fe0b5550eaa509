/**
 * File patterns as Python's `glob` reads them: `*`, `?` and `[...]` within one folder name. A
 * pattern matches at any depth, by its last folders. Patterns can come from a user's suffix, so
 * matching takes linear memory and never more than pattern times name steps.
 */

/** A letter, `*` for any run of letters, or one letter out of a set. */
type Piece = string | ((letter: string) => boolean);

export interface GlobOptions {
  /** ClinicaDL looks for volumes without regard to case, and for masks with it. */
  readonly caseSensitive?: boolean;
}

/** @returns whether the last folders and the name of a path match `pattern`. */
export function compileGlob(
  pattern: string,
  { caseSensitive = false }: GlobOptions = {},
): (path: string) => boolean {
  const fold = (text: string) => (caseSensitive ? text : text.toLowerCase());
  const segments = fold(pattern)
    .split('/')
    .map((segment) => piecesOf(segment));
  return (path) => {
    const names = fold(path).split('/');
    const offset = names.length - segments.length;
    return (
      offset >= 0 &&
      segments.every((pieces, position) => matches(pieces, names[offset + position] ?? ''))
    );
  };
}

const STAR = '*';

function piecesOf(segment: string): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < segment.length; at += 1) {
    const letter = segment[at] ?? '';
    const end = letter === '[' ? segment.indexOf(']', at + 2) : -1;
    if (letter === '?') pieces.push(() => true);
    else if (end > 0) {
      pieces.push(setOf(segment.slice(at + 1, end)));
      at = end;
    } else pieces.push(letter);
  }
  return pieces;
}

/** The letters between brackets: single ones, ranges such as `0-9`, all others after `!`. */
function setOf(body: string): (letter: string) => boolean {
  const negated = body.startsWith('!');
  const ranges: [string, string][] = [];
  for (let at = negated ? 1 : 0; at < body.length; at += 1) {
    const from = body[at] ?? '';
    const to = body[at + 1] === '-' ? body[at + 2] : undefined;
    ranges.push([from, to ?? from]);
    if (to !== undefined) at += 2;
  }
  return (letter) => ranges.some(([from, to]) => from <= letter && letter <= to) !== negated;
}

/** Greedy matching with one point of return: the last star. */
function matches(pieces: readonly Piece[], name: string): boolean {
  let piece = 0;
  let at = 0;
  let starPiece = -1;
  let starAt = 0;
  while (at < name.length) {
    const current = pieces[piece];
    if (current === STAR) {
      starPiece = piece;
      starAt = at;
      piece += 1;
    } else if (current !== undefined && fits(current, name[at] ?? '')) {
      piece += 1;
      at += 1;
    } else if (starPiece >= 0) {
      piece = starPiece + 1;
      starAt += 1;
      at = starAt;
    } else return false;
  }
  while (pieces[piece] === STAR) piece += 1;
  return piece === pieces.length;
}

function fits(piece: Piece, letter: string): boolean {
  return typeof piece === 'string' ? piece === letter : piece(letter);
}
