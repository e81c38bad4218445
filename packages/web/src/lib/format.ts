/** A value and its unit, so that the unit can be drawn smaller. */
export interface Quantity {
  value: string;
  unit: string;
}

/** What stands where a figure is not known. */
export const NOT_KNOWN = "–";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Rounds to `digits` significant digits and writes them without an exponent, trailing zeros kept. */
function toSignificant(value: number, digits: number): string {
  if (value === 0) return "0";
  const magnitude = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(digits)))));
  return value.toFixed(Math.max(0, digits - 1 - magnitude));
}

/** Whole numbers with thousands separators: 18,340. */
export function formatCount(count: number | null): string {
  return count === null ? NOT_KNOWN : Math.round(count).toLocaleString("en-US");
}

/** Three significant digits with a letter for the size: 54.1 k, 1.20 M; below 10,000 the number itself. */
export function formatCompact(count: number | null): string {
  if (count === null) return NOT_KNOWN;
  const size = Math.abs(count);
  if (size >= 1e9) return `${toSignificant(count / 1e9, 3)} G`;
  if (size >= 1e6) return `${toSignificant(count / 1e6, 3)} M`;
  if (size >= 1e4) return `${toSignificant(count / 1e3, 3)} k`;
  if (size >= 100 || Number.isInteger(count)) return formatCount(count);
  return trimZeros(toSignificant(count, 3));
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Milliseconds as a value and a unit with three significant digits: 842 µs, 4.21 ms, 262 ms, 1.51 s, 2 min 5 s. */
export function durationQuantity(durationMs: number): Quantity {
  const size = Math.abs(durationMs);
  if (size === 0) return { value: "0", unit: "ms" };
  if (size < 0.9995) return { value: String(Math.round(durationMs * 1000)), unit: "µs" };
  if (size < 9.995) return { value: toSignificant(durationMs, 3), unit: "ms" };
  if (size < 999.5) return { value: String(Math.round(durationMs)), unit: "ms" };
  if (size < 59_950) return { value: toSignificant(durationMs / 1000, 3), unit: "s" };
  if (size < HOUR_MS - 500) return pair(durationMs, [MINUTE_MS, "min"], [1000, "s"]);
  if (size < DAY_MS - 30_000) return pair(durationMs, [HOUR_MS, "h"], [MINUTE_MS, "min"]);
  return pair(durationMs, [DAY_MS, "d"], [HOUR_MS, "h"]);
}

function pair(durationMs: number, large: [number, string], small: [number, string]): Quantity {
  const smalls = Math.round(durationMs / small[0]);
  const perLarge = large[0] / small[0];
  const rest = smalls % perLarge;
  const whole = `${Math.floor(smalls / perLarge)} ${large[1]}`;
  return rest === 0
    ? { value: String(Math.floor(smalls / perLarge)), unit: large[1] }
    : { value: `${whole} ${rest}`, unit: small[1] };
}

/** `1.51 s`, `262 ms`; `–` where it is not known. */
export function formatDuration(durationMs: number | null): string {
  if (durationMs === null) return NOT_KNOWN;
  const { value, unit } = durationQuantity(durationMs);
  return `${value} ${unit}`;
}

/** A count for an axis: `500`, `1.5 k`, `1 M`. */
export function formatAxisCount(count: number): string {
  const [digits = "", unit] = formatCompact(Number(count.toPrecision(3))).split(" ");
  return unit === undefined ? digits : `${trimZeros(digits)} ${unit}`;
}

/** A duration for an axis: no more digits than it needs, `0`, `2 s`, `0.5 s`, `250 ms`. */
export function formatAxisDuration(durationMs: number): string {
  if (durationMs === 0) return "0";
  if (durationMs < 1000) return `${trimZeros(durationMs.toFixed(2))} ms`;
  if (durationMs < MINUTE_MS) return `${trimZeros((durationMs / 1000).toFixed(2))} s`;
  return formatDuration(durationMs);
}

/** US dollars: two decimals and separators from a dollar up, three significant digits below. Null = unpriced = `–`. */
export function formatMoney(costUsd: number | null): string {
  if (costUsd === null) return NOT_KNOWN;
  if (costUsd === 0) return "$0";
  const sign = costUsd < 0 ? "−" : "";
  const size = Math.abs(costUsd);
  if (size >= 999.995) return `${sign}$${formatCount(size)}`;
  if (size >= 0.9995) return `${sign}$${size.toFixed(2)}`;
  if (size < 1e-5) return `${sign}<$0.00001`;
  const digits = size < 1e-4 ? size.toPrecision(2) : size.toPrecision(3);
  const plain = Number(digits).toFixed(8).replace(/0+$/, "");
  const decimals = plain.split(".")[1] ?? "";
  // Cents of a cent stand below each other in a column: four decimals at least below ten cents.
  const least = size < 0.09995 ? 4 : 2;
  return `${sign}$${decimals.length < least ? Number(digits).toFixed(least) : plain}`;
}

/** Dollars for an axis: `$0`, `$0.5`, `$1,200`. */
export function formatAxisMoney(costUsd: number): string {
  if (costUsd >= 1000) return `$${formatCompact(costUsd)}`;
  return `$${trimZeros(costUsd.toFixed(6))}`;
}

/** A ratio of 0…1 as per cent: `0.4 %`, `14 %`. */
export function formatPercent(ratio: number | null): string {
  if (ratio === null || !Number.isFinite(ratio)) return NOT_KNOWN;
  return `${percentDigits(ratio)} %`;
}

/** The digits of a ratio in per cent, without the sign. */
export function percentDigits(ratio: number): string {
  const percent = ratio * 100;
  if (percent === 0) return "0";
  const size = Math.abs(percent);
  if (size < 0.01) return "<0.01";
  if (size < 0.1) return percent.toFixed(2);
  return size < 9.95 ? percent.toFixed(1).replace(/\.0$/, "") : formatCount(percent);
}

/** `18,340 → 1,204`: tokens in, tokens out. */
export function formatTokens(inputTokens: number | null, outputTokens: number | null): string {
  if (inputTokens === null && outputTokens === null) return NOT_KNOWN;
  return `${formatCount(inputTokens)} → ${formatCount(outputTokens)}`;
}

/** The name of a span or a trace, which may be empty. */
export function formatName(name: string): string {
  return name.trim() === "" ? "(no name)" : name;
}

/** A relative change with its sign, `+280 %`, `−4 %`; null where there is nothing to compare with. */
export function formatChange(now: number | null, before: number | null): string | null {
  if (now === null || before === null || before <= 0) return null;
  const change = now / before - 1;
  if (Math.abs(change) < 0.005) return "±0 %";
  if (change >= 9.995) return `${formatCompact(Number((now / before).toPrecision(2)))}×`;
  return `${change > 0 ? "+" : "−"}${percentDigits(Math.abs(change))} %`;
}

/** The change of a ratio in percentage points, `+2.7 pt`; null where there is nothing to compare with. */
export function formatPointChange(now: number | null, before: number | null): string | null {
  if (now === null || before === null) return null;
  const points = (now - before) * 100;
  if (Math.abs(points) < 0.05) return "±0 pt";
  return `${points > 0 ? "+" : "−"}${Math.abs(points).toFixed(1)} pt`;
}

/** Bytes in binary units: `512 B`, `1.5 KiB`, `20.3 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${bytes} B` : `${toSignificant(value, 3)} ${units[unit] ?? ""}`;
}

/** `1 trace`, `12 traces`. */
export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
