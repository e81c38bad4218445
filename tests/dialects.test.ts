// Spans as real instrumentations write them (third-party recordings), through the server and back out of its API.
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Span, Trace } from "@spanlight/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServerProcess, type ServerProcess } from "./server-process.ts";

const directory = resolve(
  process.env["SPANLIGHT_CONFORMANCE"] ?? join(import.meta.dirname, "../../shared/conformance"),
  "spans",
);
const files = existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith(".json")) : [];
const reason = `the recorded spans are not at ${directory}; set SPANLIGHT_CONFORMANCE`;

type Attributes = Record<string, unknown>;

interface Recorded {
  readonly name: string;
  readonly attributes: Attributes;
}

let server: ServerProcess;

beforeAll(async () => {
  server = await startServerProcess();
});
afterAll(() => server.stop());

function read(file: string): unknown {
  return JSON.parse(readFileSync(join(directory, file), "utf8"));
}

/** A file holds the attributes of one span, a list of spans, or lists of spans by operation. */
function recordedSpans(file: string): Recorded[] {
  const content = read(file);
  if (Array.isArray(content)) return content as Recorded[];
  const values = Object.values(content as Record<string, unknown>);
  if (values.every((value) => Array.isArray(value) && value.every((item) => typeof item === "object")))
    return values.flat() as Recorded[];
  return [{ name: file, attributes: content as Attributes }];
}

function toOtlpValue(value: unknown): object {
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number")
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(toOtlpValue) } };
  return { stringValue: String(value) };
}

