import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { convertGenAISpanAttributesToOpenInferenceSpanAttributes } from "@arizeai/openinference-genai";
import { LangfuseOtelSpanAttributes } from "@langfuse/core";
import { createObservationAttributes } from "@langfuse/tracing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runAgent } from "../../testing/agent-run.ts";
import type { WireSpan } from "../../testing/decode-trace-request.ts";
import { startRecordedSdk } from "../../testing/recorded-sdk.ts";
import { startOtlpReceiver, type OtlpReceiver } from "../../testing/otlp-receiver.ts";
import type { DestinationPreset } from "./destination.ts";
import { langfuse, langsmith, opik, phoenix } from "./presets.ts";

let receiver: OtlpReceiver;
beforeEach(async () => {
  receiver = await startOtlpReceiver();
});
afterEach(() => receiver.close());

/** The spans of one agent run: as the conventions have them, and as this destination got them. */
async function runInto(preset: DestinationPreset): Promise<{ plain: WireSpan[]; translated: WireSpan[] }> {
  const recorded = await startRecordedSdk({
    captureContent: true,
    version: "4.5.6",
    destinations: [preset],
  });
  await runAgent();
  const plain = await recorded.flush();
  const translated = receiver.spans().toSorted((a, b) => (a.startNs < b.startNs ? -1 : 1));
  await recorded.stop();
  expect(translated.map(({ spanId }) => spanId)).toEqual(plain.map(({ spanId }) => spanId));
  return { plain, translated };
}

const find = (spans: WireSpan[], name: string): Record<string, unknown> =>
  spans.find((span) => span.name === name)?.attributes ?? {};

describe("OpenInference", () => {
  test("says what Arize's own converter makes of the same spans, value for value", async () => {
    const { plain, translated } = await runInto(phoenix({ endpoint: receiver.url }));
    const operations = plain.filter(({ attributes }) => "gen_ai.operation.name" in attributes);
    expect(operations).toHaveLength(5);
    for (const span of operations) {
      const converted = convertGenAISpanAttributesToOpenInferenceSpanAttributes(
        span.attributes as Parameters<typeof convertGenAISpanAttributesToOpenInferenceSpanAttributes>[0],
      );
      const ours = translated.find(({ spanId }) => spanId === span.spanId)?.attributes ?? {};
      expect(converted).not.toBeNull();
      for (const [name, value] of Object.entries(converted ?? {})) {
        // It keeps the instructions a second time, as metadata.
        if (name === "metadata.gen_ai.system_instructions") continue;
        expect.soft(ours[name], `${span.name}: ${name}`).toEqual(value);
      }
    }
  });

  test("adds what the converter leaves out: kinds of steps, documents, reasoning tokens, cost, tags, metadata", async () => {
    const { translated } = await runInto(phoenix({ endpoint: receiver.url, project: "shop" }));
    expect(find(translated, "step 1")).toMatchObject({ "openinference.span.kind": "CHAIN" });
    expect(find(translated, "retrieval handbook")).toMatchObject({
      "openinference.span.kind": "RETRIEVER",
      "input.value": "weather",
      "retrieval.documents.0.document.id": "d1",
      "retrieval.documents.0.document.content": "Rain is wet.",
      "retrieval.documents.0.document.score": 0.9,
    });
    const call = find(translated, "chat gpt-4o-mini");
    expect(call).toMatchObject({
      "llm.token_count.completion_details.reasoning": 24,
      "llm.token_count.prompt_details.cache_read": 64,
      "tag.tags": ["beta", "eu"],
      "user.id": "u-1",
      "session.id": "s-1",
    });
    expect(call["llm.cost.total"]).toBeGreaterThan(0);
    expect(JSON.parse(String(call["metadata"]))).toMatchObject({ plan: "pro", prompt_name: "support" });
    expect(call).not.toHaveProperty("gen_ai.input.messages");
    expect(receiver.traceRequests()[0]?.resource).toMatchObject({ "openinference.project.name": "shop" });
  });
});

