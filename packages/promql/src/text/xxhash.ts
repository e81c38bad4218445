// xxHash64 with seed 0, for `limit_ratio` alone: which series it keeps must be those Prometheus
// keeps, and that is decided by this hash.

const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;

function wrap(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function rotate(value: bigint, bits: bigint): bigint {
  return wrap((value << bits) | (value >> (64n - bits)));
}

function round(accumulator: bigint, input: bigint): bigint {
  return wrap(rotate(wrap(accumulator + input * P2), 31n) * P1);
}

function merge(hash: bigint, lane: bigint): bigint {
  return wrap((hash ^ round(0n, lane)) * P1 + P4);
}

function hashStripes(view: DataView): { hash: bigint; at: number } {
  let lanes = [wrap(P1 + P2), P2, 0n, wrap(-P1)];
  let at = 0;
  for (; at + 32 <= view.byteLength; at += 32) {
    const base = at;
    lanes = lanes.map((lane, i) => round(lane, view.getBigUint64(base + i * 8, true)));
  }
  const turns = [1n, 7n, 12n, 18n];
  const mixed = lanes.reduce((sum, lane, i) => sum + rotate(lane, turns[i] ?? 0n), 0n);
  return { hash: lanes.reduce(merge, wrap(mixed)), at };
}

function finish(start: bigint): bigint {
  let hash = wrap((start ^ (start >> 33n)) * P2);
  hash = wrap((hash ^ (hash >> 29n)) * P3);
  return hash ^ (hash >> 32n);
}

/** The 64-bit xxHash of some bytes. */
export function xxhash64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = bytes.length >= 32 ? hashStripes(view) : { hash: P5, at: 0 };
  let hash = wrap(start.hash + BigInt(bytes.length));
  let { at } = start;
  for (; at + 8 <= bytes.length; at += 8) {
    hash = wrap(rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * P1 + P4);
  }
  if (at + 4 <= bytes.length) {
    hash = wrap(rotate(hash ^ wrap(BigInt(view.getUint32(at, true)) * P1), 23n) * P2 + P3);
    at += 4;
  }
  for (; at < bytes.length; at++) {
    hash = wrap(rotate(hash ^ wrap(BigInt(bytes[at] ?? 0) * P5), 11n) * P1);
  }
  return finish(hash);
}
