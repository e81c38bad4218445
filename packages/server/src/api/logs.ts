import { logListQuerySchema, scoreListQuerySchema, unmappedQuerySchema } from "@spanlight/contract";
import { Hono } from "hono";
import type { Queries } from "../query/create-queries.ts";
import { ComparisonError } from "../query/logs/parse-comparisons.ts";
import { parseTimeCursor, type TimeCursor } from "../query/logs/time-cursor.ts";
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
    const { limit, cursor, from: _from, to: _to, ...filter } = query;
    const question = {
      project,
      ...parseTraceRange(query, now()),
      limit,
      cursor: toCursor(cursor),
      filter,
    };
    return context.json(await queries.listScores(question, context.req.raw.signal));
  });
  routes.get("/unmapped", async (context) => {
    const query = parseQuery(unmappedQuerySchema, context.req.url);
    const { limit, cursor, service, scope } = query;
    const question = {
      project,
      ...parseRange(query, now()),
      limit,
      skip: toSkip(cursor),
      service,
      scope,
    };
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

function toCursor(text: string | undefined): TimeCursor | undefined {
  if (text === undefined) return undefined;
  const cursor = parseTimeCursor(text);
  if (cursor === undefined) throw new BadParameterError("the parameter cursor is not one this server gave");
  return cursor;
}

/** A list without an order that stays goes on behind so many rows. */
function toSkip(text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^\d{1,6}$/.test(text))
    throw new BadParameterError("the parameter cursor is not one this server gave");
  return Number(text);
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
