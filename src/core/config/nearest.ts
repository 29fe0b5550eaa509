/** "Did you mean ...": the known name that takes the fewest single-letter edits (Levenshtein 1966). */

/** @returns the name of `names` nearest to `text`, case aside; undefined when none is near. */
export function nearest(text: string, names: readonly string[]): string | undefined {
  const typed = text.slice(0, 64).toLowerCase();
  let best: string | undefined;
  let fewest = Math.max(2, Math.ceil(typed.length / 3)) + 1;
  for (const name of names) {
    const edits = editDistance(typed, name.toLowerCase());
    if (edits < fewest) [best, fewest] = [name, edits];
  }
  return best;
}

/** What to do about a name that is not known; nothing where no known one is near. */
export function didYouMean(text: string, names: readonly string[]): { readonly action?: string } {
  const typed = text.toLowerCase();
  // The shortest that has all of it: it says the least that was not typed.
  const [containing] = names
    .filter((name) => typed.length > 3 && name.toLowerCase().includes(typed))
    .sort((a, b) => a.length - b.length);
  const near = nearest(text, names) ?? containing;
  return near === undefined ? {} : { action: `Did you mean "${near}"?` };
}

/** @returns how many insertions, deletions and replacements turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const removed = (previous[column] ?? 0) + 1;
      current.push(Math.min(replaced, removed, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
