/**
 * What the page is allowed to do: load itself, and nothing else. Sent on every response, because a
 * `<meta>` policy does not reach workers loaded by URL.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' blob: data:",
  "font-src 'self'",
  "connect-src 'self' blob:",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Below all requests, in the browser's network: also what no Content-Security-Policy speaks of, such as
 * navigation, connections opened ahead of a visit, and peer connections, wherever a program got one.
 * https://wicg.github.io/connection-allowlists/, in Chrome from version 152.
 */
export const connectionAllowlist = '(response-origin)';

export const securityHeaders: Record<string, string> = {
  'Content-Security-Policy': contentSecurityPolicy,
  'Connection-Allowlist': connectionAllowlist,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};
