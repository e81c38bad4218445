import { randomFillSync } from "node:crypto";

const pool: Buffer = Buffer.allocUnsafe(4096);
let used: number = pool.length;

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const hex = pool.toString("hex", used, used + bytes);
  used += bytes;
  return hex;
}

/** A random trace id: 32 lower-case hex digits, never all zero. */
export function createTraceId(): string {
  const id = randomHex(16);
  return id === "00000000000000000000000000000000" ? createTraceId() : id;
}

/** A random span id: 16 lower-case hex digits, never all zero. */
export function createSpanId(): string {
  const id = randomHex(8);
  return id === "0000000000000000" ? createSpanId() : id;
}
