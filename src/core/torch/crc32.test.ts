import { describe, expect, it } from 'vitest';
import { crc32 } from './crc32.ts';

const encode = (text: string) => new TextEncoder().encode(text);

describe('crc32', () => {
  it('gives the published check value, and zero for nothing', () => {
    expect(crc32(encode('123456789'))).toBe(0xcbf43926);
    expect(crc32(encode(''))).toBe(0);
  });

  it('goes on in chunks of any length', () => {
    const whole = encode('The quick brown fox jumps over the lazy dog');
    for (let cut = 0; cut <= whole.length; cut++) {
      expect(crc32(whole.subarray(cut), crc32(whole.subarray(0, cut)))).toBe(0x414fa339);
    }
  });
});