describe("Langfuse", () => {
  const keys = { publicKey: "pk-lf-1", secretKey: "sk-lf-1" };
  const known: ReadonlySet<string> = new Set(Object.values(LangfuseOtelSpanAttributes));

  test("names nothing that Langfuse's package does not name", async () => {
    const { translated } = await runInto(langfuse({ ...keys, host: receiver.url }));
    const names = translated.flatMap(({ attributes }) => Object.keys(attributes));
    const own = names.filter((name) => name.startsWith("langfuse."));
    expect(own.length).toBeGreaterThan(20);
    const unknown = own.filter((name) => !known.has(name) && !name.startsWith("langfuse.trace.metadata."));
    expect(unknown).toEqual([]);
  });

  test("draws agent, steps, generations and tools, each under its parent", async () => {
    const { translated } = await runInto(langfuse({ ...keys, host: receiver.url }));
    const drawn = translated.map(({ name, attributes, parentSpanId }) => [
      name,
      attributes["langfuse.observation.type"],
      translated.find(({ spanId }) => spanId === parentSpanId)?.name,
    ]);
    expect(drawn).toEqual([
      ["invoke_agent support", "agent", undefined],
      ["step 1", "chain", "invoke_agent support"],
      ["retrieval handbook", "retriever", "step 1"],
      ["chat gpt-4o-mini", "generation", "step 1"],
      ["execute_tool get_weather", "tool", "step 1"],
      ["step 2", "chain", "invoke_agent support"],
      ["chat gpt-4o-mini", "generation", "step 2"],
    ]);
  });

  test("says of a generation what Langfuse's own SDK would say", async () => {
    const { translated } = await runInto(langfuse({ ...keys, host: receiver.url }));
    const [, generation] = translated.filter(({ name }) => name === "chat gpt-4o-mini");
    const cost = Number(
      JSON.parse(String(generation?.attributes["langfuse.observation.cost_details"])).total,
    );
    const expected = createObservationAttributes("generation", {
      model: "gpt-4o-mini-2024-07-18",
      modelParameters: { temperature: 0.2 },
      usageDetails: {
        input: 56,
        output: 16,
        total: 160,
        input_cached_tokens: 64,
        output_reasoning_tokens: 24,
      },
      costDetails: { total: cost },
      prompt: { name: "support", version: 3, isFallback: false },
      input: {
        tools: [
          {
            type: "function",
            function: { name: "get_weather", parameters: { type: "object", properties: {} } },
          },
        ],
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: "Weather in Paris?" },
        ],
      },
      output: { role: "assistant", content: "Paris." },
    });
    const parse = (attributes: Record<string, unknown>): Record<string, unknown> =>
      Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, parseJson(value)]));
    expect(parse(generation?.attributes ?? {})).toMatchObject(parse(expected));
    expect(cost).toBeGreaterThan(0);
  });

  test("tells of every span what its options say of the trace, and lets the context win", async () => {
    const { translated } = await runInto(
      langfuse({
        ...keys,
        host: receiver.url,
        traceName: "support",
        userId: "nobody",
        sessionId: "none",
        tags: ["beta", "nightly"],
        release: "0.0.0",
        version: "7",
        environment: "staging",
        metadata: { region: "eu", limits: { tokens: 5 } },
      }),
    );
    for (const { attributes } of translated)
      expect(attributes).toMatchObject({
        "langfuse.trace.name": "support",
        "user.id": "u-1",
        "session.id": "s-1",
        "langfuse.trace.tags": ["beta", "nightly", "eu"],
        "langfuse.release": "1.2.3",
        "langfuse.version": "7",
        "langfuse.environment": "staging",
        "langfuse.trace.metadata.region": "eu",
        "langfuse.trace.metadata.limits": '{"tokens":5}',
        "langfuse.trace.metadata.plan": "pro",
      });
  });

  test("shows a tool while it runs, when asked to", async () => {
    const eager = langfuse({ ...keys, host: receiver.url, eagerToolSpans: true });
    const recorded = await startRecordedSdk({ captureContent: true, destinations: [eager] });
    await runAgent();
    await recorded.flush();
    await recorded.stop();
    const tools = receiver.spans().filter(({ name }) => name === "execute_tool get_weather");
    expect(tools).toHaveLength(2);
    const [begun, ended] = tools;
    expect(begun?.spanId).toBe(ended?.spanId);
    expect(begun?.endNs).toBe(begun?.startNs);
    expect(begun?.attributes).toMatchObject({ "langfuse.observation.input": '{"city":"Paris"}' });
    expect(begun?.attributes).not.toHaveProperty("langfuse.observation.output");
    expect(ended?.attributes).toMatchObject({ "langfuse.observation.output": '{"sky":"blue"}' });
    expect(recorded.receiver.spans().filter(({ name }) => name.startsWith("execute_tool"))).toHaveLength(1);
  });
});

