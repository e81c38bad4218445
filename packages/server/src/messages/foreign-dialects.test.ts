// What real SDKs wrote into attributes, log events and native bodies, dialect by dialect.
import { describe, expect, test } from "vitest";
import { readMessages } from "./read-messages.ts";
import type { Said } from "./said.ts";

const text = (content: string): object => ({ type: "text", content });
const user = (content: string): object => ({ role: "user", parts: [text(content)] });
const assistant = (content: string): object => ({ role: "assistant", parts: [text(content)] });
const system = (content: string): object => ({ role: "system", parts: [text(content)] });

interface Case {
  readonly name: string;
  readonly dialect: string;
  readonly spanType?: string;
  readonly content: Record<string, unknown>;
  readonly said: Partial<Record<keyof Said, unknown>>;
}

const nothing = {
  inputMessages: [],
  outputMessages: [],
  systemInstructions: [],
  toolDefinitions: [],
  toolArguments: null,
  toolResult: null,
  documents: [],
};

const cases: Case[] = [
  {
    name: "@langfuse/openai 5: a generation keeps the whole request",
    dialect: "langfuse",
    content: {
      "langfuse.observation.input": {
        messages: [{ role: "user", content: "hi" }],
        tools: [{ type: "function", function: { name: "search" } }],
      },
      "langfuse.observation.output": { role: "assistant", content: "Hello!" },
    },
    said: {
      inputMessages: [user("hi")],
      outputMessages: [assistant("Hello!")],
      toolDefinitions: [{ type: "function", function: { name: "search" } }],
    },
  },
  {
    name: "@langfuse/tracing 5: a tool has arguments and a result",
    dialect: "langfuse",
    spanType: "tool",
    content: { "langfuse.observation.input": { id: 3 }, "langfuse.observation.output": { total: 9 } },
    said: { toolArguments: { id: 3 }, toolResult: { total: 9 } },
  },
  {
    name: "Langfuse: input and output of the trace stand for those of its root",
    dialect: "langfuse",
    spanType: "",
    content: { "langfuse.trace.input": "hi", "langfuse.trace.output": "Hello" },
    said: { inputMessages: [user("hi")], outputMessages: [assistant("Hello")] },
  },
  {
    name: "@traceloop/node-server-sdk 0.27: a tool's only argument",
    dialect: "openllmetry",
    spanType: "tool",
    content: {
      "traceloop.entity.input": { args: [7], kwargs: {} },
      "traceloop.entity.output": { id: 7, total: 3 },
    },
    said: { toolArguments: 7, toolResult: { id: 7, total: 3 } },
  },
  {
    name: "@traceloop/node-server-sdk 0.27: a workflow",
    dialect: "openllmetry",
    spanType: "chain",
    content: {
      "traceloop.entity.input": { args: ["hi"], kwargs: {} },
      "traceloop.entity.output": '"Hello!"',
    },
    said: { inputMessages: [user("hi")], outputMessages: [assistant("Hello!")] },
  },
  {
    name: "OpenLLMetry: arguments by name and by place",
    dialect: "openllmetry",
    spanType: "tool",
    content: { "traceloop.entity.input": { args: [1, 2], kwargs: { unit: "km" } } },
    said: { toolArguments: { args: [1, 2], unit: "km" } },
  },
  {
    name: "OpenLLMetry below LangChain: inputs of the chain",
    dialect: "openllmetry",
    spanType: "chain",
    content: {
      "traceloop.entity.input": { inputs: { input: "hi" }, tags: [], metadata: {}, kwargs: {} },
      "traceloop.entity.output": { outputs: { output: "Hello" } },
    },
    said: { inputMessages: [user("hi")], outputMessages: [assistant("Hello")] },
  },
  {
    name: "OpenLLMetry up to 0.20: messages and tool calls spread over numbered keys",
    dialect: "openllmetry",
    content: {
      "gen_ai.prompt.0.role": "system",
      "gen_ai.prompt.0.content": "be nice",
      "gen_ai.prompt.1.role": "user",
      "gen_ai.prompt.1.content": "Weather in Paris?",
      "gen_ai.completion.0.role": "assistant",
      "gen_ai.completion.0.finish_reason": "tool_calls",
      "gen_ai.completion.0.tool_calls.0.id": "c1",
      "gen_ai.completion.0.tool_calls.0.name": "get_weather",
      "gen_ai.completion.0.tool_calls.0.arguments": '{"city":"Paris"}',
      "llm.request.functions.0.name": "get_weather",
      "llm.request.functions.0.parameters": '{"type":"object"}',
    },
    said: {
      inputMessages: [system("be nice"), user("Weather in Paris?")],
      outputMessages: [
        {
          role: "assistant",
          parts: [{ type: "tool_call", id: "c1", name: "get_weather", arguments: { city: "Paris" } }],
          finish_reason: "tool_calls",
        },
      ],
      toolDefinitions: [{ name: "get_weather", parameters: '{"type":"object"}' }],
    },
  },
  {
    name: "MLflow: request and response of a call",
    dialect: "mlflow",
    content: {
      "mlflow.spanInputs": { model: "gpt-4o-mini", messages: [{ role: "user", content: "hi" }] },
      "mlflow.spanOutputs": {
        choices: [{ message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
      },
      "mlflow.chat.tools": [{ type: "function", function: { name: "search" } }],
    },
    said: {
      inputMessages: [user("hi")],
      outputMessages: [{ ...assistant("Hello"), finish_reason: "stop" }],
      toolDefinitions: [{ type: "function", function: { name: "search" } }],
    },
  },
  {
    name: "MLflow: the exchange, its last message the answer",
    dialect: "mlflow",
    content: {
      "mlflow.chat.messages": [
        { role: "user", content: "hi" },
        { role: "assistant", content: "Hello" },
      ],
      "mlflow.spanInputs": { self: "x" },
    },
    said: { inputMessages: [user("hi")], outputMessages: [assistant("Hello")] },
  },
  {
    name: "MLflow: a retrieval's documents",
    dialect: "mlflow",
    spanType: "retrieval",
    content: {
      "mlflow.spanInputs": '"refunds"',
      "mlflow.spanOutputs": [{ page_content: "30 days", metadata: { doc_uri: "a.md" }, id: "1" }],
    },
    said: {
      inputMessages: [user("refunds")],
      documents: [{ id: "1", content: "30 days", metadata: { doc_uri: "a.md" } }],
    },
  },
  {
    name: "@mastra/otel-exporter 1.4: an agent run",
    dialect: "mastra",
    spanType: "agent",
    content: {
      "mastra.agent_run.input": [{ role: "user", content: "hi" }],
      "mastra.agent_run.output": { text: "Hello", files: [] },
      "gen_ai.system_instructions": "be nice",
    },
    said: {
      inputMessages: [user("hi")],
      outputMessages: [assistant("Hello")],
      systemInstructions: [text("be nice")],
    },
  },
  {
    name: "@google/adk 2: a model call",
    dialect: "google-adk",
    content: {
      "gcp.vertex.agent.llm_request": {
        model: "gemini-2.5-flash",
        config: {
          system_instruction: "be nice",
          tools: [{ function_declarations: [{ name: "get_weather", parameters: { type: "OBJECT" } }] }],
        },
        contents: [{ role: "user", parts: [{ text: "Weather in Paris?" }] }],
      },
      "gcp.vertex.agent.llm_response": {
        content: {
          role: "model",
          parts: [{ functionCall: { id: "1", name: "get_weather", args: { city: "Paris" } } }],
        },
        finishReason: "STOP",
      },
    },
    said: {
      inputMessages: [user("Weather in Paris?")],
      outputMessages: [
        {
          role: "assistant",
          parts: [{ type: "tool_call", id: "1", name: "get_weather", arguments: { city: "Paris" } }],
          finish_reason: "STOP",
        },
      ],
      systemInstructions: [text("be nice")],
      toolDefinitions: [{ name: "get_weather", parameters: { type: "OBJECT" } }],
    },
  },
  {
    name: "@google/adk 2: a tool, whose model fields say nothing",
    dialect: "google-adk",
    spanType: "tool",
    content: {
      "gcp.vertex.agent.llm_request": {},
      "gcp.vertex.agent.llm_response": {},
      "gcp.vertex.agent.tool_call_args": { city: "Paris" },
      "gcp.vertex.agent.tool_response": { weather: "rainy" },
    },
    said: { toolArguments: { city: "Paris" }, toolResult: { weather: "rainy" } },
  },
  {
    name: "openlit 1.15: the system prompt stands once, though it is written twice",
    dialect: "otel",
    content: {
      "gen_ai.input.messages": [system("be nice"), user("hi")],
      "gen_ai.output.messages": [{ ...assistant("Hello!"), finish_reason: "stop" }],
      "gen_ai.system_instructions": [text("be nice")],
    },
    said: {
      inputMessages: [user("hi")],
      outputMessages: [{ ...assistant("Hello!"), finish_reason: "stop" }],
      systemInstructions: [text("be nice")],
    },
  },
  {
    name: "OpenLIT up to 1.8: turns in one text",
    dialect: "openlit",
    content: {
      "gen_ai.content.prompt": "system: be nice\nuser: hi\nare you there?\nassistant: yes\nuser: good",
      "gen_ai.content.completion": "Hello",
    },
    said: {
      inputMessages: [system("be nice"), user("hi\nare you there?"), assistant("yes"), user("good")],
      outputMessages: [assistant("Hello")],
    },
  },
  {
    name: "OpenLIT up to 1.8: the same as span events",
    dialect: "openlit",
    content: {
      events: [
        { name: "gen_ai.content.prompt", attributes: { "gen_ai.prompt": "user: hi" } },
        { name: "gen_ai.content.completion", attributes: { "gen_ai.completion": "Hello" } },
      ],
    },
    said: { inputMessages: [user("hi")], outputMessages: [assistant("Hello")] },
  },
  {
    name: "langfuse 5: media uploaded apart, and some that never came",
    dialect: "langfuse",
    content: {
      "langfuse.observation.input": [
        {
          role: "user",
          content: [
            { type: "text", text: "see" },
            {
              type: "image_url",
              image_url: { url: "@@@langfuseMedia:type=image/png|id=m1|source=base64_data_uri@@@" },
            },
            {
              type: "input_audio",
              input_audio: { data: "@@@langfuseMedia:type=audio/wav|id=m2|source=base64_data_uri@@@" },
            },
          ],
        },
      ],
      events: [
        {
          name: "gen_ai.content.media",
          attributes: { "spanlight.media": '{"id":"m1","mime_type":"image/png","content":"iVBORw=="}' },
        },
      ],
    },
    said: {
      inputMessages: [
        {
          role: "user",
          parts: [
            { type: "text", content: "see" },
            { type: "blob", modality: "image", mime_type: "image/png", content: "iVBORw==" },
            { type: "file", modality: "audio", mime_type: "audio/wav", file_id: "m2" },
          ],
        },
      ],
    },
  },
  {
    name: "vercel ai 7: what was ranked, in the order of the scores",
    dialect: "otel",
    spanType: "reranker",
    content: {
      "ai.documents": ['"rain"', '{"title":"sun"}'],
      "ai.ranking": ['{"index":1,"relevanceScore":0.9}', '{"index":0,"relevanceScore":0.1}'],
    },
    said: {
      documents: [
        { title: "sun", score: 0.9 },
        { content: "rain", score: 0.1 },
      ],
    },
  },
  {
    name: "vercel ai 7, legacy: a text to be spoken and one that was heard",
    dialect: "vercel-ai",
    content: { "ai.request.text": "say hi", "ai.response.text": "hi there" },
    said: { inputMessages: [user("say hi")], outputMessages: [assistant("hi there")] },
  },
  {
    name: "vercel ai 7: a decision",
    dialect: "otel",
    content: {
      "ai.decision.state": "a storm is coming",
      "ai.decision.questions": [{ id: "q1", question: "stay?" }],
      "ai.decision.answers": { q1: "yes" },
    },
    said: {
      inputMessages: [user("a storm is coming"), user('{"id":"q1","question":"stay?"}')],
      outputMessages: [assistant('{"q1":"yes"}')],
    },
  },
  {
    name: "opik: the arguments of a tracked function",
    dialect: "opik",
    content: { "opik.input": { arguments: ["hi"] }, "opik.output": { result: "Hello!" } },
    said: { inputMessages: [user("hi")], outputMessages: [assistant("Hello!")] },
  },
  {
    name: "opik for Python: a conversation by the name of its argument",
    dialect: "opik",
    content: { "opik.input": { history: [{ role: "user", content: "hi" }] } },
    said: { inputMessages: [user("hi")] },
  },
  {
    name: "langsmith 0.10: a function's argument and what it returned",
    dialect: "langsmith",
    spanType: "chain",
    content: { "gen_ai.prompt": { input: "hi" }, "gen_ai.completion": { outputs: "Hello!" } },
    said: { inputMessages: [user("hi")], outputMessages: [assistant("Hello!")] },
  },
  {
    name: "langsmith 0.10: wrapOpenAI keeps request and response",
    dialect: "langsmith",
    content: {
      "gen_ai.prompt": {
        model: "gpt-4o-mini",
        temperature: 0.2,
        messages: [{ role: "user", content: "hi" }],
      },
      "gen_ai.completion": {
        id: "c1",
        model: "gpt-4o-mini-2024-07-18",
        choices: [{ index: 0, message: { role: "assistant", content: "Hello!" }, finish_reason: "stop" }],
        usage_metadata: { input_tokens: 120 },
      },
    },
    said: {
      inputMessages: [user("hi")],
      outputMessages: [{ ...assistant("Hello!"), finish_reason: "stop" }],
    },
  },
  {
    name: "langsmith 0.12: wrapOpenAI with options beside the request",
    dialect: "langsmith",
    spanType: "model",
    content: {
      "gen_ai.prompt": JSON.stringify({
        args: [
          {
            model: "gpt-4o-mini",
            messages: [{ role: "user", content: "hi" }],
            tools: [{ type: "function" }],
          },
          { langsmithExtra: { tags: ["t1"] } },
        ],
      }),
    },
    said: {
      inputMessages: [{ role: "user", parts: [{ type: "text", content: "hi" }] }],
      toolDefinitions: [{ type: "function" }],
    },
  },
  {
    name: "langsmith 0.10 below LangChain: serialised messages and generations",
    dialect: "langsmith",
    content: {
      "gen_ai.prompt": {
        messages: [
          [
            {
              lc: 1,
              type: "constructor",
              id: ["langchain_core", "messages", "SystemMessage"],
              kwargs: { content: "be nice" },
            },
            {
              lc: 1,
              type: "constructor",
              id: ["langchain_core", "messages", "HumanMessage"],
              kwargs: { content: "hi" },
            },
          ],
        ],
      },
      "gen_ai.completion": {
        generations: [
          [
            {
              text: "Hello",
              message: {
                lc: 1,
                id: ["langchain_core", "messages", "AIMessage"],
                kwargs: { content: "Hello" },
              },
            },
          ],
        ],
      },
    },
    said: { inputMessages: [system("be nice"), user("hi")], outputMessages: [assistant("Hello")] },
  },
  {
    name: "langsmith 0.10: a retriever's documents",
    dialect: "langsmith",
    spanType: "retrieval",
    content: {
      "gen_ai.prompt": { input: "refunds" },
      "gen_ai.completion": { outputs: [{ page_content: "30 days", type: "Document", metadata: {} }] },
    },
    said: {
      inputMessages: [user("refunds")],
      documents: [{ type: "Document", content: "30 days", metadata: {} }],
    },
  },
  {
    name: "Claude Code: a model call with detailed tracing",
    dialect: "claude-code",
    content: {
      new_context: "[USER]\nfix the test",
      "response.model_output": "Done.",
      user_system_prompt: "be brief",
    },
    said: {
      inputMessages: [user("[USER]\nfix the test")],
      outputMessages: [assistant("Done.")],
      systemInstructions: [text("be brief")],
    },
  },
  {
    name: "Claude Code: what is redacted is not shown as said",
    dialect: "claude-code",
    spanType: "agent",
    content: { user_prompt: "<REDACTED>" },
    said: {},
  },
  {
    name: "Claude Code: a turn, told by its log events alone",
    dialect: "claude-code",
    spanType: "agent",
    content: {
      user_prompt: "<REDACTED>",
      events: [
        { name: "user_prompt", attributes: { prompt: "fix the test" } },
        { name: "assistant_response", attributes: { response: "Done." } },
        { name: "assistant_response", attributes: { response: "<REDACTED>" } },
      ],
    },
    said: { inputMessages: [user("fix the test")], outputMessages: [assistant("Done.")] },
  },
  {
    name: "messages as structured log events (@opentelemetry/instrumentation-openai 0.21)",
    dialect: "otel",
    content: {
      events: [
        { name: "gen_ai.user.message", attributes: { content: "hi" } },
        {
          name: "gen_ai.choice",
          attributes: {
            index: 0,
            finish_reason: "stop",
            message: { content: "Hello!" },
          },
        },
      ],
    },
    said: {
      inputMessages: [user("hi")],
      outputMessages: [{ ...assistant("Hello!"), finish_reason: "stop" }],
    },
  },
  {
    name: "messages in the event of the operation's details (openlit 1.15)",
    dialect: "otel",
    content: {
      events: [
        {
          name: "gen_ai.client.inference.operation.details",
          attributes: {
            "gen_ai.input.messages": JSON.stringify([user("hi")]),
            "gen_ai.output.messages": [assistant("Hello!")],
          },
        },
      ],
    },
    said: { inputMessages: [user("hi")], outputMessages: [assistant("Hello!")] },
  },
];

/** As the write path stores content: text as it is, everything else as JSON. */
function store(content: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(content).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

describe("messages", () => {
  test.each(cases)("$name", ({ dialect, spanType = "model", content, said }) => {
    expect(readMessages(store(content), { dialect, spanType })).toEqual({ ...nothing, ...said });
  });

  test("Claude Code: a tool's arguments, and its output as a span event", () => {
    const said = readMessages(store({ tool_input: { command: "ls" } }), {
      dialect: "claude-code",
      spanType: "tool",
      events: [{ name: "tool.output", attributes: { output: "README.md" } }],
    });
    expect(said).toEqual({ ...nothing, toolArguments: { command: "ls" }, toolResult: "README.md" });
  });
});
