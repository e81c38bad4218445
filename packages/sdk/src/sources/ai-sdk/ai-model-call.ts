import { trace, type Context, type Span } from "@opentelemetry/api";
import { operations } from "@spanlight/conventions";
import type { CallRecord, RequestSettings } from "../../call-record.ts";
import type { Runtime } from "../../runtime.ts";
import { countCharacters, estimateUsage } from "../estimate-usage.ts";
import { beginCall } from "../model-call.ts";
import { fieldsOf, listOf, numberOf, parseJson, textOf, type Fields } from "../read-value.ts";
import type { StreamReader } from "../stream-reader.ts";
import { AiContent } from "./ai-content.ts";
import { aiProviderOf } from "./ai-provider.ts";
import { readUsage } from "./ai-usage.ts";

/** Opens the record of a model call made through the AI SDK's model interface; undefined where one is open already. */
export function beginWrappedCall(
  runtime: Runtime,
  active: Context,
  model: Fields,
  params: Fields,
): CallRecord | undefined {
  const record = beginCall(runtime, active, {
    operation: operations.chat,
    provider: aiProviderOf(textOf(model["provider"]) ?? ""),
    requestModel: textOf(model["modelId"]) ?? "",
    serverAddress: "",
    serverPort: undefined,
  });
  if (record === undefined) return undefined;
  record.toldBy = ownSpanOf(active)?.spanContext();
  const tools = listOf(params["tools"] ?? fieldsOf(params["mode"])["tools"]);
  record.content = new AiContent({ messages: params["prompt"], tools });
  record.toolCount = tools.length;
  record.settings = readSettings(params);
  runtime.hooks.emit("onRequest", record);
  return record;
}

/** The span the AI SDK makes for the same call, as `experimental_telemetry` has it do. */
function ownSpanOf(active: Context): Span | undefined {
  const span = trace.getSpan(active);
  const name: unknown = span === undefined ? undefined : Reflect.get(span, "name");
  return typeof name === "string" && /^ai\.\w+\.do(?:Generate|Stream)$/.test(name) ? span : undefined;
}

function readSettings(params: Fields): RequestSettings {
  return {
    maxTokens: numberOf(params["maxOutputTokens"]) ?? numberOf(params["maxTokens"]),
    temperature: numberOf(params["temperature"]),
    topP: numberOf(params["topP"]),
    topK: numberOf(params["topK"]),
    frequencyPenalty: numberOf(params["frequencyPenalty"]),
    presencePenalty: numberOf(params["presencePenalty"]),
    seed: numberOf(params["seed"]),
    stopSequences: listOf(params["stopSequences"]).filter((item) => typeof item === "string"),
    outputType: fieldsOf(params["responseFormat"])["type"] === "json" ? "json" : undefined,
  };
}

/** Fills the record from a whole answer, of any version of the model interface. */
export function readAnswer(record: CallRecord, answer: Fields): void {
  readIdentity(record, fieldsOf(answer["response"]));
  readFinish(record, answer);
  const parts = listOf(answer["content"]);
  setOutput(record, parts.length > 0 ? parts.map(readPart) : readOldAnswer(answer));
}

/** Before version 2 of the interface an answer has a text and a list of tool calls. */
function readOldAnswer(answer: Fields): unknown[] {
  const parts: unknown[] = [];
  if (typeof answer["reasoning"] === "string") parts.push({ type: "reasoning", text: answer["reasoning"] });
  if (typeof answer["text"] === "string") parts.push({ type: "text", text: answer["text"] });
  for (const call of listOf(answer["toolCalls"]))
    parts.push(readPart({ type: "tool-call", ...fieldsOf(call) }));
  return parts;
}

function readPart(part: unknown): unknown {
  const fields = fieldsOf(part);
  if (fields["type"] !== "tool-call") return part;
  return { ...fields, input: parseJson(fields["input"] ?? fields["args"]) };
}

function setOutput(record: CallRecord, parts: readonly unknown[]): void {
  if (!(record.content instanceof AiContent)) return;
  record.content.output = parts;
  record.content.finishReason = record.finishReasons[0] ?? "";
}

function readIdentity(record: CallRecord, response: Fields): void {
  record.responseId = textOf(response["id"]) ?? record.responseId;
  record.responseModel = textOf(response["modelId"]) ?? record.responseModel;
}

function readFinish(record: CallRecord, fields: Fields): void {
  const reason = fields["finishReason"];
  const unified = textOf(reason) ?? textOf(fieldsOf(reason)["unified"]);
  if (unified !== undefined) record.finishReasons = [unified];
  record.usage = readUsage(fieldsOf(fields["usage"]), fieldsOf(fields["providerMetadata"])) ?? record.usage;
}

/** Pieces of a tool's arguments; the whole call follows. */
const argumentDeltas: ReadonlySet<unknown> = new Set(["tool-input-delta", "tool-call-delta"]);

/** Reads the parts of a model's stream, of any version of the interface. */
export class AiStreamReader implements StreamReader {
  readonly #record: CallRecord;
  readonly #calls: unknown[] = [];
  readonly #others: unknown[] = [];
  #text = "";
  #reasoning = "";

  constructor(record: CallRecord) {
    this.#record = record;
  }

  read(part: Fields): boolean {
    if (argumentDeltas.has(part["type"])) return true;
    const delta = textOf(part["delta"] ?? part["textDelta"]) ?? "";
    switch (part["type"]) {
      case "text-delta":
        this.#text += delta;
        return delta !== "";
      case "reasoning":
      case "reasoning-delta":
        this.#reasoning += delta;
        return delta !== "";
      case "tool-call":
        this.#calls.push(readPart(part));
        return true;
      case "source":
      case "file":
        this.#others.push(part);
        return true;
      case "response-metadata":
        readIdentity(this.#record, part);
        return false;
      case "finish":
        readFinish(this.#record, part);
        return false;
      default:
        return false;
    }
  }

  finish(): void {
    const parts: unknown[] = [...this.#others];
    if (this.#reasoning !== "") parts.push({ type: "reasoning", text: this.#reasoning });
    if (this.#text !== "") parts.push({ type: "text", text: this.#text });
    parts.push(...this.#calls);
    setOutput(this.#record, parts);
    if (this.#record.usage === undefined)
      estimateUsage(
        this.#record,
        countCharacters(this.#record.messages),
        this.#text.length + this.#reasoning.length + countCharacters(this.#calls),
      );
  }
}
