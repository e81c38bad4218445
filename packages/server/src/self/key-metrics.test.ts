import { Registry } from "prom-client";
import { expect, it } from "vitest";
import type { Gate, KeyUsage } from "../keys/gate.ts";
import { addFrame, type Ledger } from "../spool/accounting.ts";
import { Accounts } from "../spool/accounts.ts";
import type { Spool } from "../spool/spool.ts";
import { addKeyMetrics } from "./key-metrics.ts";

/** Keys `k0` to `k249`, of which each sent one span more than the one before. */
const keys = Array.from({ length: 250 }, (_, number) => ({ id: `k${number}`, items: number + 1 }));

async function render(): Promise<string[]> {
  const ledger: Ledger = new Map();
  for (const { id, items } of keys) {
    const rejected: Record<string, number> = items === 1 ? {} : { invalid_span_id: 1 };
    const accepted = items === 1 ? 1 : items - 1;
    const counts = { received: items, accepted, rejected, duplicates: 0 };
    const frame = { signal: "traces" as const, project: "shop", keyId: id, ...counts };
    addFrame(ledger, { at: 0, parts: {}, counts: [frame], requests: [] });
  }
  const accounts = new Accounts(ledger).view(undefined);
  const usage = new Map<string, KeyUsage>(
    keys.map(({ id }) => [id, { project: "shop", requests: 1, bytes: 10, refused: { rate_limited: 2 } }]),
  );
  const registry = new Registry();
  addKeyMetrics(registry, {
    gate: { usage: () => usage } as unknown as Gate,
    spool: { snapshot: () => accounts } as unknown as Spool,
  });
  return (await registry.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

it("a hundred keys have series of their own, all the others one together, and nothing is missing from the sum", async () => {
  const lines = await render();
  expect(new Set(lines.map((line) => /key="([^"]*)"/.exec(line)?.[1])).size).toBe(101);
  const sum = (start: string): number =>
    lines
      .filter((line) => line.startsWith(start))
      .reduce((total, line) => total + Number(line.split(" ").at(-1)), 0);
  expect(sum("spanlight_key_requests_total")).toBe(250);
  expect(sum("spanlight_key_bytes_total")).toBe(2500);
  expect(sum("spanlight_key_requests_refused_total")).toBe(500);
  const received = lines.filter(
    (line) => line.startsWith("spanlight_key_items_total") && line.includes('outcome="received"'),
  );
  expect(received.reduce((total, line) => total + Number(line.split(" ").at(-1)), 0)).toBe((250 * 251) / 2);
  expect(lines).toContain(
    'spanlight_key_items_total{project="other",key="other",signal="traces",outcome="rejected",reason="invalid_span_id"} 150',
  );
  expect(lines).toContain(
    'spanlight_key_items_total{project="shop",key="k99",signal="traces",outcome="received",reason=""} 100',
  );
  expect(lines.filter((line) => line.includes('signal="logs"'))).toEqual([]);
});
