import { z } from "zod";
import { instantSchema } from "./scalar.ts";

/** What a token is charged as; `request` is a fee of the call itself. */
export const tokenClassSchema = z.enum([
  "input",
  "cache_read",
  "cache_read_audio",
  "cache_write",
  "cache_write_1h",
  "audio_input",
  "image_input",
  "output",
  "reasoning",
  "audio_output",
  "image_output",
]);

/** US dollars per million tokens by class. A class that is left out is charged as the class it belongs to. */
const usdPerMillionSchema = z
  .partialRecord(tokenClassSchema, z.number().min(0).max(1_000_000))
  .refine((prices) => Object.keys(prices).length > 0, "name the price of at least one class of tokens");

/** The moment a price begins or ends to hold: at a full or half hour, when prices change. */
const priceChangeSchema = z.iso
  .datetime({ offset: true })
  .refine((text) => Date.parse(text) % 1_800_000 === 0, "prices change at full or half hours");

/** A name for the log. */
const bySchema = z.string().min(1).max(200).default("api");

/** A price that somebody sets. */
export const customPriceInputSchema = z
  .strictObject({
    /** Provider by its name in the GenAI conventions; empty = any. */
    provider: z.string().max(200).default(""),
    /** Model as the spans name it; `*` stands for any characters. */
    model: z.string().min(1).max(200),
    /** Holds for this service tier alone; empty = for every tier without a custom price of its own, as it stands. */
    serviceTier: z.string().max(100).default(""),
    /** Null = always was. */
    from: priceChangeSchema.nullable().default(null),
    /** The first moment at which it no longer holds; null = still holds. */
    to: priceChangeSchema.nullable().default(null),
    usdPerMillion: usdPerMillionSchema,
  })
  .refine(({ from, to }) => from === null || to === null || Date.parse(from) < Date.parse(to), {
    message: "from must be before to",
    path: ["to"],
  });

/** What `PUT /api/prices/custom/{id}` takes: a price and, for the log, who sets it. */
export const customPriceChangeSchema = z.object({ by: bySchema }).loose();

/** The id of a custom price. */
export const customPriceIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,99}$/i, "an id has up to 100 letters, digits, dots, dashes and underscores");

export const customPriceSchema = z.object({
  id: z.string(),
  /** `file`: in spanlight.yaml, changed there alone. */
  origin: z.enum(["file", "api"]),
  provider: z.string(),
  model: z.string(),
  serviceTier: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  usdPerMillion: z.partialRecord(tokenClassSchema, z.number()),
  changedAt: instantSchema.nullable(),
  changedBy: z.string().nullable(),
});

/** Answer of `GET /api/prices`. */
export const pricesSchema = z.object({
  /** The list that comes with this version, and its age. */
  list: z.object({ name: z.string(), version: z.string(), publishedOn: z.iso.date(), ageDays: z.int() }),
  custom: z.array(customPriceSchema),
});

export const priceQuerySchema = z.object({
  provider: z.string().max(200).optional(),
  model: z.string().min(1).max(200),
  serviceTier: z.string().max(100).optional(),
  /** ISO 8601; now where not given. */
  at: z.iso.datetime({ offset: true }).optional(),
});

/** Answer of `GET /api/prices/lookup`: what a model costs at a moment. */
export const modelPriceSchema = z.object({
  provider: z.string(),
  model: z.string(),
  serviceTier: z.string(),
  source: z.enum(["list", "custom"]),
  priceId: z.string().nullable(),
  /** By class; classes without a price of their own are left out. With `tiers`, the one whose start the call's input exceeds holds. */
  usdPerMillion: z.partialRecord(
    tokenClassSchema,
    z.object({
      base: z.number(),
      tiers: z.array(z.object({ startTokens: z.number(), usdPerMillion: z.number() })),
    }),
  ),
});

/** One model without a price: answer of `GET /api/prices/unpriced`. */
export const unpricedModelSchema = z.object({
  provider: z.string(),
  requestModel: z.string(),
  responseModel: z.string(),
  serviceTier: z.string(),
  requests: z.int(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  firstSeen: instantSchema,
  lastSeen: instantSchema,
  /** One of the calls, to look at. */
  example: z.object({ traceId: z.string(), spanId: z.string() }),
});

export const unpricedModelsSchema = z.object({
  items: z.array(unpricedModelSchema),
  nextCursor: z.string().nullable(),
});

/** What `POST /api/reprice` takes: spans that started in `[from, to)`. */
export const repriceRequestSchema = z
  .strictObject({
    from: z.iso.datetime({ offset: true }),
    to: z.iso.datetime({ offset: true }),
    /** Counts what would change and changes nothing. */
    dryRun: z.boolean().default(false),
    by: bySchema,
  })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), {
    message: "from must be before to",
    path: ["to"],
  });

/** What spans that changed, or would, cost before and after. */
const repriceFiguresSchema = z.object({
  spansChecked: z.int(),
  spansChanged: z.int(),
  costBeforeUsd: z.number(),
  costAfterUsd: z.number(),
  unpricedBefore: z.int(),
  unpricedAfter: z.int(),
});

/** A recalculation of stored costs: what was asked for, what it changed, how it stands. */
export const repriceJobSchema = repriceFiguresSchema.extend({
  /** Empty for a dry run: it leaves no trace. */
  id: z.string(),
  from: instantSchema,
  to: instantSchema,
  dryRun: z.boolean(),
  state: z.enum(["running", "finished", "failed"]),
  startedBy: z.string(),
  startedAt: instantSchema,
  finishedAt: instantSchema.nullable(),
  error: z.string().nullable(),
  priceListVersion: z.string(),
  customPrices: z.int(),
  /** By day of receipt, in which the spans lie. */
  days: z.array(repriceFiguresSchema.extend({ day: z.iso.date() })),
});

export const repriceJobsSchema = z.object({
  items: z.array(repriceJobSchema),
  nextCursor: z.string().nullable(),
});

export type CustomPriceInput = z.infer<typeof customPriceInputSchema>;
export type CustomPriceEntry = z.infer<typeof customPriceSchema>;
export type Prices = z.infer<typeof pricesSchema>;
export type ModelPrice = z.infer<typeof modelPriceSchema>;
export type UnpricedModels = z.infer<typeof unpricedModelsSchema>;
export type RepriceFigures = z.infer<typeof repriceFiguresSchema>;
export type RepriceJob = z.infer<typeof repriceJobSchema>;
