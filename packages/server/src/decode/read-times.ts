/** Unix nanoseconds (fixed64 at `at`) as whole milliseconds, exactly; -1 where they do not fit signed 64 bits. */
export function readMilliseconds(bytes: Buffer, at: number): number {
  const low = bytes.readUInt32LE(at);
  const high = bytes.readUInt32LE(at + 4);
  if (high > 0x7fffffff) return -1;
  // high · 2^32 + low = high · 4294 · 10^6 + (high · 967,296 + low), and the second part stays below 2^53.
  return high * 4294 + Math.floor((high * 967_296 + low) / 1e6);
}

/** A fixed64 as a number; exact below 2^53. */
export function readCount(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at);
}
