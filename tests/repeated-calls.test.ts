// One call that two instrumentations report is one call on every page, in whichever requests and order its spans come, through kills.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Ingest, Overview, Trace, TraceList } from "@spanlight/contract";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openProvider } from "../examples/support-bot/src/provider/provider.ts";
import { runNode, startServerProcess, type ServerProcess } from "./server-process.ts";

let directory: string;
let server: ServerProcess | undefined;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "spanlight-repeated-"));
  await start();
});
afterEach(async () => {
  await server?.kill();
  rmSync(directory, { recursive: true, force: true });
});

async function start(): Promise<void> {
  server = await startServerProcess({ SPANLIGHT_DATA: directory });
}

async function restart(how: "kill" | "stop"): Promise<void> {
  await server?.[how]();
  await start();
}

async function read<Answer>(path: string): Promise<Answer> {
  const response = await fetch(`${server?.url}${path}`);
  expect(response.status, path).toBe(200);
  return (await response.json()) as Answer;
}

/** A minute ago, and not in the last minute of a day: at midnight counters begin anew. */
function chooseEndMs(): number {
  const endMs = Date.now() - 60_000;
  return endMs % 86_400_000 > 86_400_000 - 60_000 ? endMs - 60_000 : endMs;
}

const traceId = "a1".repeat(16);
const outer = "b1".repeat(8);
const inner = "c1".repeat(8);

