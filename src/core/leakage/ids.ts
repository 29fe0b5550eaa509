/**
 * Ids that people write in several ways: `sub-01`, `sub-001` and `sub-1`; `ADNI_002_S_0295` and
 * `adni002s0295`. Two ids are alike when they differ in case, zero padding or separators only. They
 * are not taken for the same: that is for a human to say.
 */
import { compareText } from '../tsv/session-time.ts';

/** @returns groups of different ids that are alike, ids sorted within a group, groups by their first. */
export function alikeGroups(ids: Iterable<string>): string[][] {
  const groups = new Map<string, Set<string>>();
  for (const id of new Set(ids)) {
    const known = alikeKeys(id).flatMap((key) => [...(groups.get(key) ?? [])]);
    const group = new Set([id, ...known]);
    for (const member of group) for (const key of alikeKeys(member)) groups.set(key, group);
  }
  return [...new Set(groups.values())]
    .filter(({ size }) => size > 1)
    .map((group) => [...group].sort())
    .sort(([one = ''], [other = '']) => compareText(one, other));
}

/**
 * @returns two keys; ids that have one of them in common are alike. The first tells `1-10` from
 * `11-0` and needs separators where numbers meet, the second knows no separators at all.
 */
function alikeKeys(id: string): string[] {
  const bare = id.replace(/^(sub|ses)-/i, '').toLowerCase();
  const words = (text: string) =>
    (text.match(/\p{L}+|\p{N}+/gu) ?? []).map((word) => word.replace(/^0+(?=\p{N})/u, ''));
  const glued = words(bare.replace(/[^\p{L}\p{N}]+/gu, '')).join('');
  const apart = words(bare)
    .join('-')
    .replace(/(?<!\p{N})-|-(?!\p{N})/gu, '');
  return [`apart ${apart}`, `glued ${glued}`];
}
