// Prices that nobody set by a request: what spanlight.yaml says, and the list that comes with a version.
import { isDeepStrictEqual } from "node:util";
import { join } from "node:path";
import { customPriceSchema, type CustomPriceEntry, type Prices } from "@spanlight/contract";
import { z } from "zod";
import { createStateFile, type StateFile } from "../alerts/state-file.ts";
import type { Change } from "../api/record-change.ts";
import type { Log } from "../spool/inserter.ts";

const seenSchema = z.object({
  listVersion: z.string(),
  filePrices: z.array(customPriceSchema),
});

/** What the start before this one priced by. */
type Seen = z.infer<typeof seenSchema>;

export interface PriceAuditRooms {
  /** The data directory: what was seen is kept there, in `prices.json`. */
  readonly data: string;
  /** Resolves when it is on disk. */
  readonly record: (change: Change) => Promise<void>;
  readonly log: Log;
}

/** Writes down in which prices this start differs from the one before. A kill in the middle leaves an entry twice, never none. */
export async function auditPrices({ list, custom }: Prices, rooms: PriceAuditRooms): Promise<void> {
  const file = createStateFile(join(rooms.data, "prices.json"), seenSchema);
  const before = await load(file, rooms.log);
  const now = { listVersion: list.version, filePrices: custom.filter(({ origin }) => origin === "file") };
  if (isDeepStrictEqual(before, now)) return;
  for (const change of listChanges(before, now)) await rooms.record(change);
  await file
    .save(now)
    .catch((error: unknown) => rooms.log("error", "prices not remembered", { error: String(error) }));
}

async function load(file: StateFile<Seen>, log: Log): Promise<Seen | null> {
  return file.load().catch((error: unknown) => {
    log("warn", "prices of the start before are not known", { error: String(error) });
    return null;
  });
}

function listChanges(before: Seen | null, now: Seen): Change[] {
  const known = new Map((before?.filePrices ?? []).map((price) => [price.id, price]));
  const kept = new Set(now.filePrices.map(({ id }) => id));
  const list = { from: before?.listVersion, to: now.listVersion };
  return [
    ...(before === null || list.from === list.to
      ? []
      : [{ action: "price_list.change", target: "list", detail: list }]),
    ...now.filePrices
      .filter((price) => !isDeepStrictEqual(known.get(price.id), price))
      .map((price) => ({ action: "price.set", target: price.id, detail: toDetail(price) })),
    ...[...known.values()]
      .filter(({ id }) => !kept.has(id))
      .map((price) => ({ action: "price.remove", target: price.id, detail: toDetail(price) })),
  ];
}

function toDetail(entry: CustomPriceEntry): Record<string, unknown> {
  const { id: _id, changedAt: _at, changedBy: _by, ...price } = entry;
  return price;
}
