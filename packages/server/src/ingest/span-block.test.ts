import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NativeBlockWriter } from "../columns/native-block.ts";
import { encodeProtobuf, fixtureStartMs, type FixtureSpan } from "../decode/otlp.fixture.ts";
import { walkTraces } from "../decode/walk-traces.ts";
import { Pricer } from "../price/price-call.ts";
import type { Engine } from "../store/engine.ts";
import { createTestStore } from "../store/store.fixture.ts";
import { SpanBlock, type AppendedSpans } from "./span-block.ts";

let store: Engine;
let directory: string;
let blockNumber = 0n;

beforeAll(async () => {
  store = await createTestStore();
  directory = mkdtempSync(join(tmpdir(), "spanlight-blocks-"));
});
afterAll(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

interface Stored {
  appended: AppendedSpans;
  spans: Record<string, unknown>[];
  contents: Record<string, unknown>[];
}

/** Sends spans through the block into the engine and reads them back. */
async function storeSpans(spans: readonly FixtureSpan[]): Promise<Stored> {
  const block = new SpanBlock(new Pricer());
  const appended = append(block, spans);
  blockNumber += 1n;
  await insert(block);
  return { appended, spans: await read("spans"), contents: await read("contents") };
}

function append(block: SpanBlock, spans: readonly FixtureSpan[]): AppendedSpans {
  const bytes = encodeProtobuf(spans);
  block.begin("default");
  walkTraces(bytes, block);
  return block.end();
}

async function insert(block: SpanBlock): Promise<void> {
  for (const { table, rows, columns } of block.tables) {
    if (rows === 0) continue;
    const file = join(directory, `${blockNumber}.${table}.native`);
    writeFileSync(file, Buffer.concat(new NativeBlockWriter().encode(columns, rows)));
    await store.insertBlock({ table, block: blockNumber, receivedAtMs: fixtureStartMs, files: [file] });
  }
}

function read(table: string): Promise<Record<string, unknown>[]> {
  return store.query({
    sql: `SELECT * REPLACE (lower(hex(trace_id)) AS trace_id, lower(hex(span_id)) AS span_id)${table === "spans" ? ", attributes, attribute_types" : ""} FROM ${table} WHERE block = {block:UInt64} ORDER BY span_id`,
    parameters: { block: blockNumber },
  });
}

const chat: FixtureSpan = {
  status: { code: 1 },
  attributes: {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.response.model": "gpt-4o-2024-08-06",
    "gen_ai.usage.input_tokens": 3410,
    "gen_ai.usage.output_tokens": 412,
    "gen_ai.usage.cache_read.input_tokens": 1920,
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.response.time_to_first_chunk": 0.25,
    "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"hi"}]}]',
    "gen_ai.conversation.id": "c-1",
    "user.id": "u-1",
    "http.route": "/support",
    "gen_ai.request.temperature": 0.7,
  },
  resource: { "service.name": "bot", "service.version": "1.4", "deployment.environment.name": "production" },
};

describe("SpanBlock", () => {
  it("puts a model call into its columns and prices it", async () => {
    const { spans, contents, appended } = await storeSpans([chat]);
    expect(appended).toMatchObject({ received: 1, accepted: 1, unpriced: 0 });
    expect(spans[0]).toMatchObject({
      project: "default",
      trace_id: "0af7651916cd43dd8448eb211c80319c",
      start_time: "2026-11-20T12:00:00.000000000Z",
      duration_ns: "1000000000",
      slot: "2026-11-20T12:00:00Z",
      name: "chat gpt-4o",
      status: 1,
      service: "bot",
      environment: "production",
      release: "1.4",
      scope_name: "fixture",
      scope_version: "1.2.3",
      dialect: "otel",
      span_type: "model",
      operation: "chat",
      provider: "openai",
      model: "gpt-4o",
      request_model: "gpt-4o",
      response_model: "gpt-4o-2024-08-06",
      endpoint: "/support",
      user_id: "u-1",
      session_id: "c-1",
      finish_reasons: "stop",
      error_type: "",
      input_tokens: 3410,
      output_tokens: 412,
      cache_read_tokens: 1920,
      cache_write_tokens: null,
      reasoning_tokens: null,
      billed: 1,
      unpriced: 0,
      ttft_ms: 250,
    });
    expect(spans[0]!["cost_usd"]).toBeCloseTo((1490 * 2.5 + 1920 * 1.25 + 412 * 10) / 1e6, 12);
    expect(contents[0]).toMatchObject({
      conversation: "c-1",
      content: { "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"hi"}]}]' },
    });
  });

  it("keeps every attribute that is not content, with its type", async () => {
    const { spans } = await storeSpans([
      {
        attributes: {
          s: "text",
          i: 42,
          big: Number.MAX_SAFE_INTEGER,
          n: -1,
          d: 0.5,
          b: true,
          a: ["x", "y"],
          e: "",
        },
      },
    ]);
    expect(spans[0]).toMatchObject({
      attributes: {
        s: "text",
        i: "42",
        big: "9007199254740991",
        n: "-1",
        d: "0.5",
        b: "true",
        a: '["x","y"]',
        e: "",
      },
      attribute_types: "siiidbjs",
      content_bytes: 0,
    });
  });

  it("gives back attributes as they came, those that columns hold among them", async () => {
    const given: NonNullable<FixtureSpan["attributes"]>[] = [
      {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.response.finish_reasons": ["stop", "length"],
        "gen_ai.usage.input_tokens": 0,
        "gen_ai.usage.output_tokens": 4294967295,
        "session.id": "s1",
        "user.id": "",
        mine: 1,
      },
      // Values that their columns hold in another form, or not at all.
      {
        "gen_ai.operation.name": "completion",
        "gen_ai.provider.name": "azure",
        "gen_ai.request.model": '"quoted"',
        "gen_ai.response.finish_reasons": ["tool_use", "a,b"],
        "gen_ai.usage.input_tokens": "12",
        "gen_ai.usage.output_tokens": 4294967296,
        "session.id": 7,
        "user.id": ["u"],
      },
      // Two dialects at once: the column holds what is believed first.
      { "gen_ai.request.model": "gpt-4o", "llm.model_name": "gpt-4o-mini", "gen_ai.usage.prompt_tokens": 3 },
    ];
    const { spans } = await storeSpans(
      given.map((attributes, index) => ({ spanId: `000000000000000${index + 1}`, attributes })),
    );
    expect(spans.map((span) => span["attributes"])).toEqual(
      given.map((attributes) =>
        Object.fromEntries(
          Object.entries(attributes).map(([key, value]) => [
            key,
            typeof value === "object" ? JSON.stringify(value) : String(value),
          ]),
        ),
      ),
    );
    expect(spans.map((span) => String(span["attribute_types"]).split("").sort().join(""))).toEqual([
      "iiijsssss",
      "iijjssss",
      "iss",
    ]);
    expect(spans[0]).toMatchObject({ rest_attributes: { mine: "1" } });
  });

  it("has no price for an unknown model and says so", async () => {
    const attributes = {
      ...chat.attributes,
      "gen_ai.request.model": "house-model",
      "gen_ai.response.model": "house-model-7",
    };
    const { spans, appended } = await storeSpans([{ attributes }]);
    expect(spans[0]).toMatchObject({ cost_usd: null, unpriced: 1, billed: 1 });
    expect(appended.unpriced).toBe(1);
  });

  it("keeps absurdly long names whole as attributes, and their beginning as a name", async () => {
    const model = "é".repeat(400) + "x".repeat(400);
    const attributes = { "gen_ai.operation.name": "chat", "gen_ai.request.model": model };
    const { spans } = await storeSpans([{ attributes }]);
    expect(spans).toMatchObject([{ model: model.slice(0, 512), request_model: model.slice(0, 512) }]);
    expect(spans[0]?.["attributes"]).toMatchObject(attributes);
  });

  it("does not bill a parent that repeats the totals of its calls", async () => {
    const parent = { ...chat.attributes, "gen_ai.operation.name": "invoke_agent" };
    const { spans } = await storeSpans([
      { ...chat, spanId: "0000000000000001", attributes: parent },
      { ...chat, spanId: "0000000000000002", parentSpanId: "0000000000000001" },
    ]);
    expect(spans.map((span) => [span["span_type"], span["billed"], span["cost_usd"] === null])).toEqual([
      ["agent", 0, true],
      ["model", 1, false],
    ]);
  });

  it("bills the inner of two nested model calls, for two instrumentations saw one call", async () => {
    const { spans } = await storeSpans([
      { ...chat, spanId: "0000000000000002", parentSpanId: "0000000000000001" },
      { ...chat, spanId: "0000000000000001" },
      {
        ...chat,
        spanId: "0000000000000003",
        parentSpanId: "0000000000000001",
        traceId: "1af7651916cd43dd8448eb211c80319c",
      },
    ]);
    expect(spans.map((span) => [span["billed"], span["cost_usd"] === null])).toEqual([
      [0, true],
      [1, false],
      [1, false],
    ]);
  });

  it("believes the current convention before older names and other dialects", async () => {
    const { spans } = await storeSpans([
      {
        attributes: {
          "llm.token_count.prompt": 1,
          "gen_ai.usage.prompt_tokens": 2,
          "gen_ai.usage.input_tokens": 3,
          "ai.usage.promptTokens": 4,
          "gen_ai.system": "az.ai.openai",
          "llm.provider": "anthropic",
          "gen_ai.request.model": "gpt-4o",
        },
      },
    ]);
    expect(spans[0]).toMatchObject({ input_tokens: 3, provider: "azure.ai.openai", span_type: "model" });
  });

  it("names the error by error.type, else by the exception, else as unknown", async () => {
    const status = { code: 2 as const, message: "no" };
    const { spans } = await storeSpans([
      { spanId: "0000000000000001", status, attributes: { "error.type": "429" } },
      {
        spanId: "0000000000000002",
        status,
        events: [{ name: "exception", attributes: { "exception.type": "TimeoutError" } }],
      },
      { spanId: "0000000000000003", status },
      { spanId: "0000000000000004", attributes: { "error.type": "ignored" } },
    ]);
    expect(spans.map((span) => span["error_type"])).toEqual(["429", "TimeoutError", "_OTHER", ""]);
    expect(JSON.parse(String(spans[1]!["events"]))).toMatchObject([{ name: "exception" }]);
  });

  it("refuses spans without usable ids and keeps the others", async () => {
    const { spans, appended } = await storeSpans([
      { traceId: "00000000000000000000000000000000" },
      { spanId: "0000000000000000" },
      { spanId: "00000000000000aa", name: "kept" },
    ]);
    expect(appended.received).toBe(3);
    expect(Object.fromEntries(appended.rejected)).toEqual({ invalid_trace_id: 1, invalid_span_id: 1 });
    expect(spans.map((span) => span["name"])).toEqual(["kept"]);
  });

  it("takes back a request that turns out to be malformed and keeps those before and after", async () => {
    const block = new SpanBlock(new Pricer());
    append(block, [{ ...chat, spanId: "0000000000000001" }]);
    const bytes = encodeProtobuf([
      { ...chat, spanId: "0000000000000002" },
      { ...chat, spanId: "0000000000000003" },
    ]);
    block.begin("default");
    expect(() => walkTraces(bytes.subarray(0, bytes.length - 5), block)).toThrow();
    block.rollback();
    append(block, [{ ...chat, spanId: "0000000000000004" }]);
    blockNumber += 1n;
    await insert(block);
    expect((await read("spans")).map((span) => span["span_id"])).toEqual([
      "0000000000000001",
      "0000000000000004",
    ]);
    expect(await read("contents")).toHaveLength(2);
  });

  it("puts old message events into the content and leaves other events with the span", async () => {
    const { spans, contents } = await storeSpans([
      {
        ...chat,
        events: [{ name: "gen_ai.user.message", attributes: { content: "hello" } }, { name: "retry" }],
      },
    ]);
    expect(JSON.parse(String(spans[0]!["events"])).map((event: { name: string }) => event.name)).toEqual([
      "retry",
    ]);
    const content = contents[0]!["content"] as Record<string, string>;
    expect(JSON.parse(content["events"]!)).toMatchObject([
      { name: "gen_ai.user.message", attributes: { content: "hello" } },
    ]);
  });

  it("stores a block of more distinct names than a byte and than two bytes can number", async () => {
    const block = new SpanBlock(new Pricer());
    const spans = Array.from({ length: 70_000 }, (_, index) => ({
      name: `n${index}`,
      spanId: (index + 1).toString(16).padStart(16, "0"),
    }));
    for (let from = 0; from < spans.length; from += 7000) append(block, spans.slice(from, from + 7000));
    blockNumber += 1n;
    await insert(block);
    const rows = await store.query({
      sql: "SELECT uniqExact(name) AS names, toString(max(name)) AS last, countIf(name = concat('n', toString(reinterpretAsUInt64(reverse(span_id)) - 1))) AS matching FROM spans WHERE block = {block:UInt64}",
      parameters: { block: blockNumber },
    });
    expect(rows).toEqual([{ names: "70000", last: "n9999", matching: "70000" }]);
  });
});
