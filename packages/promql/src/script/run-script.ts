import { NativeHistogramError, PromqlError, UnsupportedFeatureError } from "../errors.ts";
import { evaluate, type EvaluateResult } from "../evaluate.ts";
import { compareLabels } from "../labels.ts";
import { parseExpression } from "../parse.ts";
import { printExpression } from "../print.ts";
import type { Sample, Series } from "../value.ts";
import { compareAnnotations, compareValue, matchesPattern } from "./compare.ts";
import { createMemoryStore, type MemoryStore } from "./memory-store.ts";
import { parseScript } from "./parse-script.ts";
import type { EvalCommand } from "./script.ts";
import { changesWithTime, otherTimes, pinToTime } from "./variants.ts";

/**
 * How one `eval` went; `message` says expected and got, or why it was skipped. "ignored" is no eval
 * but another line that could not be read.
 */
export interface EvalOutcome {
  readonly line: number;
  readonly query: string;
  readonly status: "passed" | "failed" | "skipped" | "ignored";
  readonly message: string;
}

interface Query {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

/** Thrown when an eval needs what is not built; carries the reason. */
class SkipEval extends Error {}

const MINUTE_MS = 60_000;
const USES_HISTOGRAMS = "uses native histogram samples";
/** The value of these depends on the times of the query itself. */
const QUERY_TIMES = /\b(?:start|end|step|range)\(\)/i;

async function runQuery(store: MemoryStore, query: Query): Promise<EvaluateResult | PromqlError> {
  try {
    return await evaluate({
      query: query.text,
      reader: store,
      startMs: query.startMs,
      endMs: query.endMs,
      stepMs: query.stepMs,
      options: { experimental: true, maxAnnotations: 0 },
    });
  } catch (error) {
    if (error instanceof NativeHistogramError) throw new SkipEval(USES_HISTOGRAMS);
    if (error instanceof UnsupportedFeatureError) {
      throw new SkipEval(`uses an experimental feature: ${error.message}`);
    }
    if (error instanceof PromqlError) return error;
    throw error;
  }
}

function compareFailure(error: PromqlError, { expected }: EvalCommand): string | null {
  if (expected.fail === null) return `expected a result, got error: ${error.message}`;
  if (matchesPattern(expected.fail, error.message)) return null;
  return `expected error ${expected.fail.text}, got error: ${error.message}`;
}

function compareOutcome(result: EvaluateResult | PromqlError, command: EvalCommand): string | null {
  if (result instanceof PromqlError) return compareFailure(result, command);
  if (command.expected.fail !== null) return "expected an error, got a result";
  return compareAnnotations(result, command) ?? compareValue(result.value, command);
}

function sampleAt(series: Series, timeMs: number): Sample[] {
  const index = series.timestampsMs.indexOf(timeMs);
  if (index < 0) return [];
  return [{ labels: series.labels, timeMs, value: series.values[index] ?? NaN }];
}

function isSorted(series: readonly Series[]): boolean {
  return series.every((one, index) => {
    const next = series[index + 1];
    return next === undefined || compareLabels(one.labels, next.labels) <= 0;
  });
}

/** False for results that no range query can have. */
function hasRangeForm({ expected }: EvalCommand): boolean {
  return expected.range === null && expected.text === null && expected.fail === null;
}

/** The middle step of a range query must be what the instant query answers. */
async function checkAsRange(
  store: MemoryStore,
  command: EvalCommand,
  text: string,
  timeMs: number,
): Promise<string | null> {
  const { expected } = command;
  if (QUERY_TIMES.test(text) || !hasRangeForm(command)) return null;
  const query = { text, startMs: timeMs - MINUTE_MS, endMs: timeMs + MINUTE_MS, stepMs: MINUTE_MS };
  const result = await runQuery(store, query);
  if (result instanceof PromqlError) return `as a range query: got error: ${result.message}`;
  if (expected.ordered || result.value.type !== "matrix") return null;
  const { series } = result.value;
  if (!isSorted(series)) return "as a range query: the series are not sorted by labels";
  const samples = series.flatMap((one) => sampleAt(one, timeMs));
  const [first] = samples;
  const difference =
    expected.scalar === null
      ? compareValue({ type: "vector", samples }, command)
      : compareValue({ type: "scalar", timeMs, value: first?.value ?? NaN }, command);
  return difference === null ? null : `as a range query: ${difference}`;
}

async function checkInstant(
  store: MemoryStore,
  command: EvalCommand,
  text: string,
  timeMs: number,
): Promise<string | null> {
  const query = { text, startMs: timeMs, endMs: timeMs, stepMs: 0 };
  const difference = compareOutcome(await runQuery(store, query), command);
  return difference ?? (await checkAsRange(store, command, text, timeMs));
}

/** Runs a check again under other times; what those need beyond our means does not count. */
async function checkVariant(check: Promise<string | null>, name: string): Promise<string | null> {
  try {
    const difference = await check;
    return difference === null ? null : `${name}: ${difference}`;
  } catch (error) {
    if (error instanceof SkipEval) return null;
    throw error;
  }
}

function pinnedQuery(command: EvalCommand): string | null {
  try {
    const expression = parseExpression(command.query, { experimental: true });
    if (changesWithTime(expression)) return null;
    return printExpression(pinToTime(expression, command.startMs));
  } catch (error) {
    if (error instanceof PromqlError) return null; // The plain run has told.
    throw error;
  }
}

async function checkPinned(store: MemoryStore, command: EvalCommand): Promise<string | null> {
  const text = pinnedQuery(command);
  if (text === null) return null;
  for (const timeMs of otherTimes(command.startMs)) {
    const check = checkInstant(store, command, text, timeMs);
    const difference = await checkVariant(check, `${text} at ${timeMs} ms`);
    if (difference !== null) return difference;
  }
  return null;
}

async function checkEval(store: MemoryStore, command: EvalCommand): Promise<string | null> {
  const { query: text, startMs, endMs, stepMs } = command;
  const plain = { text, startMs, endMs, stepMs };
  const difference = compareOutcome(await runQuery(store, plain), command);
  if (difference !== null || stepMs > 0) return difference;
  const asRange = checkAsRange(store, command, text, startMs);
  return (await checkVariant(asRange, text)) ?? (await checkPinned(store, command));
}

/** True when the script expects native histograms as a result. */
function wantsHistograms({ expected }: EvalCommand): boolean {
  return expected.series.some(({ values }) => values.some(({ kind }) => kind === "histogram"));
}

async function runEval(store: MemoryStore, command: EvalCommand): Promise<EvalOutcome> {
  const { line, query } = command;
  try {
    if (wantsHistograms(command)) throw new SkipEval(USES_HISTOGRAMS);
    const difference = await checkEval(store, command);
    if (difference === null) return { line, query, status: "passed", message: "" };
    return { line, query, status: "failed", message: difference };
  } catch (error) {
    if (error instanceof SkipEval) return { line, query, status: "skipped", message: error.message };
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { line, query, status: "failed", message: `unexpected: ${message}` };
  }
}

/**
 * Runs a test script of the Prometheus project (`load`, `clear`, `eval …`). Every instant query is
 * run again with `@` at other times and as a range query, as Prometheus does. Never throws for what
 * a script contains: an eval that cannot be read is a failed one.
 */
export async function runScript(text: string): Promise<EvalOutcome[]> {
  const store = createMemoryStore();
  const outcomes: EvalOutcome[] = [];
  for (const command of parseScript(text)) {
    switch (command.kind) {
      case "clear":
        store.clear();
        break;
      case "load":
        store.load(command);
        break;
      case "eval":
        outcomes.push(await runEval(store, command));
        break;
      case "broken": {
        const { line, problem, isEval } = command;
        const status = isEval ? "failed" : "ignored";
        outcomes.push({ line, query: "", status, message: problem });
      }
    }
  }
  return outcomes;
}
