import { Hono, type Context } from "hono";
import { compress } from "hono/compress";
import type { Queries } from "../../query/create-queries.ts";
import type { JaegerQueries } from "../../query/jaeger/create-jaeger-queries.ts";
import { answerStream } from "../answer-stream.ts";
import { JaegerParameterError, MAX_LIMIT, readSearch } from "./search-parameters.ts";
import { writeTraces } from "./write-traces.ts";

export interface JaegerApiOptions {
  readonly queries: Pick<Queries, "getTrace" | "listPickers">;
  readonly jaeger: JaegerQueries;
  readonly project: string;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Hears of errors that are nobody's request's fault. */
  readonly report: (error: unknown) => void;
}

/** Services and operations are those of so many days. */
const LOOKBACK_SECONDS = 7 * 86_400;
const KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"];

/**
 * Jaeger's query API as Jaeger's own pages and Grafana's data source use it, under `/jaeger/api`. To be mounted at the root.
 * Source: Jaeger's query service, HTTP JSON.
 */
export function createJaegerApi(options: JaegerApiOptions): Hono {
  const api = new Hono();
  api.onError((error) => answerFailure(error, options.report));
  api.use(compress());
  api.get("/services", async (context) => {
    const { services } = await options.queries.listPickers(
      { project: options.project, ...lookBack(options) },
      context.req.raw.signal,
    );
    return answerData(services);
  });
  api.get("/services/:service/operations", async (context) => {
    const names = await listNames(context, options, context.req.param("service"));
    return answerData([...new Set(names.map(({ name }) => name))]);
  });
  api.get("/operations", async (context) => {
    const kind = context.req.query("spanKind") ?? "";
    const names = await listNames(context, options, context.req.query("service") ?? "");
    const found = names.map((one) => ({ name: one.name, spanKind: KINDS[one.kind] ?? "" }));
    return answerData(found.filter(({ spanKind }) => kind === "" || spanKind === kind));
  });
  api.get("/traces", (context) => answerSearch(context, options));
  api.get("/traces/:traceId", (context) => answerTrace(context, options));
  api.get("/dependencies", (context) => answerDependencies(context, options));
  const door = new Hono();
  door.route("/jaeger/api", api);
  door.all("/jaeger/api/*", () => answerError(404, "there is no such route"));
  return door;
}

function lookBack({ now }: JaegerApiOptions): { fromSeconds: number; toSeconds: number } {
  const toSeconds = Math.ceil(now() / 1000) + 10;
  return { fromSeconds: toSeconds - LOOKBACK_SECONDS, toSeconds };
}

function listNames(
  context: Context,
  options: JaegerApiOptions,
  service: string,
): ReturnType<JaegerQueries["listSpanNames"]> {
  const question = { project: options.project, service, ...lookBack(options) };
  return options.jaeger.listSpanNames(question, context.req.raw.signal);
}

const TRACE_ID = /^[0-9a-f]{1,32}$/i;

/** Jaeger writes ids without leading zeros at times. */
function readTraceId(text: string): string {
  if (!TRACE_ID.test(text))
    throw new JaegerParameterError(`trace id ${JSON.stringify(text)} is not hexadecimal`);
  return text.toLowerCase().padStart(32, "0");
}

/** Traces with more spans than this come without what was said. */
const MAX_SPANS_WITH_CONTENT = 1_000;

async function answerTrace(context: Context, options: JaegerApiOptions): Promise<Response> {
  const { queries, jaeger, project } = options;
  const { signal } = context.req.raw;
  const traceId = readTraceId(context.req.param("traceId") ?? "");
  const sizes = await jaeger.sizeTraces({ project, traceIds: [traceId] }, signal);
  if (sizes === undefined) return answerError(404, "trace not found");
  if ((sizes.spans.get(traceId) ?? 0) > MAX_SPANS_WITH_CONTENT) {
    return answerStream((write) => writeTraces(jaeger.readTraces({ project, ...sizes }, signal), write));
  }
  const trace = await queries.getTrace({ project, traceId, withContent: true, bounds: sizes.bounds }, signal);
  if (trace === undefined) return answerError(404, "trace not found");
  return answerStream((write) => writeTraces([trace], write));
}

async function answerSearch(context: Context, options: JaegerApiOptions): Promise<Response> {
  const { jaeger, project } = options;
  const form = new URL(context.req.url).searchParams;
  const { signal } = context.req.raw;
  const named = form.getAll("traceID");
  const traceIds =
    named.length > 0
      ? named.slice(0, MAX_LIMIT).map(readTraceId)
      : await jaeger.findTraceIds(readSearch(form, { project, nowMs: options.now() }), signal);
  const sizes = traceIds.length === 0 ? undefined : await jaeger.sizeTraces({ project, traceIds }, signal);
  if (sizes === undefined) return answerData([]);
  return answerStream((write) => writeTraces(jaeger.readTraces({ project, ...sizes }, signal), write));
}

async function answerDependencies(context: Context, options: JaegerApiOptions): Promise<Response> {
  const endMs = readMilliseconds(context, "endTs") ?? options.now();
  const lookbackMs = readMilliseconds(context, "lookback") ?? LOOKBACK_SECONDS * 1000;
  const question = {
    project: options.project,
    fromSeconds: Math.max(0, Math.floor((endMs - lookbackMs) / 1000)),
    toSeconds: Math.max(0, Math.ceil(endMs / 1000) + 1),
  };
  return answerData(await options.jaeger.listDependencies(question, context.req.raw.signal));
}

function readMilliseconds(context: Context, name: string): number | undefined {
  const text = context.req.query(name) ?? "";
  if (text === "") return undefined;
  if (!/^\d{1,13}$/.test(text)) throw new JaegerParameterError(`unable to parse param '${name}'`);
  return Number(text);
}

function answerData(data: readonly unknown[]): Response {
  return answer(200, { data, total: data.length, limit: 0, offset: 0, errors: null });
}

function answerError(status: number, message: string): Response {
  return answer(status, {
    data: null,
    total: 0,
    limit: 0,
    offset: 0,
    errors: [{ code: status, msg: message }],
  });
}

function answer(status: number, body: object): Response {
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  return new Response(JSON.stringify(body), { status, headers });
}

const BUSY = new Set(["query_timeout", "query_cancelled", "store_busy", "store_unavailable"]);

function answerFailure(error: unknown, report: (error: unknown) => void): Response {
  if (error instanceof JaegerParameterError) return answerError(400, error.message);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (error instanceof Error && BUSY.has(code)) return answerError(503, error.message);
  report(error);
  return answerError(500, "something failed that should not; the server's log has the details");
}
