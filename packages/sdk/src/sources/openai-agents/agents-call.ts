import type { Context } from "@opentelemetry/api";
import { operations } from "@spanlight/conventions";
import type { CallRecord } from "../../call-record.ts";
import type { Runtime } from "../../runtime.ts";
import { describeError } from "../describe-error.ts";
import { beginCall, endCall } from "../model-call.ts";
import { chatApi } from "../openai/chat.ts";
import { responsesApi } from "../openai/responses.ts";
import { fieldsOf, listOf, numberOf, textOf, type Fields } from "../read-value.ts";
import { serverOf } from "../stainless/server-of.ts";

/** Opens the record of a model call, which is told when it has ended. */
export function beginModelCall(runtime: Runtime, around: Context): CallRecord | undefined {
  return beginCall(runtime, around, {
    operation: operations.chat,
    provider: "openai",
    requestModel: "",
    serverAddress: "",
    serverPort: undefined,
  });
}

/** Fills and closes the record of a model call from what its span tells at its end. */
export function endModelCall(
  runtime: Runtime,
  record: CallRecord,
  data: Fields,
  error: Error | undefined,
): void {
  if (data["type"] === "generation") readGeneration(record, data);
  else readResponse(record, data);
  if (error !== undefined) record.error = describeError(error);
  // What was asked is known only now.
  runtime.hooks.emit("onRequest", record);
  endCall(runtime, record);
}

/** A call of the responses API: its answer, as it came. */
function readResponse(record: CallRecord, data: Fields): void {
  const response = fieldsOf(data["_response"]);
  record.requestModel = textOf(response["model"]) ?? "";
  responsesApi.readRequest(record, { ...response, input: data["_input"] });
  responsesApi.readResponse(record, response);
  record.responseId ??= textOf(data["response_id"]);
}

/** A call of the chat API, or of a model of the application's own. */
function readGeneration(record: CallRecord, data: Fields): void {
  const config = fieldsOf(data["model_config"]);
  const server = serverOf(config["base_url"]);
  record.requestModel = textOf(data["model"]) ?? "";
  record.serverAddress = server.address;
  record.serverPort = server.port;
  if (server.provider.name !== "") record.provider = server.provider.name;
  chatApi.readRequest(record, {
    messages: listOf(data["input"]),
    temperature: config["temperature"],
    top_p: config["topP"] ?? config["top_p"],
    max_tokens: config["maxTokens"] ?? config["max_tokens"],
  });
  chatApi.readResponse(record, fieldsOf(listOf(data["output"])[0]));
  const usage = fieldsOf(data["usage"]);
  const inputTokens = numberOf(usage["input_tokens"]);
  if (record.usage === undefined && inputTokens !== undefined)
    record.usage = {
      inputTokens,
      outputTokens: numberOf(usage["output_tokens"]) ?? 0,
      cacheReadTokens: undefined,
      cacheWriteTokens: undefined,
      reasoningTokens: undefined,
    };
}