/** Sends the spans as one trace below a root and reads it back. */
async function roundTrip(recorded: readonly Recorded[]): Promise<Trace> {
  const traceId = randomBytes(16).toString("hex");
  const rootId = randomBytes(8).toString("hex");
  const now = BigInt(Date.now()) * 1_000_000n;
  const spans = recorded.map((span, index) => ({
    traceId,
    spanId: randomBytes(8).toString("hex"),
    parentSpanId: rootId,
    name: span.name,
    startTimeUnixNano: String(now + BigInt(index)),
    endTimeUnixNano: String(now + 1_000_000_000n),
    attributes: Object.entries(span.attributes).map(([key, value]) => ({ key, value: toOtlpValue(value) })),
  }));
  const root = {
    traceId,
    spanId: rootId,
    name: "root",
    startTimeUnixNano: String(now),
    endTimeUnixNano: String(now + 2_000_000_000n),
  };
  const response = await fetch(`${server.url}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [root, ...spans] }] }] }),
  });
  expect(await response.json()).toEqual({});
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const answer = await fetch(`${server.url}/api/traces/${traceId}`);
    if (answer.status === 200) return answer.json();
    await delay(100);
  }
  throw new Error(`trace ${traceId} cannot be read`);
}

function firstOf(attributes: Attributes, ...keys: string[]): unknown {
  return keys.map((key) => attributes[key]).find((value) => value !== undefined) ?? null;
}

function isCall(span: Span): boolean {
  return span.spanType === "model" || span.spanType === "embedding";
}

/** What the recording itself says, whichever dialect it says it in. */
function expectCall(span: Span, said: Attributes): void {
  expect(span).toMatchObject({
    provider: "openai",
    requestModel: firstOf(said, "gen_ai.request.model", "llm.model_name", "ai.model.id"),
    responseModel: firstOf(said, "gen_ai.response.model", "ai.response.model"),
    inputTokens: firstOf(
      said,
      "gen_ai.usage.input_tokens",
      "llm.token_count.prompt",
      "ai.usage.promptTokens",
      "ai.usage.inputTokens",
      "ai.usage.tokens",
    ),
    outputTokens: firstOf(
      said,
      "gen_ai.usage.output_tokens",
      "llm.token_count.completion",
      "ai.usage.completionTokens",
      "ai.usage.outputTokens",
    ),
    cacheReadTokens: firstOf(said, "ai.usage.cachedInputTokens"),
    reasoningTokens: firstOf(said, "ai.usage.reasoningTokens"),
    ttftMs: firstOf(said, "ai.response.msToFirstChunk"),
    finishReasons: firstOf(said, "gen_ai.response.finish_reasons") ?? [],
    unpriced: false,
  });
  expect(span.costUsd === null).toBe(span.inputTokens === null);
}

describe.each(files.length === 0 ? ["(none)"] : files)("recorded spans: %s", (file) => {
  it("are understood: kind, provider, models, tokens, messages; totals of parents are not billed", async (context) => {
    if (files.length === 0) return context.skip(reason);
    if (file === "vercel-capture-results.json") return expectEveryNameKept(file);
    const recorded = recordedSpans(file);
    expect(recorded.length).toBeGreaterThan(0);
    const trace = await roundTrip(recorded);
    const spans = trace.spans.slice(1);
    expect(spans.map((span) => span.name)).toEqual(recorded.map((span) => span.name));
    for (const [index, span] of spans.entries()) {
      const said = recorded[index]!.attributes;
      expect(span.spanType, span.name).not.toBe("other");
      if (isCall(span)) expectCall(span, said);
      else expect(span.costUsd, span.name).toBeNull();
      if (span.spanType === "model") expect(span.inputMessages.length, span.name).toBeGreaterThan(0);
      if (span.spanType === "tool")
        expect(span).toMatchObject({
          toolName: said["gen_ai.tool.name"],
          toolArguments: expect.anything(),
          toolResult: expect.anything(),
        });
    }
    const calls = spans.filter(isCall);
    const tokens = calls.reduce((sum, span) => sum + (span.inputTokens ?? 0), 0);
    expect(trace.inputTokens ?? 0).toBe(tokens);
  });
});

/** The capture lists every attribute name it saw: each is shown again, as an attribute or as content. */
async function expectEveryNameKept(file: string): Promise<void> {
  const { attributeSummary } = read(file) as { attributeSummary: Record<string, string[]> };
  const names = Object.values(attributeSummary).flat();
  // What is embedded, the prompt of the loop and the messages of its calls never stand on one span.
  const standsApart = (name: string): boolean => /^ai\.(value|embedding|prompt$)/.test(name);
  const groups = [names.filter(standsApart), names.filter((name) => !standsApart(name))];
  const trace = await roundTrip(
    groups.map((group) => ({
      name: "all names",
      attributes: Object.fromEntries(group.map((name) => [name, `value of ${name}`])),
    })),
  );
  const shown = JSON.stringify(trace.spans);
  const lost = names.filter((name) => !shown.includes(`value of ${name}"`));
  expect(lost).toEqual([]);
}

describe("the words of a recorded conversation", () => {
  const hasFiles = files.includes("otel_genai_client_span_tool_calls.json");

  it.each([
    "otel_genai_client_span_tool_calls.json",
    "otel_genai_deprecated_client_span_tool_calls.json",
    "openinference_client_span_tool_calls.json",
  ])("are the same from %s as from the current convention", async (file) => {
    if (!hasFiles) return;
    const [given] = (await roundTrip(recordedSpans(file))).spans.slice(1);
    expect(given!.inputMessages).toEqual(
      [
        { role: "user", parts: [{ type: "text", content: "Weather in Paris?" }] },
        {
          role: "assistant",
          parts: [
            { type: "text", content: "Absolutely! Let me check the weather for you." },
            { type: "tool_call", id: "1234", name: "get_weather", arguments: { location: "Paris" } },
          ],
        },
        { role: "tool", parts: [{ type: "tool_call_response", id: "1234", response: "rainy, 57°F" }] },
      ].map((message) =>
        file.startsWith("openinference") && message.role === "assistant"
          ? expect.objectContaining({ role: "assistant" })
          : message,
      ),
    );
    expect(given!.outputMessages).toMatchObject([
      {
        role: "assistant",
        parts: [
          { type: "text", content: "The weather in Paris is currently rainy with a temperature of 57°F." },
        ],
      },
    ]);
  });
});
