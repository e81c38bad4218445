import { messageSchema } from "@spanlight/contract";
import { expect, test } from "vitest";
import { z } from "zod";
import { readMessages } from "./read-messages.ts";
import type { Said } from "./said.ts";

const text = (content: string): object => ({ type: "text", content });
const user = (content: string): object => ({ role: "user", parts: [text(content)] });
const assistant = (content: string): object => ({ role: "assistant", parts: [text(content)] });

interface Case {
  readonly name: string;
  readonly dialect?: string;
  readonly spanType?: string;
  readonly content: Record<string, string>;
  readonly said: Partial<Record<keyof Said, unknown>>;
}

const cases: Case[] = [
  {
    name: "the current convention: system instructions, tools, a reasoning answer",
    content: {
      "gen_ai.input.messages": JSON.stringify([user("Hi")]),
      "gen_ai.output.messages": JSON.stringify([
        {
          role: "assistant",
          parts: [{ type: "reasoning", content: "hm" }, text("Hello")],
          finish_reason: "stop",
        },
      ]),
      "gen_ai.system_instructions": JSON.stringify([text("Be kind.")]),
      "gen_ai.tool.definitions": JSON.stringify([{ type: "function", name: "search" }]),
    },
    said: {
      inputMessages: [user("Hi")],
      outputMessages: [
        {
          role: "assistant",
          parts: [{ type: "reasoning", content: "hm" }, text("Hello")],
          finish_reason: "stop",
        },
      ],
      systemInstructions: [text("Be kind.")],
      toolDefinitions: [{ type: "function", name: "search" }],
    },
  },
  {
    name: "unknown parts and fields of the convention are kept as they are",
    content: {
      "gen_ai.input.messages": JSON.stringify([
        {
          role: "user",
          name: "Ann",
          parts: [
            { type: "compaction", id: "c1" },
            { type: "uri", modality: "image", uri: "https://x/y.png" },
          ],
        },
      ]),
    },
    said: {
      inputMessages: [
        {
          role: "user",
          name: "Ann",
          parts: [
            { type: "compaction", id: "c1" },
            { type: "uri", modality: "image", uri: "https://x/y.png" },
          ],
        },
      ],
    },
  },
  {
    name: "a tool response under its older name `result`",
    content: {
      "gen_ai.input.messages":
        '[{"role":"tool","parts":[{"type":"tool_call_response","id":"1","result":"rainy"}]}]',
    },
    said: {
      inputMessages: [{ role: "tool", parts: [{ type: "tool_call_response", id: "1", response: "rainy" }] }],
    },
  },
  {
    name: "messages that are cut short stay text",
    content: { "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"te' },
    said: { inputMessages: [user('[{"role":"user","parts":[{"type":"te')] },
  },
  {
    name: "chat completion messages with tool calls and an image",
    content: {
      "gen_ai.prompt": JSON.stringify([
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
          ],
        },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: '{"at":1}' } }],
        },
        { role: "tool", tool_call_id: "c1", content: '{"seen":"cat"}' },
      ]),
      "gen_ai.completion": '[{"role":"assistant","content":"A cat","finish_reason":"stop"}]',
    },
    said: {
      inputMessages: [
        {
          role: "user",
          parts: [
            text("What is this?"),
            { type: "blob", modality: "image", mime_type: "image/png", content: "AAAA" },
          ],
        },
        { role: "assistant", parts: [{ type: "tool_call", id: "c1", name: "look", arguments: { at: 1 } }] },
        { role: "tool", parts: [{ type: "tool_call_response", id: "c1", response: { seen: "cat" } }] },
      ],
      outputMessages: [{ ...assistant("A cat"), finish_reason: "stop" }],
    },
  },
  {
    name: "a plain prompt and completion",
    content: { "gen_ai.prompt": "Say hi", "gen_ai.completion": "hi" },
    said: { inputMessages: [user("Say hi")], outputMessages: [assistant("hi")] },
  },
  {
    name: "prompts spread over numbered keys, more than nine of them",
    content: {
      ...Object.fromEntries(
        Array.from({ length: 11 }, (_, index) => [`gen_ai.prompt.${index}.content`, `message ${index}`]),
      ),
      ...Object.fromEntries(
        Array.from({ length: 11 }, (_, index) => [`gen_ai.prompt.${index}.role`, "user"]),
      ),
      "gen_ai.completion.0.role": "assistant",
      "gen_ai.completion.0.finish_reason": "tool_calls",
      "gen_ai.completion.0.tool_calls.0.id": "c9",
      "gen_ai.completion.0.tool_calls.0.name": "pay",
      "gen_ai.completion.0.tool_calls.0.arguments": '{"usd":3}',
      "llm.request.functions.0.name": "pay",
      "llm.request.functions.0.description": "pays",
    },
    said: {
      inputMessages: Array.from({ length: 11 }, (_, index) => user(`message ${index}`)),
      outputMessages: [
        {
          role: "assistant",
          parts: [{ type: "tool_call", id: "c9", name: "pay", arguments: { usd: 3 } }],
          finish_reason: "tool_calls",
        },
      ],
      toolDefinitions: [{ name: "pay", description: "pays" }],
    },
  },
  {
    name: "messages as span events, structured and as JSON text",
    content: {
      events: JSON.stringify([
        { name: "gen_ai.system.message", attributes: { content: "Be brief." } },
        { name: "gen_ai.user.message", attributes: { content: "Hi" } },
        {
          name: "gen_ai.assistant.message",
          attributes: { tool_calls: '[{"id":"c1","function":{"name":"f","arguments":"{}"}}]' },
        },
        { name: "gen_ai.tool.message", attributes: { id: "c1", content: "42" } },
        { name: "exception", attributes: { "exception.message": "no" } },
        {
          name: "gen_ai.choice",
          attributes: { index: 0, finish_reason: "stop", message: '{"role":"assistant","content":"Hello"}' },
        },
      ]),
    },
    said: {
      inputMessages: [
        { role: "system", parts: [text("Be brief.")] },
        user("Hi"),
        { role: "assistant", parts: [{ type: "tool_call", id: "c1", name: "f", arguments: {} }] },
        { role: "tool", parts: [{ type: "tool_call_response", id: "c1", response: "42" }] },
      ],
      outputMessages: [{ ...assistant("Hello"), finish_reason: "stop" }],
    },
  },
  {
    name: "the details event with structured messages",
    content: {
      events: JSON.stringify([
        {
          name: "gen_ai.client.inference.operation.details",
          attributes: {
            "gen_ai.input.messages": [user("Hi")],
            "gen_ai.output.messages": JSON.stringify([assistant("Ho")]),
          },
        },
      ]),
    },
    said: { inputMessages: [user("Hi")], outputMessages: [assistant("Ho")] },
  },
  {
    name: "a tool's own span",
    spanType: "tool",
    content: { "gen_ai.tool.call.arguments": '{"q":"x"}', "gen_ai.tool.call.result": "found nothing" },
    said: { toolArguments: { q: "x" }, toolResult: "found nothing" },
  },
  {
    name: "a retrieval with its query and documents",
    spanType: "retrieval",
    content: {
      "gen_ai.retrieval.query.text": "returns",
      "gen_ai.retrieval.documents": '[{"id":7,"score":0.5,"content":"Thirty days","source":"faq"},"plain"]',
    },
    said: {
      inputMessages: [user("returns")],
      documents: [{ id: "7", score: 0.5, content: "Thirty days", source: "faq" }, { content: "plain" }],
    },
  },
  {
    name: "OpenInference documents, tools, an image and a prompt beside input.value",
    dialect: "openinference",
    spanType: "retrieval",
    content: {
      "input.value": "returns",
      "output.value": '{"documents":[]}',
      "retrieval.documents.0.document.id": "a",
      "retrieval.documents.0.document.content": "Thirty days",
      "retrieval.documents.0.document.score": "0.93",
      "retrieval.documents.0.document.metadata": '{"page":3}',
      "retrieval.documents.1.document.content": "No returns",
      "llm.tools.0.tool.json_schema": '{"name":"search"}',
    },
    said: {
      inputMessages: [user("returns")],
      documents: [
        { id: "a", content: "Thirty days", score: 0.93, metadata: { page: 3 } },
        { content: "No returns" },
      ],
      toolDefinitions: [{ name: "search" }],
    },
  },
  {
    name: "an OpenInference message with an image",
    dialect: "openinference",
    content: {
      "llm.input_messages.0.message.role": "user",
      "llm.input_messages.0.message.contents.0.message_content.type": "text",
      "llm.input_messages.0.message.contents.0.message_content.text": "Look",
      "llm.input_messages.0.message.contents.1.message_content.type": "image",
      "llm.input_messages.0.message.contents.1.message_content.image.image.url": "https://x/cat.png",
    },
    said: {
      inputMessages: [
        { role: "user", parts: [text("Look"), { type: "uri", modality: "image", uri: "https://x/cat.png" }] },
      ],
    },
  },
  {
    name: "an OpenInference tool",
    dialect: "openinference",
    spanType: "tool",
    content: {
      "tool.parameters": '{"type":"object"}',
      "input.value": '{"city":"Rome"}',
      "output.value": "sunny",
    },
    said: { toolArguments: { city: "Rome" }, toolResult: "sunny" },
  },
  {
    name: "a chain's input and output that are no messages",
    dialect: "openinference",
    spanType: "chain",
    content: { "input.value": '{"question":"why?"}', "output.value": "because" },
    said: { inputMessages: [user('{"question":"why?"}')], outputMessages: [assistant("because")] },
  },
  {
    name: "the Vercel AI SDK with tools, reasoning and tool calls",
    dialect: "vercel-ai",
    content: {
      "ai.prompt": '{"system":"Be kind.","messages":[{"role":"user","content":"Hi"}]}',
      "ai.prompt.tools": JSON.stringify(['{"type":"function","name":"f"}', "not json"]),
      "ai.prompt.messages": JSON.stringify([
        { role: "user", content: [{ type: "text", text: "Hi" }] },
        {
          role: "assistant",
          content: [{ type: "tool-call", toolCallId: "t1", toolName: "f", input: { a: 1 } }],
        },
        {
          role: "tool",
          content: [
            {
              type: "tool-result",
              toolCallId: "t1",
              toolName: "f",
              output: { type: "json", value: { b: 2 } },
            },
          ],
        },
      ]),
      "ai.response.text": '{"looks":"like JSON"}',
      "ai.response.reasoning": "thinking",
      "ai.response.toolCalls": '[{"toolCallId":"t2","toolName":"f","input":"{\\"a\\":3}"}]',
      "ai.response.finishReason": "tool-calls",
    },
    said: {
      systemInstructions: [text("Be kind.")],
      toolDefinitions: [{ type: "function", name: "f" }, "not json"],
      inputMessages: [
        user("Hi"),
        { role: "assistant", parts: [{ type: "tool_call", id: "t1", name: "f", arguments: { a: 1 } }] },
        { role: "tool", parts: [{ type: "tool_call_response", id: "t1", response: { b: 2 } }] },
      ],
      outputMessages: [
        {
          role: "assistant",
          parts: [
            { type: "reasoning", content: "thinking" },
            text('{"looks":"like JSON"}'),
            { type: "tool_call", id: "t2", name: "f", arguments: { a: 3 } },
          ],
          finish_reason: "tool-calls",
        },
      ],
    },
  },
  {
    name: "the Vercel AI SDK's tool span",
    dialect: "vercel-ai",
    spanType: "tool",
    content: { "ai.toolCall.args": '{"a":1}', "ai.toolCall.result": '"done"' },
    said: { toolArguments: { a: 1 }, toolResult: "done" },
  },
  {
    name: "several texts that were embedded",
    dialect: "vercel-ai",
    spanType: "embedding",
    content: { "ai.values": '["\\"one\\"","\\"two\\""]', "ai.embeddings": "[[0.1]]" },
    said: { inputMessages: [user("one"), user("two")] },
  },
  {
    name: "a whole Responses API exchange",
    content: {
      input: JSON.stringify({
        input: [
          { role: "user", content: [{ type: "input_text", text: "Hi" }] },
          { type: "function_call", call_id: "c1", name: "f", arguments: "{}" },
          { type: "function_call_output", call_id: "c1", output: "ok" },
        ],
      }),
      output: JSON.stringify({
        output: [{ type: "message", role: "assistant", content: [{ type: "output_text", text: "Done" }] }],
      }),
    },
    said: {
      inputMessages: [
        user("Hi"),
        { role: "assistant", parts: [{ type: "tool_call", id: "c1", name: "f", arguments: {} }] },
        { role: "tool", parts: [{ type: "tool_call_response", id: "c1", response: "ok" }] },
      ],
      outputMessages: [assistant("Done")],
    },
  },
  {
    name: "Google's contents and candidates",
    content: {
      input: JSON.stringify({
        contents: [
          { role: "user", parts: [{ text: "Hi" }] },
          { role: "model", parts: [{ functionCall: { name: "f", args: { a: 1 } } }] },
          { role: "user", parts: [{ functionResponse: { name: "f", response: { b: 2 } } }] },
        ],
      }),
      output: JSON.stringify({
        candidates: [{ content: { role: "model", parts: [{ text: "Ho" }] }, finishReason: "STOP" }],
      }),
    },
    said: {
      inputMessages: [
        user("Hi"),
        { role: "assistant", parts: [{ type: "tool_call", name: "f", arguments: { a: 1 } }] },
        { role: "user", parts: [{ type: "tool_call_response", response: { b: 2 } }] },
      ],
      outputMessages: [{ ...assistant("Ho"), finish_reason: "STOP" }],
    },
  },
  {
    name: "Anthropic's messages and answer",
    content: {
      input: JSON.stringify([
        { role: "user", content: "Hi" },
        { role: "assistant", content: [{ type: "tool_use", id: "u1", name: "f", input: { a: 1 } }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "u1", content: "ok" }] },
      ]),
      output: JSON.stringify({
        role: "assistant",
        content: [
          { type: "thinking", thinking: "hm" },
          { type: "text", text: "Ho" },
        ],
        stop_reason: "end_turn",
      }),
    },
    said: {
      inputMessages: [
        user("Hi"),
        { role: "assistant", parts: [{ type: "tool_call", id: "u1", name: "f", arguments: { a: 1 } }] },
        { role: "user", parts: [{ type: "tool_call_response", id: "u1", response: "ok" }] },
      ],
      outputMessages: [
        {
          role: "assistant",
          parts: [{ type: "reasoning", content: "hm" }, text("Ho")],
          finish_reason: "end_turn",
        },
      ],
    },
  },
  {
    name: "LangChain's serialised messages",
    content: {
      input: JSON.stringify({
        messages: [
          [
            {
              lc: 1,
              type: "constructor",
              id: ["langchain_core", "messages", "HumanMessage"],
              kwargs: { content: "Hi" },
            },
          ],
        ],
      }),
      output: JSON.stringify({
        generations: [
          [
            {
              text: "Ho",
              message: { lc: 1, id: ["langchain_core", "messages", "AIMessage"], kwargs: { content: "Ho" } },
            },
          ],
        ],
      }),
    },
    said: { inputMessages: [user("Hi")], outputMessages: [assistant("Ho")] },
  },
  {
    name: "the newer names win where a span speaks two dialects",
    dialect: "vercel-ai",
    content: {
      "gen_ai.input.messages": JSON.stringify([user("new")]),
      "gen_ai.prompt": "old",
      "input.value": "other",
    },
    said: { inputMessages: [user("new")] },
  },
  { name: "a span that says nothing", content: {}, said: {} },
];

