import type { Message } from "@spanlight/contract";
import { type ContentMap, readValue } from "./content-map.ts";
import { readInputOutput } from "./io.ts";
import type { PartlySaid, SpanNature } from "./said.ts";
import { toMessages } from "./to-messages.ts";

/** MLflow: `mlflow.chat.messages` is the whole exchange, the answer its last message; inputs and outputs are the call's own. */
export function readMlflow(content: ContentMap, nature: SpanNature): PartlySaid {
  const said = readInputOutput(
    { input: readValue(content, "mlflow.spanInputs"), output: readValue(content, "mlflow.spanOutputs") },
    nature,
  );
  const tools = readValue(content, "mlflow.chat.tools");
  const exchange = splitExchange(toMessages(readValue(content, "mlflow.chat.messages"), "user"));
  return {
    ...said,
    inputMessages: exchange.input.length > 0 ? exchange.input : said.inputMessages,
    outputMessages: exchange.output.length > 0 ? exchange.output : said.outputMessages,
    toolDefinitions: Array.isArray(tools) ? tools : said.toolDefinitions,
  };
}

function splitExchange(messages: Message[]): { input: Message[]; output: Message[] } {
  const last = messages.at(-1);
  return last?.role === "assistant"
    ? { input: messages.slice(0, -1), output: [last] }
    : { input: messages, output: [] };
}
