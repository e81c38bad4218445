const twoDigits = (value: number) => String(value).padStart(2, "0");
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Epoch milliseconds of an ISO 8601 UTC instant, digits below the millisecond kept as a fraction. */
export function toEpochMs(instant: string): number {
  const dot = instant.indexOf(".");
  if (dot === -1) return Date.parse(instant);
  const fraction = Number(`0.${instant.slice(dot + 1, -1)}`);
  return Date.parse(`${instant.slice(0, dot)}Z`) + fraction * 1000;
}

/** `14:58:41.204` in the reader's time zone. */
export function formatClockMs(epochMs: number): string {
  const time = new Date(epochMs);
  return `${formatClockSeconds(epochMs)}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}

/** `14:58:41` in the reader's time zone. */
export function formatClockSeconds(epochMs: number): string {
  return `${formatClock(epochMs)}:${twoDigits(new Date(epochMs).getSeconds())}`;
}

/** `14:58` in the reader's time zone. */
export function formatClock(epochMs: number): string {
  const time = new Date(epochMs);
  return `${twoDigits(time.getHours())}:${twoDigits(time.getMinutes())}`;
}

/** `21 Nov` in the reader's time zone. */
export function formatDay(epochMs: number): string {
  const time = new Date(epochMs);
  return `${time.getDate()} ${months[time.getMonth()] ?? ""}`;
}

/** `14:58`, with the day in front when it is not the day of `nowMs`. */
export function formatMoment(epochMs: number, nowMs: number): string {
  const clock = formatClock(epochMs);
  return formatDay(epochMs) === formatDay(nowMs) ? clock : `${formatDay(epochMs)} ${clock}`;
}

/** `2026-11-21T14:58`, what an `<input type="datetime-local">` holds. */
export function toLocalInput(epochMs: number): string {
  const time = new Date(epochMs);
  const day = `${time.getFullYear()}-${twoDigits(time.getMonth() + 1)}-${twoDigits(time.getDate())}`;
  return `${day}T${formatClock(epochMs)}`;
}
