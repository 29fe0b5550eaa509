/** Repeated acquisitions of one session: `_run-1_`, `_run-2_`, ... The last one counts, as in Clinica. */

const RUN = /_run-(\d+)(?=[_.])/;

/** @returns the file with the highest run number when the files differ by nothing else; else undefined. */
export function highestRun(files: readonly string[]): string | undefined {
  const without = new Set(files.map((file) => file.replace(RUN, '')));
  const numbers = files.map((file) => Number(RUN.exec(file)?.[1] ?? NaN));
  if (without.size !== 1 || numbers.some(Number.isNaN)) return undefined;
  return files[numbers.indexOf(Math.max(...numbers))];
}