describe("LangSmith", () => {
  test("names nothing that LangSmith's package does not name, and says it in the form of its messages", async () => {
    const preset = langsmith({ apiKey: "ls-1", endpoint: receiver.url });
    const { translated } = await runInto(preset);
    const constants = createRequire(import.meta.url)
      .resolve("langsmith")
      .replace(/index\.cjs$/, "dist/experimental/otel/constants.js");
    const published = readFileSync(constants, "utf8");
    const names = translated.flatMap(({ attributes }) => Object.keys(attributes));
    const own = names.filter((name) => /^(langsmith\.|gen_ai\.(system|prompt|completion)$)/.test(name));
    expect(own.length).toBeGreaterThan(20);
    const base = (name: string): string => name.replace(/^langsmith\.metadata\..*/, "langsmith.metadata");
    expect(own.filter((name) => !published.includes(`"${base(name)}"`))).toEqual([]);
    const kinds = translated.map(({ attributes }) => attributes["langsmith.span.kind"]);
    expect(kinds).toEqual(["chain", "chain", "retriever", "llm", "tool", "chain", "llm"]);
    const call = translated.find(({ name }) => name === "chat gpt-4o-mini")?.attributes ?? {};
    expect(call).toMatchObject({
      "gen_ai.system": "openai",
      "langsmith.span.tags": "beta, eu",
      "langsmith.metadata.session_id": "s-1",
      "langsmith.metadata.user_id": "u-1",
      "langsmith.metadata.plan": "pro",
    });
    expect(parseJson(call["langsmith.usage_metadata"])).toEqual({
      input_tokens: 120,
      output_tokens: 40,
      total_tokens: 160,
      input_token_details: { cache_read: 64 },
      output_token_details: { reasoning: 24 },
    });
    expect(parseJson(call["gen_ai.prompt"])).toMatchObject({
      messages: [{ role: "system", content: "Be brief." }, { role: "user" }],
    });
    expect(parseJson(call["gen_ai.completion"])).toEqual({
      messages: [
        {
          role: "assistant",
          content: null,
          tool_calls: [
            {
              id: "call_1",
              type: "function",
              function: { name: "get_weather", arguments: '{"city":"Paris"}' },
            },
          ],
        },
      ],
    });
  });
});

describe("Opik", () => {
  /** Opik's published rules that our attributes meet, in their order: name or prefix, and what becomes of it. */
  const rules: readonly (readonly [string, string])[] = [
    ["gen_ai.request.model", "model"],
    ["gen_ai.request.temperature", "metadata"],
    ["gen_ai.response.id", "metadata"],
    ["gen_ai.response.model", "model"],
    ["gen_ai.response.finish_reasons", "metadata"],
    ["gen_ai.system_instructions", "input"],
    ["gen_ai.system", "provider"],
    ["gen_ai.usage.*", "usage"],
    ["gen_ai.input.*", "input"],
    ["gen_ai.output.*", "output"],
    ["gen_ai.tool.*", "metadata"],
    ["gen_ai.agent.*", "metadata"],
    ["gen_ai.operation.name", "metadata"],
    ["input.value", "input"],
    ["output.value", "output"],
    ["tool.name", "tool"],
    ["session.id", "thread"],
    ["thread_id", "thread"],
    ["opik.tags", "tags"],
    ["opik.metadata*", "metadata"],
  ];
  const read = (attributes: Record<string, unknown>): Record<string, Record<string, unknown>> => {
    const fields: Record<string, Record<string, unknown>> = {};
    for (const [name, value] of Object.entries(attributes)) {
      const rule = rules.find(([key]) =>
        key.endsWith("*") ? name.startsWith(key.slice(0, -1)) : name === key,
      );
      if (rule !== undefined) (fields[rule[1]] ??= {})[name] = value;
    }
    return fields;
  };

  test("is read by Opik's mapping rules: model, provider, usage, input, output, thread, tags", async () => {
    const { translated } = await runInto(opik({ endpoint: receiver.url }));
    const call = read(find(translated, "chat gpt-4o-mini"));
    expect(call["provider"]).toEqual({ "gen_ai.system": "openai" });
    expect(call["model"]).toMatchObject({ "gen_ai.response.model": "gpt-4o-mini-2024-07-18" });
    expect(call["usage"]).toEqual({
      "gen_ai.usage.input_tokens": 120,
      "gen_ai.usage.output_tokens": 40,
      "gen_ai.usage.total_tokens": 160,
      "gen_ai.usage.cache_read_input_tokens": 64,
      "gen_ai.usage.reasoning_tokens": 24,
    });
    expect(call["thread"]).toMatchObject({ thread_id: "s-1" });
    expect(call["tags"]).toEqual({ "opik.tags": ["beta", "eu"] });
    expect(call["metadata"]).toMatchObject({ "opik.metadata.plan": "pro", "opik.metadata.user_id": "u-1" });
    expect(Object.keys(call["input"] ?? {})).toContain("gen_ai.input.messages");
    expect(Object.keys(call["output"] ?? {})).toContain("gen_ai.output.messages");
    const tool = read(find(translated, "execute_tool get_weather"));
    expect(tool).toMatchObject({
      tool: { "tool.name": "get_weather" },
      input: { "input.value": '{"city":"Paris"}' },
      output: { "output.value": '{"sky":"blue"}' },
    });
  });
});

function parseJson(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
