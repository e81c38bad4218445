import type { IncomingMessage } from "node:http";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Caller } from "../keys/identify.ts";
import { createAuditTrail, toActor } from "./audit-trail.ts";

const maxBytes = 1024 * 1024;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "spanlight-trail-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const nobody: Caller = { project: "default", scopes: ["admin"], key: null, isOperator: false };

function request(forwarded?: string): IncomingMessage {
  const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
  return { headers, socket: { remoteAddress: "10.0.0.1" } } as unknown as IncomingMessage;
}

it("believes of where a request came from what the proxy in front added, and nothing where there is no proxy", () => {
  const addressOf = (forwarded: string | undefined, isBehindProxy: boolean): string | null =>
    toActor(nobody, request(forwarded), isBehindProxy).address;
  expect(addressOf("1.1.1.1, 203.0.113.9", true)).toBe("203.0.113.9");
  expect(addressOf("1.1.1.1", false)).toBe("10.0.0.1");
  expect(addressOf(undefined, true)).toBe("10.0.0.1");
});

it("entries are told in the order in which things were done, to their project alone", async () => {
  const trail = createAuditTrail({
    data: directory,
    maxBytes,
    log: () => undefined,
    now: () => 1_700_000_000_000,
  });
  const actor = toActor(nobody, request(), false);
  const targets = ["a", "b", "c", "d"];
  await Promise.all(targets.map((target) => trail.record("shop", actor, { action: "key.create", target })));
  trail.recordOwn({ action: "retention.drop", target: "spans 2026-11-01" });
  await trail.record("shop", actor, { action: "key.revoke", target: "a" });
  const { items } = await trail.list("shop", { limit: 100 });
  expect(items.map(({ action, target }) => `${action} ${target}`)).toEqual([
    "key.revoke a",
    "key.create d",
    "key.create c",
    "key.create b",
    "key.create a",
  ]);
  expect((await trail.list("default", { limit: 100 })).items).toMatchObject([
    { time: "2023-11-14T22:13:20.000Z", actor: { kind: "server" }, target: "spans 2026-11-01", detail: {} },
  ]);
});

it("an entry that the disk refuses is in the server's log, whole, and what was done stays done", async () => {
  const logged: unknown[] = [];
  const trail = createAuditTrail({
    // A file where a directory has to be: nothing can be written below it.
    data: "/dev/null/spanlight",
    maxBytes,
    log: (level, message, fields) => logged.push({ level, message, ...fields }),
    now: Date.now,
  });
  const actor = toActor(nobody, request(), false);
  await trail.record("shop", actor, { action: "key.create", target: "a", detail: { name: "till" } });
  expect(logged).toMatchObject([
    { level: "error", message: "audit entry not written", target: "a", detail: { name: "till" }, actor },
  ]);
});

it("is bounded: the oldest entries go, and how many went, and from when on, stays", async () => {
  const logged: unknown[] = [];
  let time = 1_700_000_000_000;
  const trail = createAuditTrail({
    data: directory,
    maxBytes: 20_000,
    log: (level, message) => logged.push([level, message]),
    now: () => (time += 1000),
  });
  const actor = toActor(nobody, request(), false);
  let target = "";
  for (let number = 0; number < 200; number += 1) {
    target = `key ${number}`;
    await trail.record("shop", actor, { action: "key.create", target });
  }
  const { items } = await trail.list("shop", { limit: 1000 });
  expect(items[0]?.target).toBe(target);
  expect(items.length).toBeLessThan(200);
  const dropped = (await trail.list("default", { limit: 1000 })).items;
  // Entries about entries may have been dropped in their turn: what each file held is added up.
  const entries = dropped.map(({ detail }) => Number(detail["entries"]));
  expect(dropped[0]).toMatchObject({ action: "audit.drop", actor: { kind: "server" } });
  expect(entries.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(200 - items.length);
  expect(logged).toHaveLength(dropped.length);
  const bytes = readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
  expect(bytes).toBeLessThanOrEqual(20_000 + 2500);
});

it("waits with entries while somebody needs the files as they are", async () => {
  const trail = createAuditTrail({ data: directory, maxBytes, log: () => undefined, now: Date.now });
  const actor = toActor(nobody, request(), false);
  const order: string[] = [];
  let release = (): void => undefined;
  const held = trail.hold(
    () =>
      new Promise<void>((resolve) => {
        release = () => {
          order.push("released");
          resolve();
        };
      }),
  );
  const recorded = trail
    .record("shop", actor, { action: "key.create", target: "a" })
    .then(() => order.push("recorded"));
  expect((await trail.list("shop", { limit: 10 })).items).toEqual([]);
  release();
  await Promise.all([held, recorded]);
  expect(order).toEqual(["released", "recorded"]);
  await expect(trail.hold(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  await trail.record("shop", actor, { action: "key.create", target: "b" });
  expect((await trail.list("shop", { limit: 10 })).items.map((item) => item.target)).toEqual(["b", "a"]);
});
