import { spanIdSchema, type TraceListQuery, traceIdSchema, traceListQuerySchema } from "@spanlight/contract";
import { Hono } from "hono";
import { z } from "zod";
import type { Queries } from "../query/create-queries.ts";
import { parseCursor, type TraceCursor, type TraceFilter } from "../query/list-traces.ts";
import { answerStream } from "./answer-stream.ts";
import { BadParameterError, NotFoundError } from "./answer.ts";
import { parseQuery, parseRange, parseWith } from "./parameters.ts";

export interface TraceRoutesOptions {
  readonly queries: Queries;
  readonly project: string;
  /** Unix milliseconds. */
  readonly now: () => number;
}

const contentQuerySchema = z.object({ content: z.enum(["all", "none"]).default("all") });

/** `/api/traces…`: the list, its facets, a trace, a span. */
export function createTraceRoutes({ queries, project, now }: TraceRoutesOptions): Hono {
  const routes = new Hono();
  routes.get("/", async (context) => {
    const query = parseQuery(traceListQuerySchema, context.req.url);
    const { limit } = query;
    const question = {
      project,
      ...parseRange(query, now()),
      limit,
      cursor: toCursor(query),
      filter: toFilter(query),
    };
    return context.json(await queries.listTraces(question, context.req.raw.signal));
  });
  routes.get("/facets", async (context) => {
    const query = parseQuery(traceListQuerySchema, context.req.url);
    const question = { project, ...parseRange(query, now()), filter: toFilter(query) };
    return context.json(await queries.getFacets(question, context.req.raw.signal));
  });
  routes.get("/:traceId", async (context) => {
    const traceId = parseTraceId(context.req.param("traceId"));
    const { content } = parseQuery(contentQuerySchema, context.req.url);
    const { signal } = context.req.raw;
    const size = await queries.measureTrace({ project, traceId }, signal);
    if (size?.isLarge === true) {
      const { bounds } = size;
      return answerStream((write) => queries.streamTrace({ project, traceId, bounds }, write, signal));
    }
    const question = { project, traceId, withContent: content === "all", bounds: size?.bounds };
    const trace = size === undefined ? undefined : await queries.getTrace(question, signal);
    if (trace === undefined)
      throw new NotFoundError("trace_not_found", `no span of the trace ${traceId} is stored`);
    return context.json(trace);
  });
  routes.get("/:traceId/spans/:spanId", async (context) => {
    const traceId = parseTraceId(context.req.param("traceId"));
    const { spanId } = parseWith(z.object({ spanId: spanIdSchema }), {
      spanId: context.req.param("spanId").toLowerCase(),
    });
    const span = await queries.getSpan({ project, traceId, spanId }, context.req.raw.signal);
    if (span === undefined) {
      throw new NotFoundError("span_not_found", `the span ${spanId} of the trace ${traceId} is not stored`);
    }
    return context.json(span);
  });
  return routes;
}

function parseTraceId(text: string): string {
  return parseWith(z.object({ traceId: traceIdSchema }), { traceId: text.toLowerCase() }).traceId;
}

function toCursor(query: TraceListQuery): TraceCursor | undefined {
  if (query.cursor === undefined) return undefined;
  const cursor = parseCursor(query.cursor);
  if (cursor === undefined) throw new BadParameterError("the parameter cursor is not one this server gave");
  return cursor;
}

function toFilter(query: TraceListQuery): TraceFilter {
  const { from: _from, to: _to, limit: _limit, cursor: _cursor, ...filter } = query;
  return filter;
}