const nothing: Said = {
  inputMessages: [],
  outputMessages: [],
  systemInstructions: [],
  toolDefinitions: [],
  toolArguments: null,
  toolResult: null,
  documents: [],
};

test.each(cases)("$name", ({ dialect = "otel", spanType = "model", content, said }) => {
  expect(readMessages(content, { dialect, spanType })).toEqual({ ...nothing, ...said });
});

test("hostile content is shown as text and never throws", () => {
  const deep = "[".repeat(5000) + "]".repeat(5000);
  const hostile = [
    "null",
    "[null]",
    "{}",
    "[]",
    "[[]]",
    '{"role":1}',
    '{"messages":{}}',
    '{"messages":[{"content":{}}]}',
    deep,
    '{"__proto__":{"role":"x"}}',
    "\u0000",
    '[{"role":"tool","content":[null]}]',
  ];
  const keys = [
    "gen_ai.input.messages",
    "gen_ai.completion",
    "gen_ai.prompt.99999999999.role",
    "llm.input_messages.0.message",
    "llm.input_messages.0.message.contents.x.y",
    "retrieval.documents.0.document.score",
    "ai.prompt",
    "ai.prompt.tools",
    "ai.response.toolCalls",
    "ai.value",
    "input",
    "output.value",
    "events",
    "gen_ai.system_instructions",
    "gen_ai.tool.definitions",
  ];
  for (const value of hostile) {
    for (const spanType of ["model", "tool", "retrieval", ""]) {
      const said = readMessages(Object.fromEntries(keys.map((key) => [key, value])), {
        dialect: "otel",
        spanType,
      });
      expect(() => JSON.stringify(said)).not.toThrow();
      expect(z.array(messageSchema).safeParse(said.inputMessages).success).toBe(true);
    }
  }
  expect({}).not.toHaveProperty("role");
});
