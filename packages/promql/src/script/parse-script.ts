import { parseSeriesNotation } from "../series-notation.ts";
import { parseExpectation, readDurationMs } from "./parse-expectation.ts";
import type { EvalCommand, LoadedSeries, ScriptCommand } from "./script.ts";

const LOAD = /^load(?:_(with_nhcb))?\s+(\S+)/i;
const INSTANT = /^eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(\S+)\s+)?(.+)$/;
const RANGE = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.+)$/;

interface Block {
  readonly line: number;
  readonly head: string;
  readonly body: readonly string[];
}

/** Cuts a script into commands with the lines below each; comments and blank lines end a block. */
function* readBlocks(text: string): Generator<Block> {
  const lines = text.split("\n").map((line) => {
    const trimmed = line.trim();
    return trimmed.startsWith("#") ? "" : trimmed;
  });
  let index = 0;
  while (index < lines.length) {
    const head = lines[index] ?? "";
    const line = index + 1;
    index++;
    if (head === "") continue;
    const body: string[] = [];
    if (/^(?:load|eval)/i.test(head)) {
      while (index < lines.length && lines[index] !== "") body.push(lines[index++] ?? "");
    }
    yield { line, head, body };
  }
}

/** Reads a series, or the start timestamps (`@st …`) of the one before. */
function readLoadLine(series: LoadedSeries[], text: string): void {
  const at = text.search(/(?:^|\s)@st\b/);
  if (at !== 0) series.push(parseSeriesNotation(at < 0 ? text : text.slice(0, at)));
  const last = series.pop();
  if (last !== undefined) series.push(at < 0 ? last : { ...last, hasStartTimestamps: true });
}

/** Reads a `load`; a series that cannot be read is a command of its own. */
function readLoad({ line, head, body }: Block): ScriptCommand[] {
  const match = LOAD.exec(head);
  if (match === null) throw new SyntaxError(`cannot read ${JSON.stringify(head)}`);
  const broken: ScriptCommand[] = [];
  const series: LoadedSeries[] = [];
  for (const [index, text] of body.entries()) {
    try {
      readLoadLine(series, text);
    } catch (error) {
      broken.push(brokenCommand(line + index + 1, false, error));
    }
  }
  const stepMs = readDurationMs(match[2] ?? "");
  const withNhcb = match[1] !== undefined;
  return [...broken, { kind: "load", line, stepMs, withNhcb, series }];
}

function brokenCommand(line: number, isEval: boolean, error: unknown): ScriptCommand {
  const problem = error instanceof Error ? error.message : String(error);
  return { kind: "broken", line, isEval, problem };
}

function readEval({ line, head, body }: Block): EvalCommand {
  const range = RANGE.exec(head);
  if (range !== null) {
    const [, modifier = "", from = "", to = "", step = "", query = ""] = range;
    return {
      kind: "eval",
      line,
      query,
      startMs: readDurationMs(from),
      endMs: readDurationMs(to),
      stepMs: readDurationMs(step),
      expected: parseExpectation(modifier, body),
    };
  }
  const instant = INSTANT.exec(head);
  if (instant === null) throw new SyntaxError(`cannot read ${JSON.stringify(head)}`);
  const [, modifier = "", at = "0", query = ""] = instant;
  const timeMs = readDurationMs(at);
  const expected = parseExpectation(modifier, body);
  return { kind: "eval", line, query, startMs: timeMs, endMs: timeMs, stepMs: 0, expected };
}

function readCommand(block: Block): ScriptCommand[] {
  const isEval = /^eval/i.test(block.head);
  try {
    if (isEval) return [readEval(block)];
    if (/^load/i.test(block.head)) return readLoad(block);
    if (/^clear$/i.test(block.head)) return [{ kind: "clear", line: block.line }];
    throw new SyntaxError(`unknown command ${JSON.stringify(block.head)}`);
  } catch (error) {
    return [brokenCommand(block.line, isEval, error)];
  }
}

/** Reads a test script of the Prometheus project. Never throws: what it cannot read is a command of its own. */
export function parseScript(text: string): ScriptCommand[] {
  return [...readBlocks(text)].flatMap(readCommand);
}
