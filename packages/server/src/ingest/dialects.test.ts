// One real attribute set per dialect, as its SDK writes it, from bytes to columns.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Attributes } from "@opentelemetry/api";
import { encodeProtobuf, fixtureStartMs, type FixtureSpan } from "../decode/otlp.fixture.ts";
import { Pricer } from "../price/price-call.ts";
import { createTraceIngest } from "./ingest-traces.ts";
import { openTestWay, type TestWay } from "./signals.fixture.ts";

let way: TestWay;
beforeAll(async () => {
  way = await openTestWay();
});
afterAll(() => way.close());

let project = 0;

interface StoredSpan {
  readonly attributes: Record<string, string>;
  readonly content: string[];
}

async function store(attributes: Attributes, span: FixtureSpan = {}): Promise<StoredSpan> {
  project += 1;
  const traces = createTraceIngest({ spool: way.spool, pricer: new Pricer() });
  await traces.accept({ project: `d${project}`, bytes: encodeProtobuf([{ ...span, attributes }]) });
  const [row] =
    await way.stored<StoredSpan>(`SELECT dialect, span_type AS type, operation, provider, request_model AS model, response_model AS responseModel,
    input_tokens AS input, output_tokens AS output, cache_read_tokens AS cacheRead, cache_write_tokens AS cacheWrite, reasoning_tokens AS reasoning,
    ttft_ms AS ttftMs, finish_reasons AS finish, user_id AS user, session_id AS session, tenant_id AS tenant, prompt_name AS prompt, prompt_version AS promptVersion,
    agent_name AS agent, tool_name AS tool, status, status_message AS statusMessage, service, environment, release, billed, cost_usd AS cost, attributes, mapKeys(c.content) AS content
    FROM spans LEFT JOIN (SELECT * FROM contents WHERE project = 'd${project}') AS c ON c.span_id = spans.span_id WHERE spans.project = 'd${project}'`);
  if (row === undefined) throw new Error("the span was not stored");
  return row;
}

describe("Langfuse", () => {
  const generation = {
    "langfuse.observation.type": "generation",
    "langfuse.observation.model.name": "gpt-4o",
    "langfuse.observation.usage_details":
      '{"input":56,"input_cached_tokens":64,"output":120,"output_reasoning_tokens":40,"total":280}',
    "langfuse.observation.completion_start_time": `"${new Date(fixtureStartMs + 250).toISOString()}"`,
    "langfuse.observation.input": '[{"role":"user","content":"hi"}]',
    "langfuse.observation.output": '{"role":"assistant","content":"hello"}',
    "langfuse.observation.prompt.name": "support",
    "langfuse.observation.prompt.version": 3,
    "langfuse.environment": "staging",
    "langfuse.release": "2.0.1",
    "user.id": "u1",
    "session.id": "s1",
  };

  it("generations have inclusive tokens, a price, and the time of the first token", async () => {
    const row = await store(generation);
    expect(row).toMatchObject({
      dialect: "langfuse",
      type: "model",
      operation: "chat",
      model: "gpt-4o",
      input: 120,
      output: 160,
      cacheRead: 64,
      reasoning: 40,
      ttftMs: 250,
      user: "u1",
      session: "s1",
      prompt: "support",
      promptVersion: "3",
      environment: "staging",
      release: "2.0.1",
      billed: 1,
      content: ["langfuse.observation.input", "langfuse.observation.output"],
    });
    // 56 · 2.50 + 64 · 1.25 + 160 · 10 US dollars a million
    expect(row).toHaveProperty("cost", expect.closeTo(0.00182, 8));
  });

  it.each([
    ["gpt-4o-mini", "openai"],
    ["o3", "openai"],
    ["claude-sonnet-4-5", "anthropic"],
    ["gemini-2.5-pro", "gcp.gemini"],
    ["gpt-oss-120b", ""],
    ["llama-3.3-70b", ""],
  ])("generations with %s are of provider %j", async (model, provider) => {
    const attributes = {
      "langfuse.observation.type": "generation",
      "langfuse.observation.model.name": model,
    };
    expect(await store(attributes)).toMatchObject({ model, provider });
  });

  it("observations of level ERROR have failed", async () => {
    const row = await store({
      "langfuse.observation.type": "tool",
      "langfuse.observation.level": "ERROR",
      "langfuse.observation.status_message": "no such order",
    });
    expect(row).toMatchObject({ type: "tool", status: 2, statusMessage: "no such order", billed: 0 });
  });

  it("and a span after one has nothing of it", async () => {
    await store(generation);
    expect(await store({ "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o" })).toMatchObject({
      dialect: "otel",
      input: null,
      ttftMs: null,
      environment: "",
      status: 0,
    });
  });
});

