/** Which sessions are left out, and the reasons that were noted; nothing is changed in place. */
export type Reasons = ReadonlyMap<string, string>;

export const noReasons: Reasons = new Map();

export function withReasons(reasons: Reasons, keys: readonly string[], why: string): Reasons {
  return new Map([...reasons, ...keys.map((key) => [key, why] as const)]);
}

/** @returns the keys that are not in the list yet, once each */
export function newOnes(list: readonly string[], keys: readonly string[]): string[] {
  const known = new Set(list);
  return [...new Set(keys)].filter((key) => !known.has(key));
}

export function without(list: readonly string[], keys: readonly string[]): string[] {
  const gone = new Set(keys);
  return list.filter((key) => !gone.has(key));
}
