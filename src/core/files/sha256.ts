/** SHA-256 of what is held whole, by Web Crypto; `blockDigest` is for what is not. */

/** @returns 32 bytes */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** @returns two hexadecimal digits a byte */
export const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