describe("the Vercel AI SDK", () => {
  it("calls with a prompt of Langfuse have its name and version", async () => {
    const langfusePrompt = JSON.stringify({ name: "greet", version: 3, labels: ["production"] });
    const call = { "ai.operationId": "ai.generateText.doGenerate", "ai.model.id": "gpt-4o" };
    expect(await store({ ...call, "ai.telemetry.metadata.langfusePrompt": langfusePrompt })).toMatchObject({
      prompt: "greet",
      promptVersion: "3",
      attributes: expect.objectContaining({ "ai.telemetry.metadata.langfusePrompt": langfusePrompt }),
    });
    expect(await store({ ...call, "ai.telemetry.metadata.langfusePrompt": "{" })).toMatchObject({
      prompt: "",
    });
    expect(await store(call)).toMatchObject({ prompt: "", promptVersion: "" });
  });
});

describe("Phoenix", () => {
  const project = { "openinference.project.name": "shop" };

  it.each([
    ["where nobody named it", project, "shop"],
    ["where the SDK filled in a name", { ...project, "service.name": "unknown_service:node" }, "shop"],
    ["and not where it has a name", { ...project, "service.name": "bot" }, "bot"],
    ["and without a project it stays unknown", {}, "unknown_service"],
  ])("names the service by its project %s", async (_when, resource, service) => {
    expect(await store({}, { resource })).toMatchObject({ service });
  });
});

describe("the Model Context Protocol", () => {
  it("a call of a tool is one where no operation says so, and its transport's session no conversation", async () => {
    const call = { "mcp.method.name": "tools/call", "gen_ai.tool.name": "search", "mcp.session.id": "t1" };
    expect(await store(call)).toMatchObject({ type: "tool", tool: "search", session: "" });
    expect(await store({ ...call, "openinference.span.kind": "CHAIN" })).toMatchObject({ type: "chain" });
  });
});

describe("OpenLLMetry", () => {
  it("chat spans keep the association's user and session", async () => {
    const row = await store({
      "llm.request.type": "chat",
      "gen_ai.system": "OpenAI",
      "gen_ai.request.model": "gpt-4o",
      "gen_ai.response.model": "gpt-4o-2024-08-06",
      "gen_ai.prompt.0.role": "user",
      "gen_ai.prompt.0.content": "hi",
      "gen_ai.completion.0.content": "hello",
      "gen_ai.usage.prompt_tokens": 10,
      "gen_ai.usage.completion_tokens": 5,
      "llm.usage.total_tokens": 15,
      "traceloop.association.properties.user_id": "u1",
      "traceloop.association.properties.session_id": "s1",
      "traceloop.prompt.key": "greet",
      "traceloop.prompt.version": "2",
      "llm.request.functions.0.name": "search",
    });
    expect(row).toMatchObject({
      dialect: "openllmetry",
      type: "model",
      operation: "chat",
      provider: "openai",
      model: "gpt-4o",
      responseModel: "gpt-4o-2024-08-06",
      input: 10,
      output: 5,
      user: "u1",
      session: "s1",
      prompt: "greet",
      promptVersion: "2",
    });
    expect(row.content).toHaveLength(4);
    expect(row.attributes).toMatchObject({ "llm.usage.total_tokens": "15" });
  });

  it("entities are tools and agents by their kind", async () => {
    const entity = (kind: string): Attributes => ({
      "traceloop.span.kind": kind,
      "traceloop.entity.name": "lookup",
      "traceloop.entity.input": "{}",
    });
    expect(await store(entity("tool"))).toMatchObject({ type: "tool", tool: "lookup", agent: "" });
    expect(await store(entity("agent"))).toMatchObject({ type: "agent", tool: "", agent: "lookup" });
    expect(await store(entity("workflow"))).toMatchObject({ type: "chain", tool: "", agent: "", billed: 0 });
  });

  it("completions of the first versions are text completions", async () => {
    expect(
      await store({
        "llm.request.type": "completion",
        "llm.vendor": "OpenAI",
        "llm.request.model": "davinci-002",
      }),
    ).toMatchObject({ operation: "text_completion", type: "model", model: "davinci-002" });
  });
});

