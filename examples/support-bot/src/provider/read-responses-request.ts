import { toNumber, toObject, toObjects, toText, type JsonObject } from "./json.ts";
import type { Model } from "./models.ts";
import type { JsonSchema, Prompt, Turn } from "./prompt.ts";
import { invalidRequest } from "./provider-error.ts";
import {
  readContent,
  readFunction,
  readRole,
  readToolChoice,
  refuseTemperature,
} from "./read-chat-request.ts";
import { requireModel } from "./require-model.ts";

/** A checked request of `POST /v1/responses`. */
export interface ResponsesRequest {
  readonly model: Model;
  readonly prompt: Prompt;
  readonly isStreamed: boolean;
  readonly previousId: string | undefined;
}

/** Turns of earlier responses, for `previous_response_id`. Bounded: the oldest are forgotten. */
export interface StoredResponses {
  find(id: string): readonly Turn[] | undefined;
  keep(id: string, turns: readonly Turn[]): void;
}

const mostStored = 1000;

export function createStoredResponses(): StoredResponses {
  const turnsById = new Map<string, readonly Turn[]>();
  return {
    find: (id) => turnsById.get(id),
    keep(id, turns) {
      turnsById.set(id, turns);
      const [oldest] = turnsById.keys();
      if (turnsById.size > mostStored && oldest !== undefined) turnsById.delete(oldest);
    },
  };
}

/** Throws the provider's 400 or 404 where it would. */
export function readResponsesRequest(body: JsonObject, stored: StoredResponses): ResponsesRequest {
  const model = requireModel(body["model"], ["chat", "reasoning"]);
  if (model.kind === "reasoning") refuseTemperature(body);
  const turns = readInput(body["input"]);
  if (turns.length === 0)
    throw invalidRequest("Missing required parameter: 'input'.", "input", "missing_required_parameter");
  const previousId = toText(body["previous_response_id"]);
  const instructions = toText(body["instructions"]);
  return {
    model,
    previousId,
    isStreamed: body["stream"] === true,
    prompt: {
      turns: [
        ...(instructions === undefined
          ? []
          : [{ role: "system", text: instructions, calledTools: [] } as const]),
        ...(previousId === undefined ? [] : findPrevious(previousId, stored)),
        ...turns,
      ],
      tools: toObjects(body["tools"]).flatMap(readFunction),
      toolChoice: readToolChoice(body["tool_choice"]),
      schema: readFormat(toObject(toObject(body["text"])?.["format"])),
      mostOutputTokens: toNumber(body["max_output_tokens"]) ?? 16_384,
    },
  };
}

function findPrevious(id: string, stored: StoredResponses): readonly Turn[] {
  const turns = stored.find(id);
  if (turns !== undefined) return turns;
  throw invalidRequest(
    `Previous response with id '${id}' not found.`,
    "previous_response_id",
    "previous_response_not_found",
  );
}

function readInput(input: unknown): Turn[] {
  if (typeof input === "string") return [{ role: "user", text: input, calledTools: [] }];
  return toObjects(input).flatMap(readItem);
}

function readItem(item: JsonObject): Turn[] {
  switch (item["type"] ?? "message") {
    case "message":
      return [{ role: readRole(toText(item["role"])), text: readContent(item["content"]), calledTools: [] }];
    case "function_call": {
      const name = toText(item["name"]) ?? "";
      return [{ role: "assistant", text: toText(item["arguments"]) ?? "", calledTools: [name] }];
    }
    case "function_call_output":
      return [{ role: "tool", text: readContent(item["output"]), calledTools: [] }];
    default:
      return [];
  }
}

function readFormat(format: JsonObject | undefined): JsonSchema | undefined {
  if (format?.["type"] === "json_object") return {};
  return toObject(format?.["schema"]);
}
