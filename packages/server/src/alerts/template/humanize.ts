import { formatGeneral } from "./number-format.ts";

const LARGE = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const SMALL = ["m", "u", "n", "p", "f", "a", "z", "y"];
const BINARY = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];

function scaleDown(value: number, prefixes: readonly string[], base: number): string {
  let scaled = value;
  let prefix = "";
  for (const next of prefixes) {
    if (Math.abs(scaled) < base) break;
    prefix = next;
    scaled /= base;
  }
  return `${formatGeneral(scaled, 4)}${prefix}`;
}

function scaleUp(value: number): string {
  let scaled = value;
  let prefix = "";
  for (const next of SMALL) {
    if (Math.abs(scaled) >= 1) break;
    prefix = next;
    scaled *= 1000;
  }
  return `${formatGeneral(scaled, 4)}${prefix}`;
}

/** `1234567` → `1.235M`. */
export function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return formatGeneral(value, 4);
  return Math.abs(value) >= 1 ? scaleDown(value, LARGE, 1000) : scaleUp(value);
}

/** `1536` → `1.5ki`. */
export function humanize1024(value: number): string {
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return formatGeneral(value, 4);
  return scaleDown(value, BINARY, 1024);
}

/** Seconds → `1d 2h 3m 4s`. */
export function humanizeDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return formatGeneral(seconds, 4);
  if (seconds === 0) return "0s";
  if (Math.abs(seconds) < 1) return `${scaleUp(seconds)}s`;
  const sign = seconds < 0 ? "-" : "";
  const total = Math.abs(seconds);
  const whole = Math.trunc(total);
  const parts = [
    `${Math.floor(whole / 86_400)}d`,
    `${Math.floor(whole / 3600) % 24}h`,
    `${Math.floor(whole / 60) % 60}m`,
    `${whole % 60}s`,
  ];
  const first = [86_400, 3600, 60].findIndex((unit) => whole >= unit);
  return first < 0 ? `${sign}${formatGeneral(total, 4)}s` : sign + parts.slice(first).join(" ");
}

/** `0.0512` → `5.12%`. */
export function humanizePercentage(value: number): string {
  return `${formatGeneral(value * 100, 4)}%`;
}