describe("LangSmith", () => {
  it("runs keep their kind, thread and the parts of their tokens", async () => {
    const row = await store({
      "langsmith.span.kind": "llm",
      "langsmith.trace.name": "ChatOpenAI",
      "langsmith.metadata.ls_provider": "openai",
      "langsmith.metadata.ls_model_name": "gpt-4o",
      "langsmith.metadata.thread_id": "t1",
      "langsmith.metadata.user_id": "u1",
      "gen_ai.system": "openai",
      "gen_ai.usage.input_tokens": 100,
      "gen_ai.usage.output_tokens": 50,
      "gen_ai.usage.input_token_details": '{"cache_read":60}',
      "gen_ai.usage.output_token_details": '{"reasoning":20}',
      "gen_ai.prompt": "{}",
    });
    expect(row).toMatchObject({
      dialect: "langsmith",
      type: "model",
      provider: "openai",
      model: "gpt-4o",
      session: "t1",
      user: "u1",
      input: 100,
      output: 50,
      cacheRead: 60,
      reasoning: 20,
      content: ["gen_ai.prompt"],
    });
  });
});

describe("MLflow", () => {
  it("spans say everything in JSON", async () => {
    const row = await store({
      "mlflow.spanType": '"CHAT_MODEL"',
      "mlflow.llm.model": '"gpt-4o"',
      "mlflow.llm.provider": '"openai"',
      "mlflow.chat.tokenUsage": '{"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}',
      "mlflow.spanInputs": '{"messages": []}',
      "mlflow.spanOutputs": '{"choices": []}',
      "mlflow.spanFunctionName": '"create"',
    });
    expect(row).toMatchObject({
      dialect: "mlflow",
      type: "model",
      operation: "chat",
      provider: "openai",
      model: "gpt-4o",
      input: 10,
      output: 5,
      content: ["mlflow.spanInputs", "mlflow.spanOutputs"],
    });
  });
});

describe("OpenLIT", () => {
  it("adds the time of the first token in seconds", async () => {
    expect(
      await store({
        "gen_ai.operation.name": "chat",
        "gen_ai.system": "anthropic",
        "gen_ai.request.model": "claude-sonnet-4-5",
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.usage.cost": 0.0001,
        "gen_ai.server.time_to_first_token": 0.4,
        "gen_ai.environment": "production",
      }),
    ).toMatchObject({
      dialect: "otel",
      provider: "anthropic",
      ttftMs: 400,
      environment: "production",
      input: 10,
    });
  });
});

describe("Mastra", () => {
  it("generations are model calls and their steps are not", async () => {
    const generation = {
      "mastra.span.type": "model_generation",
      "gen_ai.request.model": "gpt-4o",
      "gen_ai.usage.input_tokens": 10,
      "gen_ai.usage.cached_input_tokens": 4,
      "mastra.completion_start_time": new Date(fixtureStartMs + 100).toISOString(),
      "gen_ai.response.finish_reasons": '["stop"]',
      "mastra.metadata.userId": "u1",
    };
    expect(await store(generation)).toMatchObject({
      dialect: "mastra",
      type: "model",
      cacheRead: 4,
      ttftMs: 100,
      finish: "stop",
      user: "u1",
      billed: 1,
    });
    expect(await store({ ...generation, "mastra.span.type": "model_step" })).toMatchObject({
      type: "chain",
      billed: 0,
    });
    expect(
      await store({
        "mastra.span.type": "tool_call",
        "gen_ai.tool.name": "search",
        "mastra.tool_call.input": "{}",
      }),
    ).toMatchObject({ type: "tool", tool: "search", content: ["mastra.tool_call.input"] });
  });
});

describe("Google's Agent Development Kit", () => {
  it("calls carry their request and response, and its own name is no provider", async () => {
    expect(
      await store({
        "gen_ai.system": "gcp.vertex.agent",
        "gen_ai.request.model": "gemini-2.5-flash",
        "gcp.vertex.agent.session_id": "s1",
        "gcp.vertex.agent.invocation_id": "e-1",
        "gcp.vertex.agent.llm_request": "{}",
        "gcp.vertex.agent.llm_response": "{}",
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 100,
      }),
    ).toMatchObject({
      type: "model",
      provider: "gcp.gen_ai",
      session: "s1",
      cost: expect.closeTo(0.00055, 8),
      content: ["gcp.vertex.agent.llm_request", "gcp.vertex.agent.llm_response"],
    });
  });
});

describe("Anthropic's own tracing", () => {
  it("says why it stopped in its own attribute", async () => {
    expect(
      await store({
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-sonnet-4-5",
        "gen_ai.usage.input_tokens": 124,
        "gen_ai.usage.cache_write.input_tokens": 10,
        "gen_ai.usage.cache_read.input_tokens": 64,
        "anthropic.message.stop_reason": "tool_use",
      }),
    ).toMatchObject({
      provider: "anthropic",
      input: 124,
      cacheRead: 64,
      cacheWrite: 10,
      finish: "tool_calls",
    });
  });
});
