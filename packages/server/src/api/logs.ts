import { logListQuerySchema, scoreListQuerySchema, unmappedQuerySchema } from "@spanlight/contract";
import { Hono } from "hono";
import type { Queries } from "../query/create-queries.ts";
import { ComparisonError } from "../query/logs/parse-comparisons.ts";
import { parseLogCursor, type LogCursor } from "../query/logs/list-logs.ts";
import { BadParameterError } from "./answer.ts";
import { parseQuery, parseRange, type TimeRange } from "./parameters.ts";

export interface LogRoutesOptions {
  readonly queries: Pick<Queries, "listLogs" | "getLogFacets" | "listScores" | "listUnmapped">;
  readonly project: string;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** `/api/logs`, `/api/scores`, `/api/unmapped`. */
export function createLogRoutes({ queries, project, now }: LogRoutesOptions): Hono {
  const routes = new Hono();
  routes.get("/logs", async (context) => {
    const query = parseQuery(logListQuerySchema, context.req.url);
    const { limit, cursor, traceId, from: _from, to: _to, ...filter } = query;
    const question = {
      project,
      ...parseTraceRange(query, now()),
      limit,
      cursor: toCursor(cursor),
      traceId,
      filter,
    };
    return context.json(await sayWhere(() => queries.listLogs(question, context.req.raw.signal)));
  });
  routes.get("/logs/facets", async (context) => {
    const query = parseQuery(logListQuerySchema, context.req.url);
    const { limit: _limit, cursor: _cursor, traceId, from: _from, to: _to, ...filter } = query;
    const question = { project, ...parseTraceRange(query, now()), traceId, filter };
    return context.json(await sayWhere(() => queries.getLogFacets(question, context.req.raw.signal)));
  });
  routes.get("/scores", async (context) => {
    const query = parseQuery(scoreListQuerySchema, context.req.url);
    const { limit, from: _from, to: _to, ...filter } = query;
    const question = { project, ...parseTraceRange(query, now()), limit, filter };
    return context.json(await queries.listScores(question, context.req.raw.signal));
  });
  routes.get("/unmapped", async (context) => {
    const query = parseQuery(unmappedQuerySchema, context.req.url);
    const { limit, service, scope } = query;
    const question = { project, ...parseRange(query, now()), limit, service, scope };
    return context.json(await queries.listUnmapped(question, context.req.raw.signal));
  });
  return routes;
}

/** A trace is asked for whole where no time is given. */
function parseTraceRange(
  query: { from?: string | undefined; to?: string | undefined; traceId?: string | undefined },
  nowMs: number,
): TimeRange {
  if (query.traceId === undefined || query.from !== undefined || query.to !== undefined)
    return parseRange(query, nowMs);
  return parseRange({ from: "0", to: String(Math.ceil(nowMs) + 86_400_000) }, nowMs);
}

function toCursor(text: string | undefined): LogCursor | undefined {
  if (text === undefined) return undefined;
  const cursor = parseLogCursor(text);
  if (cursor === undefined) throw new BadParameterError("the parameter cursor is not one this server gave");
  return cursor;
}

async function sayWhere<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ComparisonError)
      throw new BadParameterError(`the parameter where cannot be used: ${error.message}`, { cause: error });
    throw error;
  }
}
