import { almostEqual } from "../functions/histogram.ts";
import { formatMetric, labelsKey } from "../labels.ts";
import type { SequenceEntry } from "../sequence.ts";
import { formatGeneral } from "../text/number-text.ts";
import type { QueryValue, Sample, Series } from "../value.ts";
import type { EvalCommand, ExpectedSeries, TextPattern } from "./script.ts";

const EPSILON = 1e-6;

interface Point {
  readonly timeMs: number;
  readonly value: number;
}

function formatPoints(points: readonly Point[]): string {
  return points.map(({ timeMs, value }) => `${formatGeneral(value)} @${timeMs}`).join(" ");
}

function describeEntry(entry: SequenceEntry | undefined): string {
  if (entry === undefined) return "nothing";
  if (entry.kind === "value") return formatGeneral(entry.value);
  return entry.kind === "histogram" ? entry.text : entry.kind;
}

function indexExpected(series: readonly ExpectedSeries[]): Map<string, ExpectedSeries> {
  return new Map(series.map((one) => [labelsKey(one.labels), one]));
}

function missing(expected: ReadonlyMap<string, ExpectedSeries>, seen: ReadonlySet<string>): string | null {
  for (const [key, { labels, values }] of expected) {
    if (seen.has(key)) continue;
    const wanted = values.map(describeEntry).join(" ");
    return `expected ${formatMetric(labels)} ${wanted}, got no such series`;
  }
  return null;
}

function compareSeries(series: Series, wanted: ExpectedSeries, command: EvalCommand): string | null {
  const { startMs, stepMs } = command.expected.range ?? command;
  const points: Point[] = wanted.values.flatMap((entry, index) =>
    entry.kind === "value" ? [{ timeMs: startMs + index * stepMs, value: entry.value }] : [],
  );
  const got: Point[] = [...series.timestampsMs].map((timeMs, index) => ({
    timeMs,
    value: series.values[index] ?? NaN,
  }));
  const equal =
    points.length === got.length &&
    points.every(({ timeMs, value }, index) => {
      const other = got[index];
      return other?.timeMs === timeMs && almostEqual(value, other.value, EPSILON);
    });
  if (equal) return null;
  const name = formatMetric(series.labels);
  return `expected ${name} ${formatPoints(points)}, got ${formatPoints(got)}`;
}

/** Compares the result of a range query (or a range vector). Answers what differs, or null. */
function compareMatrix(series: readonly Series[], command: EvalCommand): string | null {
  const expected = indexExpected(command.expected.series);
  const seen = new Set<string>();
  for (const one of series) {
    const key = labelsKey(one.labels);
    const wanted = expected.get(key);
    if (wanted === undefined) {
      return `expected no series ${formatMetric(one.labels)}, got ${[...one.values].map(formatGeneral).join(" ")}`;
    }
    seen.add(key);
    const difference = compareSeries(one, wanted, command);
    if (difference !== null) return difference;
  }
  return missing(expected, seen);
}

function compareSample(sample: Sample, wanted: ExpectedSeries | undefined): string | null {
  const name = formatMetric(sample.labels);
  const got = formatGeneral(sample.value);
  if (wanted === undefined) return `expected no series ${name}, got ${got}`;
  const [entry] = wanted.values;
  if (entry?.kind === "value" && almostEqual(entry.value, sample.value, EPSILON)) return null;
  return `expected ${name} ${describeEntry(entry)}, got ${got}`;
}

function compareVector(samples: readonly Sample[], command: EvalCommand): string | null {
  const { series, ordered, scalar } = command.expected;
  if (scalar !== null) return `expected scalar ${formatGeneral(scalar)}, got a vector`;
  const expected = indexExpected(series);
  const seen = new Set<string>();
  for (const [index, sample] of samples.entries()) {
    const key = labelsKey(sample.labels);
    if (seen.has(key)) return `got ${formatMetric(sample.labels)} twice`;
    seen.add(key);
    const difference = compareSample(sample, expected.get(key));
    if (difference !== null) return difference;
    const inPlace = series[index];
    if (ordered && (inPlace === undefined || labelsKey(inPlace.labels) !== key)) {
      const wanted = inPlace === undefined ? "nothing" : formatMetric(inPlace.labels);
      return `expected ${wanted} at place ${index + 1}, got ${formatMetric(sample.labels)}`;
    }
  }
  return missing(expected, seen);
}

/** Compares a result with what the script expects. Answers what differs, or null. */
export function compareValue(value: QueryValue, command: EvalCommand): string | null {
  const { scalar, text } = command.expected;
  switch (value.type) {
    case "matrix":
      return compareMatrix(value.series, command);
    case "vector":
      return compareVector(value.samples, command);
    case "scalar": {
      const got = formatGeneral(value.value);
      if (scalar === null) return `expected a vector, got scalar ${got}`;
      const equal = almostEqual(scalar, value.value, EPSILON);
      return equal ? null : `expected scalar ${formatGeneral(scalar)}, got ${got}`;
    }
    case "string": {
      const wanted = text ?? "";
      return wanted === value.value
        ? null
        : `expected string ${JSON.stringify(wanted)}, got ${JSON.stringify(value.value)}`;
    }
  }
}

export function matchesPattern(pattern: TextPattern, text: string): boolean {
  if (pattern.kind === "any") return true;
  return pattern.kind === "equal" ? pattern.text === text : new RegExp(pattern.text).test(text);
}

function compareNotes(
  kind: string,
  notes: readonly string[],
  wanted: { patterns: readonly TextPattern[]; none: boolean },
): string | null {
  const { patterns, none } = wanted;
  if (none && notes.length > 0) return `expected no ${kind}, got ${notes.join("; ")}`;
  if (patterns.length === 0) return null;
  if (notes.length === 0) return `expected ${kind}, got none`;
  const absent = patterns.find((pattern) => !notes.some((note) => matchesPattern(pattern, note)));
  if (absent !== undefined) return `expected ${kind} ${absent.text}, got ${notes.join("; ")}`;
  const extra = notes.find((note) => !patterns.some((pattern) => matchesPattern(pattern, note)));
  return extra === undefined ? null : `unexpected ${kind}: ${extra}`;
}

/** Compares warnings and infos with what the script expects; it may expect nothing in particular. */
export function compareAnnotations(
  notes: { warnings: readonly string[]; infos: readonly string[] },
  { expected }: EvalCommand,
): string | null {
  return (
    compareNotes("warning", notes.warnings, { patterns: expected.warn, none: expected.noWarn }) ??
    compareNotes("info", notes.infos, { patterns: expected.info, none: expected.noInfo })
  );
}
