import { parseFloatText } from "./text/number-text.ts";

/** One step of a series in test notation. */
export type SequenceEntry =
  | { readonly kind: "value"; readonly value: number }
  | { readonly kind: "omitted" }
  | { readonly kind: "stale" }
  /** A native histogram, as written. */
  | { readonly kind: "histogram"; readonly text: string };

const NUMBER = String.raw`(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[iI][nN][fF]|[nN][aA][nN]`;
const VALUE = new RegExp(`^([+-]?(?:${NUMBER}))(?:([+-](?:${NUMBER})))?(?:x(\\d+))?$`);
const BLANK = /^_(?:x(\d+))?$/;
const HISTOGRAM = /^(\{\{.*?\}\})(?:([+-])(\{\{.*?\}\}))?(?:x(\d+))?$/;
/** More would be a typing error, not a test. */
const MAX_REPEATS = 10_000_000;

function repeat(entry: SequenceEntry, count: number): SequenceEntry[] {
  return Array.from({ length: count }, () => entry);
}

function expandValue(match: RegExpExecArray): SequenceEntry[] | null {
  const [, first = "", step, times] = match;
  const start = parseFloatText(first);
  if (start === null || (step !== undefined && times === undefined)) return null;
  const increment = step === undefined ? 0 : parseFloatText(step);
  if (increment === null) return null;
  const entries: SequenceEntry[] = [];
  let value = start;
  for (let i = 0; i <= Number(times ?? 0); i++) {
    entries.push({ kind: "value", value });
    if (step !== undefined) value += increment;
  }
  return entries;
}

/** Expands one item of a sequence (`0+10x5`); null when it is none. */
export function expandEntry(item: string): SequenceEntry[] | null {
  if (item === "stale") return [{ kind: "stale" }];
  const blank = BLANK.exec(item);
  if (blank !== null) return repeat({ kind: "omitted" }, Number(blank[1] ?? 1));
  const histogram = HISTOGRAM.exec(item);
  if (histogram !== null) {
    const times = Number(histogram[4] ?? 0);
    return repeat({ kind: "histogram", text: histogram[1] ?? "" }, times + 1);
  }
  const value = VALUE.exec(item);
  if (value === null || Number(value[3] ?? 0) > MAX_REPEATS) return null;
  return expandValue(value);
}
