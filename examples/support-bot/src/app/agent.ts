import { agent } from "@spanlight/sdk";
import type { FunctionTool, Response, ResponseInput } from "openai/resources/responses/responses";
import type { Bot } from "./bot.ts";
import { instructions } from "./handbook.ts";
import { retrievePassages } from "./retrieve-passages.ts";
import { runTool, toolDefinitions } from "./run-tool.ts";

const tools: FunctionTool[] = toolDefinitions.map((definition) => ({
  type: "function",
  name: definition.name,
  description: definition.description ?? null,
  parameters: definition.parameters,
  strict: false,
}));
/** Model turns before the agent gives up. */
const mostSteps = 6;

/** What the agent found out about a case, and its answer. */
export interface AgentResult {
  readonly topic: string;
  readonly urgency: string;
  readonly steps: number;
  readonly answer: string;
}

const caseSchema = {
  type: "object",
  properties: {
    topic: { type: "string", enum: ["delivery", "refund", "warranty", "payment", "other"] },
    urgency: { type: "string", enum: ["urgent", "today", "normal"] },
  },
  required: ["topic", "urgency"],
  additionalProperties: false,
};

/** Solves a case in several steps: classify, read the rules, then call tools until the answer stands. */
export async function solveCase(bot: Bot, task: string): Promise<AgentResult> {
  return agent("case solver", () => runSteps(bot, task));
}

async function runSteps(bot: Bot, task: string): Promise<AgentResult> {
  const { topic, urgency } = await classifyCase(bot, task);
  const passages = await retrievePassages(bot, `${topic} ${task}`, 4);
  const rules = passages.map(({ title, text }) => `${title}: ${text}`).join("\n");
  const input: ResponseInput = [
    { role: "developer", content: `Sources:\n${rules}` },
    { role: "user", content: task },
  ];
  let response = await ask(bot, { instructions, input });
  let steps = 1;
  while (steps < mostSteps) {
    const outputs = await runCalls(response);
    if (outputs.length === 0) break;
    response = await ask(bot, { instructions, input: outputs, previous_response_id: response.id });
    steps++;
  }
  return { topic, urgency, steps, answer: response.output_text };
}

async function classifyCase(bot: Bot, task: string): Promise<{ topic: string; urgency: string }> {
  const completion = await bot.client.chat.completions.create({
    model: bot.models.chat[0],
    temperature: 0,
    messages: [
      { role: "system", content: "Classify the customer's case." },
      { role: "user", content: task },
    ],
    response_format: { type: "json_schema", json_schema: { name: "case", strict: true, schema: caseSchema } },
  });
  const parsed: unknown = JSON.parse(completion.choices[0]?.message.content || "{}");
  return { topic: readText(parsed, "topic") ?? "other", urgency: readText(parsed, "urgency") ?? "normal" };
}

function readText(value: unknown, name: string): string | undefined {
  const field: unknown = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  return typeof field === "string" ? field : undefined;
}

/** One streamed turn; the final event holds the whole response. */
async function ask(
  bot: Bot,
  request: { instructions: string; input: ResponseInput; previous_response_id?: string },
): Promise<Response> {
  const stream = await bot.client.responses.create({
    ...request,
    model: bot.models.agent,
    tools,
    stream: true,
  });
  let text = "";
  for await (const event of stream) {
    if (event.type === "response.output_text.delta") text += event.delta;
    if (event.type === "response.completed" || event.type === "response.incomplete")
      return { ...event.response, output_text: text };
  }
  throw new BrokenStreamError("The provider's stream ended before the response was complete.");
}

/** The provider closed a stream without its last event. */
export class BrokenStreamError extends Error {
  readonly code = "broken_stream";
}

async function runCalls(response: Response): Promise<ResponseInput> {
  const calls = response.output.filter((item) => item.type === "function_call");
  return Promise.all(
    calls.map(async (call) => ({
      type: "function_call_output" as const,
      call_id: call.call_id,
      output: await runTool({ id: call.call_id, name: call.name, arguments: call.arguments }),
    })),
  );
}
