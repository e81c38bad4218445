import { parseSeriesNotation } from "../series-notation.ts";
import { parseDurationMs } from "../text/duration-text.ts";
import { unquote } from "../text/go-text.ts";
import { parseNumber } from "../text/number-text.ts";
import type { Expectation, ExpectedSeries, TextPattern } from "./script.ts";

type Draft = { -readonly [Key in keyof Expectation]: Expectation[Key] } & {
  series: ExpectedSeries[];
  warn: TextPattern[];
  info: TextPattern[];
};

const EXPECT = /^expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?$/;
const EXPECT_RANGE = /^expect range vector\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+)$/;
const EXPECT_STRING = /^expect string\s+(.+)$/;
const LEGACY_FAIL = /^expected_fail_(message|regexp)\s+(.*)$/;
const ANY: TextPattern = { kind: "any", text: "" };

/** Milliseconds of a duration in a script; negative ones are allowed. Throws `SyntaxError`. */
export function readDurationMs(text: string): number {
  const negative = text.startsWith("-");
  const durationMs = parseDurationMs(negative ? text.slice(1) : text);
  if (typeof durationMs === "object") throw new SyntaxError(durationMs.error);
  return negative ? -durationMs : durationMs;
}

function readPattern(kind: string | undefined, text: string | undefined): TextPattern {
  if (kind === undefined) return ANY;
  return { kind: kind === "msg" ? "equal" : "match", text: (text ?? "").trim() };
}

function readExpect(draft: Draft, line: string): void {
  const match = EXPECT.exec(line);
  if (match === null) throw new SyntaxError(`cannot read ${JSON.stringify(line)}`);
  const [, what, kind, text] = match;
  const pattern = readPattern(kind, text);
  if (what === "ordered") draft.ordered = true;
  if (what === "fail") draft.fail = pattern;
  if (what === "warn") draft.warn.push(pattern);
  if (what === "info") draft.info.push(pattern);
  if (what === "no_warn") draft.noWarn = true;
  if (what === "no_info") draft.noInfo = true;
}

/** Reads a line that is no series; false when it is one. */
function readDirective(draft: Draft, line: string): boolean {
  const range = EXPECT_RANGE.exec(line);
  if (range !== null) {
    const [, start = "", end = "", step = ""] = range;
    draft.range = {
      startMs: readDurationMs(start),
      endMs: readDurationMs(end),
      stepMs: readDurationMs(step),
    };
    return true;
  }
  const text = EXPECT_STRING.exec(line);
  if (text !== null) {
    draft.text = unquote(text[1] ?? "");
    return true;
  }
  const legacy = LEGACY_FAIL.exec(line);
  if (legacy !== null) {
    const [, kind, pattern = ""] = legacy;
    draft.fail = { kind: kind === "message" ? "equal" : "match", text: pattern.trim() };
    return true;
  }
  if (!/^expect\s/.test(line)) return false;
  readExpect(draft, line);
  return true;
}

/** Reads the lines under an `eval`; `modifier` is the legacy suffix of the command. */
export function parseExpectation(modifier: string, lines: readonly string[]): Expectation {
  const draft: Draft = {
    series: [],
    scalar: null,
    text: null,
    ordered: modifier === "ordered",
    fail: modifier === "fail" ? ANY : null,
    warn: modifier === "warn" ? [ANY] : [],
    info: modifier === "info" ? [ANY] : [],
    noWarn: false,
    noInfo: false,
    range: null,
  };
  for (const line of lines) {
    if (readDirective(draft, line)) continue;
    const number = parseNumber(line);
    if (number === null) draft.series.push(parseSeriesNotation(line));
    else draft.scalar = number;
  }
  return draft;
}
