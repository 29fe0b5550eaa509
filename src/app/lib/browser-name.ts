/** Which browser this is, as far as what it says of itself tells: which help comes first. */

export type BrowserName = 'chrome' | 'chromeLinux' | 'firefox' | 'safari';

/** @param agent - `navigator.userAgent` @returns undefined for one that is not known */
export function browserName(agent: string): BrowserName | undefined {
  if (/Firefox\//.test(agent)) return 'firefox';
  // Android says Linux, too, and has WebGPU without a flag.
  if (/(?:Chrome|Chromium|Edg)\//.test(agent)) {
    return /Linux/.test(agent) && !/Android/.test(agent) ? 'chromeLinux' : 'chrome';
  }
  return /Safari\//.test(agent) ? 'safari' : undefined;
}
