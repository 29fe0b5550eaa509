/**
 * ClinicaDL's short options have several letters (`-lr`, `-esteps`), which POSIX parsers take for
 * bundles of one-letter ones. They are spelt out before the command line is parsed.
 */
export type LongByShort = ReadonlyMap<string, string>;

/** @returns the arguments with short names of two letters or more replaced by their long names. */
export function spellOut(args: readonly string[], longByShort: LongByShort): string[] {
  const end = args.indexOf('--');
  return args.map((argument, index) => {
    if (end !== -1 && index >= end) return argument;
    const [name = '', ...value] = argument.split('=');
    const long = longByShort.get(name);
    return long === undefined ? argument : [long, ...value].join('=');
  });
}
