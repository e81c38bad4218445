import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { readMessages } from "./read-messages.ts";

const text = (content: string): object => ({ type: "text", content });
const user = (content: string): object => ({ role: "user", parts: [text(content)] });
const assistant = (content: string): object => ({ role: "assistant", parts: [text(content)] });

const nothing = {
  inputMessages: [],
  outputMessages: [],
  systemInstructions: [],
  toolDefinitions: [],
  toolArguments: null,
  toolResult: null,
  documents: [],
};

const root = join(import.meta.dirname, "../../../..");
const recorded = join(process.env["SPANLIGHT_CONFORMANCE"] ?? join(root, "../shared/conformance"), "spans");

describe("attributes that real instrumentations wrote", () => {
  beforeEach((context) => {
    if (!existsSync(recorded)) context.skip(`no recorded spans at ${recorded}; set SPANLIGHT_CONFORMANCE`);
  });

  const weather = [
    user("Weather in Paris?"),
    {
      role: "assistant",
      parts: [
        text("Absolutely! Let me check the weather for you."),
        { type: "tool_call", id: "1234", name: "get_weather", arguments: { location: "Paris" } },
      ],
    },
    { role: "tool", parts: [{ type: "tool_call_response", id: "1234", response: "rainy, 57°F" }] },
  ];
  const rainy = assistant("The weather in Paris is currently rainy with a temperature of 57°F.");
  const stopped = { ...rainy, finish_reason: "stop" };
  const weatherFiles: Array<[string, string, unknown]> = [
    ["otel_genai_client_span_tool_calls.json", "otel", stopped],
    ["otel_genai_deprecated_client_span_tool_calls.json", "otel", stopped],
    ["openinference_client_span_tool_calls.json", "openinference", rainy],
    ["openinference_client_span_input_output_only.json", "openinference", stopped],
  ];
  test.each(weatherFiles)("%s is the same conversation", (file, dialect, answer) => {
    const [content] = readAttributes(file);
    expect(readMessages(content!, { dialect, spanType: "model" })).toEqual({
      ...nothing,
      inputMessages: weather,
      outputMessages: [answer],
    });
  });

  test("a tool span has its arguments and result", () => {
    const [content] = readAttributes("otel_genai_tool_execution_span.json");
    expect(readMessages(content!, { dialect: "otel", spanType: "tool" })).toMatchObject({
      toolArguments: { city: "New York" },
      toolResult: { status: "success" },
      inputMessages: [],
    });
  });

  test.each([
    [
      "vercel-ai-generateText.json",
      "Write a haiku about programming.",
      "Lines of code align,  \nLogic dances through the night—  \nDreams in data flow.",
    ],
    [
      "vercel-ai-generateText-doGenerate.json",
      "Write a haiku about programming.",
      "Lines of code align,  \nLogic dances through the night—  \nDreams in data flow.",
    ],
    [
      "vercel-ai-streamText.json",
      "Write a short poem about TypeScript.",
      "In code’s embrace, where types align,",
    ],
    [
      "vercel-ai-streamText-doStream.json",
      "Write a short poem about TypeScript.",
      "In code’s embrace, where types align,",
    ],
    [
      "vercel-ai-generateObject.json",
      "Generate a simple recipe for scrambled eggs.",
      '{"name":"Scrambled Eggs"',
    ],
    [
      "vercel-ai-generateObject-doGenerate.json",
      "Generate a simple recipe for scrambled eggs.",
      '{"name":"Scrambled Eggs"',
    ],
  ])("%s has its question and its answer", (file, question, answer) => {
    const [content] = readAttributes(file);
    const said = readMessages(content!, { dialect: "vercel-ai", spanType: "model" });
    expect(said.inputMessages).toEqual([user(question)]);
    expect(said.outputMessages).toEqual([
      {
        role: "assistant",
        parts: [{ type: "text", content: expect.stringContaining(answer) }],
        finish_reason: "stop",
      },
    ]);
  });

  test.each(["vercel-ai-embed.json", "vercel-ai-embed-doEmbed.json"])(
    "%s has the text, not the numbers",
    (file) => {
      const [content] = readAttributes(file);
      const said = readMessages(content!, { dialect: "vercel-ai", spanType: "embedding" });
      expect(said).toEqual({
        ...nothing,
        inputMessages: [user("The quick brown fox jumps over the lazy dog.")],
      });
    },
  );

  test("a conversation of several turns keeps its turns", () => {
    const [, second] = readAttributes("vercel-ai-generateText.json");
    expect(readMessages(second!, { dialect: "vercel-ai", spanType: "model" }).inputMessages).toEqual([
      { role: "system", parts: [text("You are a helpful assistant.")] },
      user("What is 2 + 2?"),
      assistant("2 + 2 equals 4."),
      user("And what is 3 + 3?"),
    ]);
  });
});

/** The attributes of the file's spans as the write path stores content: text as it is, everything else as JSON. */
function readAttributes(file: string): Array<Record<string, string>> {
  const parsed: unknown = JSON.parse(readFileSync(join(recorded, file), "utf8"));
  const spans = Array.isArray(parsed) ? parsed.map((span) => span.attributes) : [parsed];
  return spans.map((attributes) =>
    Object.fromEntries(
      Object.entries(attributes as object).map(([key, value]) => [
        key,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
  );
}
