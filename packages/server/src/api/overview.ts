import { overviewQuerySchema } from "@spanlight/contract";
import { Hono } from "hono";
import { z } from "zod";
import type { Queries } from "../query/create-queries.ts";
import { isStepTooFine } from "../query/get-overview.ts";
import { BadParameterError } from "./answer.ts";
import { parseQuery, parseRange, parseStepSeconds, type TimeRange } from "./parameters.ts";

interface OverviewRoutesOptions {
  readonly queries: Queries;
  readonly project: string;
  /** Unix milliseconds. */
  readonly now: () => number;
}

const rangeQuerySchema = z.object({ from: z.string().optional(), to: z.string().optional() });

/** `/api/overview`: figures of model calls; `/api/services`: what there is to choose from. */
export function createOverviewRoutes({ queries, project, now }: OverviewRoutesOptions): Hono {
  const routes = new Hono();
  routes.get("/overview", async (context) => {
    const { from, to, step, groupBy, ...filter } = parseQuery(overviewQuerySchema, context.req.url);
    const range = toSeconds(parseRange({ from, to }, now()));
    const stepSeconds = step === undefined ? undefined : parseStepSeconds(step);
    if (stepSeconds !== undefined && isStepTooFine(range.toSeconds - range.fromSeconds, stepSeconds)) {
      throw new BadParameterError("the parameter step gives more than 11000 points; give a longer one");
    }
    const question = { project, ...range, stepSeconds, filter, groupBy };
    return context.json(await queries.getOverview(question, context.req.raw.signal));
  });
  routes.get("/services", async (context) => {
    const query = parseQuery(rangeQuerySchema, context.req.url);
    const question = { project, ...toSeconds(parseRange(query, now())) };
    return context.json(await queries.listPickers(question, context.req.raw.signal));
  });
  return routes;
}

/** The engine's seconds end in 2106. */
const LATEST_SECONDS = 4_294_967_290;

function toSeconds({ fromNs, toNs }: TimeRange): { fromSeconds: number; toSeconds: number } {
  const fromSeconds = Math.min(Number(fromNs / 1_000_000_000n), LATEST_SECONDS);
  return { fromSeconds, toSeconds: Math.min(Math.ceil(Number(toNs) / 1e9), LATEST_SECONDS) };
}
