import { expandEntry, type SequenceEntry } from "./sequence.ts";
import { fromEntries, METRIC_NAME, type Labels } from "./labels.ts";
import { unquote } from "./text/go-text.ts";

/** One series of a test: labels and a sequence of values, one for each step. */
export interface SeriesNotation {
  readonly labels: Labels;
  readonly values: readonly SequenceEntry[];
}

const NAME = /^[a-zA-Z_:][\w:]*/;
const LABEL_NAME = /^[a-zA-Z_]\w*/;
const STRING = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)/;

class NotationError extends SyntaxError {}

function fail(text: string, problem: string): never {
  throw new NotationError(`series notation: ${problem} in ${JSON.stringify(text)}`);
}

/** Reads one `name="value"` or `"metric name"`; answers it and what follows. */
function readLabel(text: string, from: string): { entry: [string, string]; rest: string } {
  const quoted = STRING.exec(from)?.[0];
  const name = quoted ?? LABEL_NAME.exec(from)?.[0] ?? fail(text, 'expected a label name or "}"');
  const rest = from.slice(name.length).trimStart();
  if (!rest.startsWith("=")) {
    if (quoted === undefined) fail(text, 'expected "="');
    return { entry: [METRIC_NAME, unquote(name)], rest };
  }
  const after = rest.slice(1).trimStart();
  const value = STRING.exec(after)?.[0] ?? fail(text, "expected a quoted label value");
  const entry: [string, string] = [quoted === undefined ? name : unquote(name), unquote(value)];
  return { entry, rest: after.slice(value.length).trimStart() };
}

/** Reads the labels from the opening brace on; answers them and what follows the closing brace. */
function readLabels(text: string, from: string): { entries: [string, string][]; rest: string } {
  const entries: [string, string][] = [];
  let rest = from.slice(1).trimStart();
  while (!rest.startsWith("}")) {
    const label = readLabel(text, rest);
    entries.push(label.entry);
    rest = label.rest;
    if (rest.startsWith(",")) rest = rest.slice(1).trimStart();
    else if (!rest.startsWith("}")) fail(text, 'expected "," or "}"');
  }
  return { entries, rest: rest.slice(1) };
}

/** Cuts the values apart at spaces outside `{{…}}`. */
function splitValues(text: string): string[] {
  return text.match(/(?:\{\{.*?\}\}|\S)+/g) ?? [];
}

/** Reads labels in the notation `name{label="value"}`. Throws `SyntaxError`. */
export function parseSeriesLabels(text: string): { labels: Labels; rest: string } {
  const trimmed = text.trimStart();
  const name = NAME.exec(trimmed)?.[0] ?? "";
  const after = trimmed.slice(name.length);
  if (!after.trimStart().startsWith("{") || after.trimStart().startsWith("{{")) {
    if (name === "") fail(text, "expected a metric name or labels");
    return { labels: fromEntries([[METRIC_NAME, name]]), rest: after };
  }
  const { entries, rest } = readLabels(text, after.trimStart());
  if (name !== "") entries.push([METRIC_NAME, name]);
  return { labels: fromEntries(entries), rest };
}

/**
 * Reads the notation of Prometheus' test scripts and unit tests: a series, then its values:
 * `1 2 3`, `0+10x5` (0 10 … 50), `7-1x3`, `1x4` (five times 1), `_` and `_x3` (nothing), `stale`,
 * `{{…}}` (a native histogram, kept as text). Throws `SyntaxError`.
 */
export function parseSeriesNotation(text: string): SeriesNotation {
  const { labels, rest } = parseSeriesLabels(text);
  if (rest !== "" && !/^\s/.test(rest)) fail(text, "expected a space before the values");
  const values = splitValues(rest).flatMap((item) => {
    const entries = expandEntry(item);
    return entries ?? fail(text, `cannot read the value ${JSON.stringify(item)}`);
  });
  return { labels, values };
}

/** Reads values alone, as in `values: "1 2 3"` of a unit test. Throws `SyntaxError`. */
export function parseSequence(text: string): readonly SequenceEntry[] {
  return splitValues(text).flatMap(
    (item) => expandEntry(item) ?? fail(text, `cannot read the value ${JSON.stringify(item)}`),
  );
}
