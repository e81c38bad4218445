import { customPriceIdSchema, customPriceInputSchema, type CustomPriceEntry } from "@spanlight/contract";
import { z } from "zod";
import { PriceFileError } from "./errors.ts";

/** An entry of `prices` in spanlight.yaml: what the API takes, in the file's spelling, with an id where one wants one. */
const entrySchema = z.strictObject({
  id: customPriceIdSchema.optional(),
  provider: z.string().optional(),
  model: z.string(),
  service_tier: z.string().optional(),
  from: z.union([z.string(), z.date()]).nullish(),
  to: z.union([z.string(), z.date()]).nullish(),
  usd_per_million: z.record(z.string(), z.number()),
});

/** Reads `prices` of spanlight.yaml. Throws PriceFileError naming the entry that is wrong. */
export function readFilePrices(entries: readonly unknown[]): CustomPriceEntry[] {
  return entries.map((entry, index) => {
    const name = `prices[${index}] in spanlight.yaml`;
    const read = parse(entrySchema, entry, name);
    const price = parse(
      customPriceInputSchema,
      {
        provider: read.provider,
        model: read.model,
        serviceTier: read.service_tier,
        from: toInstant(read.from),
        to: toInstant(read.to),
        usdPerMillion: read.usd_per_million,
      },
      name,
    );
    return { ...price, id: read.id ?? `file-${index + 1}`, origin: "file", changedAt: null, changedBy: null };
  });
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, name: string): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const at = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
  throw new PriceFileError(`${name} cannot be used${at}: ${issue?.message ?? "it is not valid"}`, {
    cause: result.error,
  });
}

/** A day stands for its beginning in UTC. */
function toInstant(given: string | Date | null | undefined): string | null {
  if (given === null || given === undefined) return null;
  if (given instanceof Date) return given.toISOString();
  return /^\d{4}-\d\d-\d\d$/.test(given) ? `${given}T00:00:00Z` : given;
}
