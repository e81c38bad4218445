import { customPriceInputSchema, type CustomPriceEntry, type CustomPriceInput } from "@spanlight/contract";
import { createPriceBook, type CustomPrice } from "@spanlight/prices";
import type { Pricer } from "../price/price-call.ts";
import type { Engine } from "../store/engine.ts";
import { PriceInFileError, TooManyPricesError } from "./errors.ts";

const mostPrices = 1000;

interface StoredPrice {
  readonly id: string;
  readonly version: string;
  readonly removed: number;
  readonly price: string;
  readonly changedAt: string;
  readonly changedBy: string;
}

/** Prices that somebody set: in spanlight.yaml or by the API. Of two that fit alike the API's goes first. */
export interface CustomPrices {
  list(): readonly CustomPriceEntry[];
  /** Sets a price; the calls from now on are priced by it. */
  put(id: string, price: CustomPriceInput, by: string): Promise<CustomPriceEntry>;
  /** False where there is none of this id. */
  remove(id: string, by: string): Promise<boolean>;
}

/** Reads the stored prices and hands them to the pricer together with those of the file. */
export async function openCustomPrices(options: {
  readonly engine: Engine;
  readonly pricer: Pricer;
  readonly filePrices: readonly CustomPriceEntry[];
}): Promise<CustomPrices> {
  const { engine, pricer, filePrices } = options;
  let entries: readonly CustomPriceEntry[] = [];
  let lastVersion = 0;

  async function load(): Promise<void> {
    const rows = await engine.query<StoredPrice>({ sql: listSql });
    lastVersion = Math.max(0, ...rows.map((row) => Number(row.version)));
    const stored = rows.filter((row) => row.removed === 0).map((row) => toEntry(row));
    entries = [...stored, ...filePrices];
    pricer.use(createPriceBook(entries.map((entry) => toCustomPrice(entry))));
  }

  async function write(change: { id: string; removed: 0 | 1; price: string; by: string }): Promise<void> {
    await engine.command(insertSql, { ...change, version: lastVersion + 1 });
    await load();
  }

  await load();
  return {
    list: () => entries,
    async put(id, price, by) {
      checkOrigin(filePrices, id);
      if (entries.length >= mostPrices && !entries.some((entry) => entry.id === id)) {
        throw new TooManyPricesError(
          `there are ${mostPrices} custom prices already: remove some, or use patterns`,
        );
      }
      await write({ id, removed: 0, price: JSON.stringify(price), by });
      const entry = entries.find((each) => each.id === id);
      if (entry === undefined) throw new Error(`the custom price ${id} was stored and is not there`);
      return entry;
    },
    async remove(id, by) {
      checkOrigin(filePrices, id);
      if (!entries.some((entry) => entry.id === id)) return false;
      await write({ id, removed: 1, price: "", by });
      return true;
    },
  };
}

const listSql = `SELECT id, max(version) AS version, argMax(removed, p.version) AS removed, argMax(price, p.version) AS price,
  argMax(changed_at, p.version) AS changedAt, argMax(changed_by, p.version) AS changedBy
FROM custom_prices AS p
GROUP BY id
ORDER BY id`;

const insertSql = `INSERT INTO custom_prices (id, version, changed_by, removed, price)
SELECT {id:String}, {version:UInt64}, {by:String}, {removed:UInt8}, {price:String}`;

function checkOrigin(filePrices: readonly CustomPriceEntry[], id: string): void {
  if (filePrices.some((entry) => entry.id === id)) {
    throw new PriceInFileError(`the price ${id} stands in spanlight.yaml: change it there and start again`);
  }
}

function toEntry({ id, price, changedAt, changedBy }: StoredPrice): CustomPriceEntry {
  const parsed = customPriceInputSchema.parse(JSON.parse(price)); // written by `put`
  return { ...parsed, id, origin: "api", changedAt, changedBy };
}

function toCustomPrice({
  id,
  provider,
  model,
  serviceTier,
  from,
  to,
  usdPerMillion,
}: CustomPriceEntry): CustomPrice {
  return {
    id,
    provider,
    model,
    serviceTier,
    fromMs: from === null ? null : Date.parse(from),
    toMs: to === null ? null : Date.parse(to),
    usdPerMillion,
  };
}
