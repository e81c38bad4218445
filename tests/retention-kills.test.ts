// A server that takes far more than it may keep, drops the oldest of today all the time, and is killed while it does.
import { randomBytes } from "node:crypto";
import { readFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ingest, Overview, RetentionReport } from "@spanlight/contract";
import { afterAll, expect, it, vi } from "vitest";
import { startServerProcess, type ServerProcess } from "./server-process.ts";

const directory = mkdtempSync(join(tmpdir(), "spanlight-retention-kills-"));
const maxBytes = 1_048_576;
let server: ServerProcess | undefined;
afterAll(async () => {
  await end("stop");
  rmSync(directory, { recursive: true, force: true });
});

async function start(): Promise<string> {
  server = await startServerProcess({
    SPANLIGHT_DATA: directory,
    SPANLIGHT_SEGMENT_AGE_MS: "50",
    SPANLIGHT_RETENTION_TRACES_BYTES: String(maxBytes),
    SPANLIGHT_HOUSEKEEPING_INTERVAL_MS: "50",
  });
  return server.url;
}

async function end(how: "stop" | "kill"): Promise<void> {
  const running = server;
  server = undefined;
  await running?.[how]();
}

const read = async <Answer>(url: string, path: string): Promise<Answer> =>
  (await (await fetch(url + path)).json()) as Answer;
const readRetention = async (url: string): Promise<RetentionReport | undefined> =>
  (await read<Ingest>(url, "/api/ingest")).retention?.find(({ name }) => name === "traces");

async function readCounter(url: string): Promise<number> {
  const path = `/prometheus/api/v1/query?${new URLSearchParams({ query: "sum(llm_requests_total)" })}`;
  const { data } = await read<{ data: { result: { value: [number, string] }[] } }>(url, path);
  return Number(data.result[0]?.value[1]);
}

/** Fifty model calls whose content no codec makes smaller: 100 KB on disk. */
async function send(url: string): Promise<number> {
  const now = String(BigInt(Date.now()) * 1_000_000n);
  const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
  const spans = Array.from({ length: 50 }, () => ({
    traceId: randomBytes(16).toString("hex"),
    spanId: randomBytes(8).toString("hex"),
    name: "chat",
    startTimeUnixNano: now,
    endTimeUnixNano: now,
    attributes: [
      text("gen_ai.operation.name", "chat"),
      text("gen_ai.request.model", "gpt-5-mini"),
      text("gen_ai.prompt", randomBytes(1500).toString("base64")),
    ],
  }));
  const response = await fetch(`${url}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }),
  });
  expect(response.status, await response.text()).toBe(200);
  return spans.length;
}

/** Sends until so much was dropped since the start of the server. */
async function sendUntilDropped(url: string, bytes: number): Promise<number> {
  let sent = 0;
  while (((await readRetention(url))?.droppedBySizeBytes ?? 0) < bytes) {
    sent += await send(url);
  }
  return sent;
}

it("the limit holds within a day, and every acknowledged span is counted once, through kills between the drops", async () => {
  let sent = 0;
  for (let kills = 0; kills < 2; kills += 1) {
    sent += await sendUntilDropped(await start(), maxBytes);
    await end("kill");
  }
  const url = await start();
  sent += await sendUntilDropped(url, 1);
  await vi.waitFor(
    async () => {
      const retention = await readRetention(url);
      // A part that is larger than the limit goes once there is a newer one.
      if (retention?.isOverLimit === true) sent += await send(url);
      expect(retention?.bytes).toBeLessThanOrEqual(maxBytes);
      const { traces } = await read<Ingest>(url, "/api/ingest");
      expect(traces).toMatchObject({ received: sent, stored: sent, rejected: {}, duplicates: 0, inSpool: 0 });
    },
    { timeout: 30_000, interval: 200 },
  );
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toMatch(/^spanlight_spool_damaged_frames 0$/m);
  // What is left is what both ways of counting find.
  const range = new URLSearchParams({
    from: new Date(Date.now() - 3_600_000).toISOString(),
    to: new Date(Date.now() + 60_000).toISOString(),
  });
  // Counters have a point every ten seconds.
  await vi.waitFor(
    async () => {
      const { totals } = await read<Overview>(url, `/api/overview?${range}`);
      expect(totals.requests).toBeGreaterThan(0);
      expect(totals.requests).toBeLessThan(sent);
      expect(await readCounter(url)).toBe(totals.requests);
    },
    { timeout: 30_000, interval: 500 },
  );
  const audit = readFileSync(join(directory, "audit.jsonl"), "utf8");
  expect(audit).toMatch(
    /"action":"retention\.drop","target":"contents \d{4}-\d\d-\d\d".*"parts":\d+,"until":"20/,
  );
}, 90_000);
