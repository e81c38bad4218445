// Claude Code's own telemetry, as versions 2.1 send it: spans, log events, metrics with deltas.
import { trace, ROOT_CONTEXT, TraceFlags, type Attributes } from "@opentelemetry/api";
import { AggregationTemporality } from "@opentelemetry/sdk-metrics";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeProtobuf } from "../decode/otlp.fixture.ts";
import { createFixtureMeter, encodeLogs, encodeMetrics } from "../decode/otlp-signals.fixture.ts";
import { Pricer } from "../price/price-call.ts";
import { createTraceIngest } from "./ingest-traces.ts";
import { openTestWay, type TestWay } from "./signals.fixture.ts";

let way: TestWay;
beforeAll(async () => {
  way = await openTestWay();
});
afterAll(() => way.close());

const traceId = "0af7651916cd43dd8448eb211c80319c";
const who = { "user.id": "u1", "session.id": "s1", "organization.id": "o1", "terminal.type": "xterm" };

async function storeSpan(project: string, name: string, attributes: Attributes): Promise<unknown> {
  const traces = createTraceIngest({ spool: way.spool, pricer: new Pricer() });
  await traces.accept({ project, bytes: encodeProtobuf([{ name, attributes: { ...who, ...attributes } }]) });
  const [row] = await way.stored(`SELECT dialect, span_type AS type, provider, request_model AS model,
    input_tokens AS input, output_tokens AS output, cache_read_tokens AS cacheRead, cache_write_tokens AS cacheWrite, ttft_ms AS ttftMs,
    finish_reasons AS finish, user_id AS user, session_id AS session, tool_name AS tool, prompt_name AS prompt, billed, cost_usd AS cost
    FROM spans WHERE project = '${project}'`);
  return row;
}

describe("Claude Code's spans", () => {
  it("have inclusive tokens and a cost, though its counts exclude one another", async () => {
    const row = await storeSpan("call", "claude_code.llm_request", {
      "span.type": "llm_request",
      model: "claude-sonnet-4-5",
      "gen_ai.system": "anthropic",
      "gen_ai.request.model": "claude-sonnet-4-5",
      input_tokens: 2,
      output_tokens: 1200,
      cache_read_tokens: 84562,
      cache_creation_tokens: 7096,
      ttft_ms: 812,
      success: true,
      stop_reason: "tool_use",
      "prompt.id": "4b3f3b1e-5f0e-4c1e-9a51-0c3a5a1b2c3d",
    });
    expect(row).toEqual({
      prompt: "",
      dialect: "claude-code",
      type: "model",
      provider: "anthropic",
      model: "claude-sonnet-4-5",
      input: 91660,
      output: 1200,
      cacheRead: 84562,
      cacheWrite: 7096,
      ttftMs: 812,
      finish: "tool_calls",
      user: "u1",
      session: "s1",
      tool: "",
      billed: 1,
      // 2 · 3 + 84,562 · 0.30 + 7,096 · 3.75 + 1,200 · 15 US dollars a million
      cost: expect.closeTo(0.0699846, 7),
    });
  });

  it("of earlier versions name the model without a prefix", async () => {
    const row = await storeSpan("bare", "claude_code.llm_request", {
      "span.type": "llm_request",
      model: "claude-sonnet-4-5",
      input_tokens: 10,
      output_tokens: 5,
    });
    expect(row).toMatchObject({ type: "model", model: "claude-sonnet-4-5", input: 10, output: 5, billed: 1 });
  });

  it("of tools and turns are no model calls", async () => {
    expect(
      await storeSpan("tool", "claude_code.tool", {
        "span.type": "tool",
        tool_name: "Bash",
        duration_ms: 1831,
      }),
    ).toMatchObject({ type: "tool", tool: "Bash", billed: 0 });
    expect(await storeSpan("turn", "claude_code.interaction", { "span.type": "interaction" })).toMatchObject({
      type: "agent",
      billed: 0,
    });
  });

  it("do not lend their bare names to anybody else's spans", async () => {
    expect(await storeSpan("web", "GET /", { "span.type": "web" })).toMatchObject({ dialect: "", type: "" });
    expect(
      await storeSpan("other", "train", { model: "resnet", input_tokens: 5, stop_reason: "done" }),
    ).toMatchObject({ type: "", model: "", input: null, finish: "", billed: 0 });
  });
});

describe("Claude Code's log events", () => {
  it("keep name, user, session, the span they belong to and every figure with its type", async () => {
    const context = trace.setSpanContext(ROOT_CONTEXT, {
      traceId,
      spanId: "b7ad6b7169203331",
      traceFlags: TraceFlags.SAMPLED,
    });
    const bytes = encodeLogs([
      {
        timestamp: 1_763_640_000_000,
        body: "claude_code.api_request",
        context,
        attributes: {
          ...who,
          "event.name": "api_request",
          "event.sequence": 7,
          "prompt.id": "p1",
          model: "claude-sonnet-4-5",
          input_tokens: 2,
          output_tokens: 1200,
          cost_usd: 0.0699846,
          duration_ms: 1521,
        },
      },
    ]);
    await way.logs.accept({ project: "events", bytes });
    const rows = await way.stored(`SELECT event_name AS event, body, user_id AS user, session_id AS session,
      lower(hex(trace_id)) AS traceId, attributes['cost_usd'] AS cost, attributes['duration_ms'] AS duration FROM logs WHERE project = 'events'`);
    expect(rows).toEqual([
      {
        event: "api_request",
        body: "claude_code.api_request",
        user: "u1",
        session: "s1",
        traceId,
        cost: "0.0699846",
        duration: "1521",
      },
    ]);
  });
});

describe("Claude Code's metrics", () => {
  it("are counters named as Prometheus names them, deltas added up", async () => {
    const { meter, collect } = createFixtureMeter({ temporality: AggregationTemporality.DELTA });
    const tokens = meter.createCounter("claude_code.token.usage", { unit: "tokens" });
    const cost = meter.createCounter("claude_code.cost.usage", { unit: "USD" });
    for (let exported = 0; exported < 2; exported += 1) {
      tokens.add(100, { type: "input", model: "claude-sonnet-4-5" });
      cost.add(0.25, { model: "claude-sonnet-4-5" });
      await way.metrics.accept({ project: "metrics", bytes: encodeMetrics(await collect()) });
    }
    const rows = await way.stored(
      "SELECT metric, max(value) AS value FROM metric_samples WHERE project = 'metrics' AND metric LIKE 'claude%' GROUP BY metric ORDER BY metric",
    );
    expect(rows).toEqual([
      { metric: "claude_code_cost_usage_USD_total", value: 0.5 },
      { metric: "claude_code_token_usage_tokens_total", value: 200 },
    ]);
  });
});
