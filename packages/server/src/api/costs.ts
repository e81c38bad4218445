import {
  customPriceChangeSchema,
  customPriceIdSchema,
  customPriceInputSchema,
  priceQuerySchema,
  repriceRequestSchema,
  type CustomPriceEntry,
  type CustomPriceInput,
  type ModelPrice,
  type Prices,
  type RepriceJob,
  type UnpricedModels,
} from "@spanlight/contract";
import { Hono } from "hono";
import { z } from "zod";
import { answerProblem, BadParameterError, NotFoundError } from "./answer.ts";
import { parseQuery, parseRange, parseWith, type TimeRange } from "./parameters.ts";
import { readJsonBody } from "./read-json-body.ts";
import { recordChange } from "./record-change.ts";

/** Prices, and the recalculation of stored costs. */
export interface CostDesk {
  readonly custom: {
    put(id: string, price: CustomPriceInput, by: string): Promise<CustomPriceEntry>;
    remove(id: string, by: string): Promise<boolean>;
  };
  readonly reprice: {
    preview(request: TimeRange & { readonly by: string }): Promise<RepriceJob>;
    start(request: TimeRange & { readonly by: string }): Promise<RepriceJob>;
    list(): Promise<RepriceJob[]>;
    find(id: string): Promise<RepriceJob | undefined>;
  };
  listPrices(nowMs: number): Prices;
  lookUp(question: {
    provider: string;
    model: string;
    serviceTier: string;
    timeMs: number;
  }): ModelPrice | undefined;
}

export interface CostRoutesOptions {
  readonly desk: CostDesk;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export interface UnpricedRoutesOptions {
  readonly listUnpriced: (question: TimeRange) => Promise<UnpricedModels>;
  /** Unix milliseconds. */
  readonly now: () => number;
}

const mostBodyBytes = 64 * 1024;
const rangeSchema = z.object({ from: z.string().optional(), to: z.string().optional() });

/** Status of what prices and recalculations refuse, by code. */
const STATUS: Readonly<Record<string, number>> = {
  price_in_file: 409,
  too_many_prices: 409,
  reprice_running: 409,
  body_too_large: 413,
  media_type_unsupported: 415,
};

/** `/api/prices/unpriced`: the models of one project that have no price. */
export function createUnpricedRoutes({ listUnpriced, now }: UnpricedRoutesOptions): Hono {
  const routes = new Hono();
  routes.get("/", async (context) => {
    const range = parseRange(parseQuery(rangeSchema, context.req.url), now());
    return context.json(await listUnpriced(range));
  });
  return routes;
}

/** `/api/prices…` and `/api/reprice…`: they hold for every project of the server. */
export function createCostRoutes(options: CostRoutesOptions): Hono {
  const routes = new Hono();
  routes.onError((error) => {
    const status = STATUS["code" in error ? String(error.code) : ""];
    if (status === undefined) throw error;
    return answerProblem({ status, code: "code" in error ? String(error.code) : "", detail: error.message });
  });
  addPriceRoutes(routes, options);
  addRepriceRoutes(routes, options.desk);
  return routes;
}

function addPriceRoutes(routes: Hono, { desk, now }: CostRoutesOptions): void {
  routes.get("/prices", (context) => context.json(desk.listPrices(now())));
  routes.get("/prices/lookup", (context) => {
    const { provider = "", model, serviceTier = "", at } = parseQuery(priceQuerySchema, context.req.url);
    const timeMs = at === undefined ? now() : Date.parse(at);
    const price = desk.lookUp({ provider, model, serviceTier, timeMs });
    if (price !== undefined) return context.json(price);
    const tier = serviceTier === "" ? "" : ` in the tier ${serviceTier}`;
    throw new NotFoundError("price_not_found", `no price is known of ${model}${tier}: set one of your own`);
  });
  routes.put("/prices/custom/:id", async (context) => {
    const id = parseId(context.req.param("id"));
    const { by, ...price } = parseWith(customPriceChangeSchema, await readJsonBody(context, mostBodyBytes));
    const input = parseWith(customPriceInputSchema, price);
    const entry = await desk.custom.put(id, input, by);
    await recordChange(context, { action: "price.set", target: id, detail: { ...input, by } });
    return context.json(entry);
  });
  routes.delete("/prices/custom/:id", async (context) => {
    const id = parseId(context.req.param("id"));
    if (!(await desk.custom.remove(id, "api"))) {
      throw new NotFoundError("price_not_found", `there is no custom price ${id}`);
    }
    await recordChange(context, { action: "price.remove", target: id });
    return context.body(null, 204);
  });
}

function addRepriceRoutes(routes: Hono, desk: CostDesk): void {
  routes.get("/reprice", async (context) =>
    context.json({ items: await desk.reprice.list(), nextCursor: null }),
  );
  routes.get("/reprice/:id", async (context) => {
    const id = context.req.param("id");
    const job = await desk.reprice.find(id);
    if (job !== undefined) return context.json(job);
    throw new NotFoundError("reprice_not_found", `there is no recalculation ${id}`);
  });
  routes.post("/reprice", async (context) => {
    const { dryRun, by, from, to } = parseWith(
      repriceRequestSchema,
      await readJsonBody(context, mostBodyBytes),
    );
    const request = { ...parseRange({ from: toUtc(from), to: toUtc(to) }, 0), by };
    const job = await (dryRun ? desk.reprice.preview(request) : desk.reprice.start(request));
    const action = dryRun ? "reprice.preview" : "reprice.start";
    await recordChange(context, { action, target: job.id, detail: { from: job.from, to: job.to, by } });
    return context.json(job, dryRun ? 200 : 202);
  });
}

/** The schema takes any offset, the clock of the store is UTC. */
function toUtc(text: string): string {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new BadParameterError(`${text} is no time`);
  return time.toISOString();
}

function parseId(text: string): string {
  return parseWith(z.object({ id: customPriceIdSchema }), { id: text }).id;
}