/** Sends one span of the call in a request of its own; it is durable when this resolves. */
async function send(spanId: string, endMs: number): Promise<void> {
  const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
  const tokens = (key: string, count: number): object => ({ key, value: { intValue: String(count) } });
  const span = {
    traceId,
    spanId,
    ...(spanId === inner ? { parentSpanId: outer } : {}),
    name: "chat gpt-4o",
    startTimeUnixNano: String(BigInt(endMs - 2000) * 1_000_000n),
    endTimeUnixNano: String(BigInt(endMs) * 1_000_000n),
    attributes: [
      text("gen_ai.operation.name", "chat"),
      text("gen_ai.provider.name", "openai"),
      text("gen_ai.request.model", "gpt-4o"),
      tokens("gen_ai.usage.input_tokens", 1000),
      tokens("gen_ai.usage.output_tokens", 100),
    ],
  };
  const resource = { attributes: [text("service.name", "twice")] };
  const response = await fetch(`${server?.url}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }),
  });
  expect(response.status).toBe(200);
}

/** What the one call costs: 1,000 tokens at $2.50 and 100 at $10 a million. */
const costUsd = 0.0035;

/** Waits for both spans, of which one is billed, everywhere. */
async function expectOneCall(endMs: number): Promise<void> {
  await vi.waitFor(() => checkOneCall(endMs), { timeout: 90_000, interval: 250 });
}

async function checkOneCall(endMs: number): Promise<void> {
  const trace = await read<Trace>(`/api/traces/${traceId}`);
  expect(trace.spans.map(({ spanId, billed }) => [spanId, billed])).toEqual([
    [outer, false],
    [inner, true],
  ]);
  expect(trace).toMatchObject({ inputTokens: 1000, outputTokens: 100 });
  expect(trace.costUsd).toBeCloseTo(costUsd, 9);
  const { totals } = await read<Overview>("/api/overview?service=twice");
  expect(totals).toMatchObject({ requests: 1, inputTokens: 1000, outputTokens: 100 });
  expect(totals.costUsd).toBeCloseTo(costUsd, 9);
  const list = await read<TraceList>("/api/traces?service=twice");
  expect(list.items).toMatchObject([{ inputTokens: 1000, outputTokens: 100 }]);
  expect(await readSeries("llm_requests_total", endMs)).toBe(1);
  expect(await readSeries("llm_input_tokens_total", endMs)).toBe(1000);
  expect(await readSeries("llm_cost_dollars_total", endMs)).toBeCloseTo(costUsd, 9);
}

interface QueryAnswer {
  readonly data: { readonly result: ReadonlyArray<{ readonly value: readonly [number, string] }> };
}

async function readSeries(name: string, endMs: number): Promise<number> {
  const query = encodeURIComponent(`sum(${name}{service="twice"})`);
  const answer = await read<QueryAnswer>(`/prometheus/api/v1/query?query=${query}&time=${endMs / 1000 + 30}`);
  return Number(answer.data.result[0]?.value[1]);
}

async function readRepeated(): Promise<Ingest["repeatedCalls"]> {
  return (await read<Ingest>("/api/ingest")).repeatedCalls;
}

describe("a call that two instrumentations report in a request each", () => {
  it("is billed once, and the inner span at once, when that comes first", async () => {
    const endMs = chooseEndMs();
    await send(inner, endMs);
    await send(outer, endMs);
    await expectOneCall(endMs);
    expect(await readRepeated()).toMatchObject({ onArrival: 1, later: 0 });
    await restart("stop");
    await expectOneCall(endMs);
  }, 120_000);

  it("is billed once soon after the outer span came first, and stays so", async () => {
    const endMs = chooseEndMs();
    await send(outer, endMs);
    await send(inner, endMs);
    await expectOneCall(endMs);
    await vi.waitFor(async () => expect(await readRepeated()).toMatchObject({ onArrival: 0, later: 1 }));
    await restart("kill");
    await expectOneCall(endMs);
    const repeated = await vi.waitFor(async () => {
      const found = await readRepeated();
      expect(found).toMatchObject({ later: 1 });
      return found;
    });
    expect(repeated?.laterCostUsd).toBeCloseTo(costUsd, 9);
    const metrics = await (await fetch(`${server?.url}/metrics`)).text();
    expect(metrics).toContain('spanlight_repeated_calls_total{project="default",told="later"} 1');
  }, 120_000);

  it("is billed once when a kill comes between its spans", async () => {
    const endMs = chooseEndMs();
    await send(inner, endMs);
    await restart("kill");
    await send(outer, endMs);
    await expectOneCall(endMs);
  }, 120_000);

  it("is billed once when a kill comes before anything could be corrected, and another one during it", async () => {
    const endMs = chooseEndMs();
    await send(outer, endMs);
    await send(inner, endMs);
    await restart("kill");
    await restart("kill");
    await expectOneCall(endMs);
    await vi.waitFor(async () => expect(await readRepeated()).toMatchObject({ later: 1 }), {
      timeout: 30_000,
    });
  }, 120_000);
});

it("the AI SDK's telemetry and a wrapped client within it are one call, whichever is exported first", async () => {
  const provider = await openProvider({ pace: 0, seed: "twice" });
  const path = fileURLToPath(new URL("house/twice-instrumented-application.mjs", import.meta.url));
  for (const first of ["inner", "outer"]) {
    const ended = await runNode([path], {
      env: {
        SPANLIGHT_URL: server?.url,
        OTEL_EXPORTER_OTLP_ENDPOINT: server?.url,
        PROVIDER_URL: provider.baseUrl,
        SERVICE: first,
        OUTER_FIRST: first === "outer" ? "yes" : "no",
      },
    });
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    await vi.waitFor(() => expectOneOfThree(first), { timeout: 90_000, interval: 250 });
  }
  await provider.close();
}, 200_000);

/** Operation, the AI SDK's call, the client's call: the last one is billed. */
async function expectOneOfThree(service: string): Promise<void> {
  const list = await read<TraceList>(`/api/traces?service=${service}`);
  expect(list.items).toHaveLength(1);
  const trace = await read<Trace>(`/api/traces/${list.items[0]?.traceId}`);
  // Two clocks: the client's span may seem to start before the one it lies in.
  const types = trace.spans.map(({ spanType }) => spanType);
  expect(types.toSorted()).toEqual(["agent", "model", "model"]);
  const [call, ...others] = trace.spans.filter(({ billed }) => billed);
  expect(others).toEqual([]);
  const around = trace.spans.find(({ spanId }) => spanId === call?.parentSpanId);
  expect(around).toMatchObject({ spanType: "model", billed: false });
  const { totals } = await read<Overview>(`/api/overview?service=${service}`);
  expect(totals).toMatchObject({
    requests: 1,
    inputTokens: call?.inputTokens,
    outputTokens: call?.outputTokens,
  });
  expect(totals.costUsd).toBeCloseTo(call?.costUsd ?? Number.NaN, 12);
  expect(trace).toMatchObject({ inputTokens: call?.inputTokens, costUsd: call?.costUsd });
}
