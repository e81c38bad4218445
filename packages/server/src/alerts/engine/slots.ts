/** FNV-1a, 32 bits: spreads the groups over their interval, the same way after every restart. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}

/** Where in its interval a group is evaluated, in ms. */
export function slotOffsetMs(groupKey: string, intervalMs: number): number {
  return hash(groupKey) % intervalMs;
}

/** The latest slot at or before a time. */
export function slotAtMs(nowMs: number, intervalMs: number, offsetMs: number): number {
  return Math.floor((nowMs - offsetMs) / intervalMs) * intervalMs + offsetMs;
}
