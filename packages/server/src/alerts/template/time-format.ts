const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

export function weekdayName(ms: number): string {
  return DAYS[new Date(ms).getUTCDay()] ?? "";
}

export function monthName(ms: number): string {
  return MONTHS[new Date(ms).getUTCMonth()] ?? "";
}

function pad(value: number, size = 2): string {
  return String(value).padStart(size, "0");
}

/** `time.Time` as Go prints it: `2026-11-21 03:04:05.5 +0000 UTC`. */
export function formatGoTime(ms: number): string {
  return formatLayout(ms, "2006-01-02 15:04:05.999 -0700 MST");
}

type Piece = (date: Date) => string;

/** In this order they are looked for: the longer before what it starts with. */
const LAYOUT: ReadonlyMap<string, Piece> = new Map<string, Piece>([
  ["January", (date) => monthName(date.getTime())],
  ["Jan", (date) => monthName(date.getTime()).slice(0, 3)],
  ["Monday", (date) => weekdayName(date.getTime())],
  ["Mon", (date) => weekdayName(date.getTime()).slice(0, 3)],
  ["2006", (date) => pad(date.getUTCFullYear(), 4)],
  ["-07:00", () => "+00:00"],
  ["-0700", () => "+0000"],
  ["Z07:00", () => "Z"],
  ["Z0700", () => "Z"],
  ["MST", () => "UTC"],
  ["01", (date) => pad(date.getUTCMonth() + 1)],
  ["02", (date) => pad(date.getUTCDate())],
  ["_2", (date) => String(date.getUTCDate()).padStart(2)],
  ["03", (date) => pad(date.getUTCHours() % 12 || 12)],
  ["04", (date) => pad(date.getUTCMinutes())],
  ["05", (date) => pad(date.getUTCSeconds())],
  ["06", (date) => pad(date.getUTCFullYear() % 100)],
  ["15", (date) => pad(date.getUTCHours())],
  ["PM", (date) => (date.getUTCHours() < 12 ? "AM" : "PM")],
  ["pm", (date) => (date.getUTCHours() < 12 ? "am" : "pm")],
  ["1", (date) => String(date.getUTCMonth() + 1)],
  ["2", (date) => String(date.getUTCDate())],
  ["3", (date) => String(date.getUTCHours() % 12 || 12)],
  ["4", (date) => String(date.getUTCMinutes())],
  ["5", (date) => String(date.getUTCSeconds())],
]);
const LAYOUT_PIECE = new RegExp(`[.,](?:0+|9+)(?!\\d)|${[...LAYOUT.keys()].join("|")}`, "g");

function formatFraction(date: Date, piece: string): string {
  const digits = `${pad(date.getUTCMilliseconds(), 3)}000000`.slice(0, piece.length - 1);
  const kept = piece.includes("9") ? digits.replace(/0+$/, "") : digits;
  return kept === "" ? "" : `${piece[0]}${kept}`;
}

/** Writes a time (UTC) in a Go layout: `2006-01-02T15:04:05Z07:00`. */
export function formatLayout(ms: number, layout: string): string {
  const date = new Date(ms);
  return layout.replace(LAYOUT_PIECE, (piece) => LAYOUT.get(piece)?.(date) ?? formatFraction(date, piece));
}

/** `time.Duration` as Go prints it: `1h2m3.5s`, `1.5ms`, `0s`. */
export function formatGoDuration(seconds: number): string {
  const sign = seconds < 0 ? "-" : "";
  const total = Math.abs(seconds);
  if (total === 0) return "0s";
  if (total < 1e-6) return `${sign}${Math.round(total * 1e9)}ns`;
  if (total < 1e-3) return `${sign}${Number((total * 1e6).toFixed(3))}µs`;
  if (total < 1) return `${sign}${Number((total * 1e3).toFixed(6))}ms`;
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  const rest = Number((total % 60).toFixed(9));
  if (hours > 0) return `${sign}${hours}h${minutes}m${rest}s`;
  return minutes > 0 ? `${sign}${minutes}m${rest}s` : `${sign}${rest}s`;
}
