const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
const YEAR_MS = 365 * DAY_MS;

const UNITS: readonly (readonly [name: string, ms: number])[] = [
  ["y", YEAR_MS],
  ["w", WEEK_MS],
  ["d", DAY_MS],
  ["h", HOUR_MS],
  ["m", MINUTE_MS],
  ["s", SECOND_MS],
  ["ms", 1],
];
const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
/** Go's time.Duration holds int64 nanoseconds. */
const MAX_DURATION_MS = 9_223_372_036_854;

/** Reads `1h30m`, `5m`, `10ms`, `0`. Answers milliseconds, or the complaint as Prometheus words it. */
export function parseDurationMs(text: string): number | { error: string } {
  if (text === "0") return 0;
  if (text === "") return { error: "empty duration string" };
  const match = DURATION.exec(text);
  if (match === null) return { error: complain(text) };
  let totalMs = 0;
  UNITS.forEach(([, unitMs], index) => {
    const count = match[index + 1];
    if (count !== undefined) totalMs += Number(count) * unitMs;
  });
  return totalMs > MAX_DURATION_MS ? { error: "duration out of range" } : totalMs;
}

function complain(text: string): string {
  const units = UNITS.map(([name]) => name);
  const unknown = [...text.matchAll(/\d+([a-zA-Z]+)/g)].find(([, unit]) => !units.includes(unit ?? ""));
  if (unknown !== undefined) return `unknown unit "${unknown[1]}" in duration "${text}"`;
  return `not a valid duration string: "${text}"`;
}

/** Writes milliseconds as Prometheus does: `1h30m`; years and weeks only when nothing is left over. */
export function formatDurationMs(durationMs: number): string {
  if (durationMs === 0) return "0s";
  let restMs = Math.abs(durationMs);
  let out = durationMs < 0 ? "-" : "";
  for (const [name, unitMs] of UNITS) {
    if ((name === "y" || name === "w") && restMs % unitMs !== 0) continue;
    const count = Math.floor(restMs / unitMs);
    if (count > 0) out += `${count}${name}`;
    restMs -= count * unitMs;
  }
  return out;
}
