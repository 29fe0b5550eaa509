/**
 * The address that the proof tries to reach. Nothing real stands there: names that end in `.invalid`
 * belong to nobody (RFC 2606), so that even an attempt that nothing stops reaches no one. A test may
 * name a server on the same computer instead.
 */
export const defaultTarget = 'https://capsule-proof.invalid';

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * @param asked - the origin asked for, or null
 * @returns it if it is on this computer; the default for anything else
 */
export function targetFrom(asked: string | null): string {
  if (asked === null || !URL.canParse(asked)) return defaultTarget;
  const { protocol, hostname, origin } = new URL(asked);
  const isHttp = protocol === 'http:' || protocol === 'https:';
  return isHttp && loopback.has(hostname) ? origin : defaultTarget;
}
