import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { CustomPriceEntry, Prices } from "@spanlight/contract";
import { auditPrices } from "./audit-prices.ts";

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "spanlight-prices-"));
});
afterEach(() => rmSync(data, { recursive: true }));

function price(id: string, input: number, origin: "file" | "api" = "file"): CustomPriceEntry {
  const dates = { from: null, to: null, changedAt: null, changedBy: null };
  return { id, origin, provider: "", model: id, serviceTier: "", usdPerMillion: { input }, ...dates };
}

/** Starts with these prices; answers what the audit log was told and what the server's log. */
async function start(
  custom: CustomPriceEntry[],
  version = "1",
): Promise<{ told: unknown[]; logged: unknown[] }> {
  const list: Prices["list"] = { name: "list", version, publishedOn: "2026-09-23", ageDays: 1 };
  const told: unknown[] = [];
  const logged: unknown[] = [];
  await auditPrices(
    { list, custom },
    {
      data,
      record: ({ action, target, detail }) => {
        const prices = detail !== undefined && "usdPerMillion" in detail ? detail.usdPerMillion : detail;
        told.push([action, target, prices]);
        return Promise.resolve();
      },
      log: (_level, message) => logged.push(message),
    },
  );
  return { told, logged };
}

it("prices of the file are told when they are new, other than before, or gone; those of the API are not", async () => {
  const { told } = await start([price("a", 1), price("b", 2), price("c", 3, "api")]);
  expect(told).toEqual([
    ["price.set", "a", { input: 1 }],
    ["price.set", "b", { input: 2 }],
  ]);
  expect((await start([price("a", 1), price("b", 2), price("d", 3, "api")])).told).toEqual([]);
  expect((await start([price("b", 4)])).told).toEqual([
    ["price.set", "b", { input: 4 }],
    ["price.remove", "a", { input: 1 }],
  ]);
  expect((await start([])).told).toEqual([["price.remove", "b", { input: 4 }]]);
});

it("a server that has had no prices of the file tells nothing", async () => {
  expect([(await start([])).told, (await start([])).told]).toEqual([[], []]);
});

it("another list of prices is told, not the first one", async () => {
  expect((await start([], "1")).told).toEqual([]);
  expect((await start([], "2")).told).toEqual([["price_list.change", "list", { from: "1", to: "2" }]]);
});

it("where what was seen cannot be read every price is told again, and why", async () => {
  await start([price("a", 1)]);
  writeFileSync(join(data, "prices.json"), "{");
  const { told, logged } = await start([price("a", 1)]);
  expect(told).toEqual([["price.set", "a", { input: 1 }]]);
  expect(logged).toEqual(["prices of the start before are not known"]);
  expect((await start([price("a", 1)])).told).toEqual([]);
});
