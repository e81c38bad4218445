// The Agents SDK, which knows nothing of ours, over the chat API of the server named by the base URL.
import { Agent, OpenAIChatCompletionsModel, run } from "@openai/agents";
import OpenAI from "openai7";

const client = new OpenAI({ apiKey: "sk-test", maxRetries: 0 });
const model = new OpenAIChatCompletionsModel(client, "gpt-4o-mini");
const result = await run(new Agent({ name: "greeter", model }), "Hi");
process.stdout.write(`${result.finalOutput}\n`);
