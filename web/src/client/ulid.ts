/**
 * ULIDs: 48 bits of time and 80 random bits in 26 letters of Crockford's base 32
 * (github.com/ulid/spec). They name commands, and are their idempotency keys.
 */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Make a new id. `now`: milliseconds since 1970. */
export function ulid(now: number = Date.now()): string {
  let time = '';
  for (let rest = now, i = 0; i < 10; i++) {
    time = LETTERS.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  let random = '';
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) {
    random += LETTERS.charAt(byte & 31); // 256 is a multiple of 32: no bias
  }
  return time + random;
}
