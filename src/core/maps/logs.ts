/** The two texts of a MAPS: `information.log`, and `description.log` beside every prediction. */

/** @param date - such as `23 Nov 2026, 07:24:49`. @param network - its layers, as printed. */
export function informationLog(date: string, path: string, network: string): string {
  return `- Date :\t${date}\n\n- Path :\t${path}\n\n- Model :\t${network}\n\n`;
}

export interface Description {
  readonly group: string;
  /** Such as `2026-11-23 07:25:23.441849`. */
  readonly date: string;
  /** CAPS folder by cohort; a single one is called `single`. */
  readonly caps: ReadonlyMap<string, string>;
  readonly participants: number;
  readonly sessions: number;
}

export function descriptionLog({ group, date, caps, ...counts }: Description): string {
  const folders = [...caps].map(
    ([cohort, folder]) => `${pythonText(cohort)}: PosixPath(${pythonText(folder)})`,
  );
  return [
    `Prediction ${group} group - ${date}`,
    `Data loaded from CAPS directories: {${folders.join(', ')}}`,
    `Number of participants: ${counts.participants}`,
    `Number of sessions: ${counts.sessions}`,
    '',
  ].join('\n');
}

/** Python's `repr` of a text: single quotes, double ones where it holds a single one and no double. */
function pythonText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`);
  return quote + escaped + quote;
}
