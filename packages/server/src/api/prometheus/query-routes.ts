import {
  evaluate,
  type Expression,
  type Matcher,
  prettyPrint,
  type QueryValue,
  QueryTimeoutError,
  type SeriesReader,
  walk,
} from "@spanlight/promql";
import type { Context, Hono } from "hono";
import type { SeriesExemplars } from "../../query/series/list-exemplars.ts";
import { answerData, answerPieces, badParameter } from "./answer.ts";
import { readDuration, readExpression, readForm, readLimit, readSignal, readTime } from "./parameters.ts";
import { translateExpression } from "./translate-expression.ts";
import { writeLabels, writeMatrix, writeTime, writeValue } from "./write-value.ts";

export interface QueryRoutesOptions {
  readonly reader: SeriesReader;
  readonly listExemplars: (question: {
    readonly matchers: readonly Matcher[];
    readonly startMs: number;
    readonly endMs: number;
    readonly signal: AbortSignal;
  }) => Promise<readonly SeriesExemplars[]>;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** The longest a query may take, waiting included. */
  readonly timeoutMs: number;
  /** Queries evaluated at once; the others wait. */
  readonly maxConcurrency: number;
}

interface Evaluation {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

/** `query`, `query_range`, `query_exemplars`, `format_query` and `parse_query`. */
export function addQueryRoutes(api: Hono, options: QueryRoutesOptions): void {
  const enter = createGate(options.maxConcurrency);
  const both = ["GET", "POST"];
  api.on(both, "/query", async (context) => {
    const form = await readForm(context);
    const limit = readLimit(form);
    const atMs = readTime(form, "time", options.now());
    const times = { startMs: atMs, endMs: atMs, stepMs: 0 };
    return answerQuery({ options, enter, context, form, limit }, times);
  });
  api.on(both, "/query_range", async (context) => {
    const form = await readForm(context);
    const limit = readLimit(form);
    return answerQuery({ options, enter, context, form, limit }, readRange(form));
  });
  api.on(both, "/query_exemplars", (context) => answerExemplars(context, options));
  api.on(both, "/format_query", async (context) => {
    const { expression } = readExpression(await readForm(context));
    return answerData(JSON.stringify(prettyPrint(expression)));
  });
  api.on(both, "/parse_query", async (context) => {
    const { expression } = readExpression(await readForm(context));
    return answerData(JSON.stringify(translateExpression(expression)));
  });
}

const MAX_POINTS = 11_000;

function readRange(form: URLSearchParams): Evaluation {
  const startMs = readTime(form, "start");
  const endMs = readTime(form, "end");
  if (endMs < startMs) throw badParameter("end", "end timestamp must not be before start time");
  const stepMs = Math.round(readDuration(form, "step"));
  if (stepMs <= 0) {
    throw badParameter(
      "step",
      "zero or negative query resolution step widths are not accepted. Try a positive integer",
    );
  }
  if ((endMs - startMs) / stepMs > MAX_POINTS) {
    throw badParameter(
      "step",
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    );
  }
  return { startMs, endMs, stepMs };
}

interface Asked {
  readonly options: QueryRoutesOptions;
  readonly enter: Gate;
  readonly context: Context;
  readonly form: URLSearchParams;
  readonly limit: number;
}

async function answerQuery(asked: Asked, times: Evaluation): Promise<Response> {
  const { options, enter, context, form, limit } = asked;
  const timeoutMs = Math.min(options.timeoutMs, readDuration(form, "timeout", options.timeoutMs));
  const lookbackMs = readDuration(form, "lookback_delta", 0);
  const { text, expression } = readExpression(form);
  const deadlineMs = options.now() + timeoutMs;
  const expiry = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)));
  const signal = readSignal(context, expiry);
  try {
    const { value, warnings, infos } = await enter(signal, () =>
      evaluate({
        query: text,
        expression,
        reader: options.reader,
        ...times,
        options: {
          ...(lookbackMs > 0 ? { lookbackMs } : {}),
          limits: { signal, isExpired: () => options.now() > deadlineMs, maxPointsPerSeries: MAX_POINTS + 1 },
        },
      }),
    );
    if (isLarge(value, limit)) {
      return answerPieces(writeMatrix(value.series), { warnings, infos });
    }
    const { data, isCut } = writeValue(value, limit);
    return answerData(data, {
      warnings: isCut ? [...warnings, "results truncated due to limit"] : warnings,
      infos,
    });
  } catch (error) {
    if (!expiry.aborted) throw error;
    throw new QueryTimeoutError("query timed out in query execution", { cause: error });
  }
}

/** Points from which on a matrix is written piece by piece. */
const LARGE_POINTS = 50_000;

function isLarge(value: QueryValue, limit: number): value is Extract<QueryValue, { type: "matrix" }> {
  if (value.type !== "matrix" || (limit > 0 && value.series.length > limit)) return false;
  return value.series.reduce((sum, { values }) => sum + values.length, 0) > LARGE_POINTS;
}

async function answerExemplars(context: Context, options: QueryRoutesOptions): Promise<Response> {
  const form = await readForm(context);
  const startMs = readTime(form, "start", options.now() - 3_600_000);
  const endMs = readTime(form, "end", options.now());
  if (endMs < startMs) throw badParameter("end", "end timestamp must not be before start timestamp");
  const { expression } = readExpression(form);
  const signal = readSignal(context);
  const lists = await Promise.all(
    listSelectors(expression).map((matchers) => options.listExemplars({ matchers, startMs, endMs, signal })),
  );
  const series = lists.flat().map(({ seriesLabels, exemplars }) => {
    const points = exemplars.map(
      ({ labels, value, timeMs }) =>
        `{"labels":${JSON.stringify(labels)},"value":"${value}","timestamp":${writeTime(timeMs)}}`,
    );
    return `{"seriesLabels":${writeLabels(seriesLabels)},"exemplars":[${points.join(",")}]}`;
  });
  return answerData(`[${series.join(",")}]`);
}

/** The selectors of an expression, each once. */
function listSelectors(expression: Expression): Array<readonly Matcher[]> {
  const found = new Map<string, readonly Matcher[]>();
  walk(expression, (node) => {
    if (node.kind === "vector selector") found.set(JSON.stringify(node.matchers), node.matchers);
    if (node.kind === "matrix selector")
      found.set(JSON.stringify(node.selector.matchers), node.selector.matchers);
  });
  return [...found.values()];
}

type Gate = <Result>(signal: AbortSignal, work: () => Promise<Result>) => Promise<Result>;

/** Lets so many in at once; the others wait in order, and leave when their time is up. */
function createGate(size: number): Gate {
  const waiting = new Set<() => void>();
  let inside = 0;
  return async (signal, work) => {
    if (inside >= size) {
      await new Promise<void>((resolve, reject) => {
        const start = (): void => {
          waiting.delete(start);
          signal.removeEventListener("abort", leave);
          resolve();
        };
        const leave = (): void => {
          waiting.delete(start);
          reject(new QueryTimeoutError("query timed out in query queue"));
        };
        signal.addEventListener("abort", leave, { once: true });
        waiting.add(start);
      });
    } else inside += 1;
    try {
      return await work();
    } finally {
      const next = waiting.values().next().value;
      if (next === undefined) inside -= 1;
      else next();
    }
  };
}
