import { operations } from "@spanlight/conventions";
import type { CallRecord } from "../../call-record.ts";
import { fieldsOf, listOf, numberOf, textOf, type Fields } from "../read-value.ts";
import type { ClientApi } from "../stainless/client-api.ts";
import { readUsage } from "./read-usage.ts";

/** The embeddings API. It does not stream. */
export const embeddingsApi: ClientApi = {
  source: "openai",
  defaultProvider: "openai",
  operation: operations.embeddings,
  apiType: undefined,
  hasStreamOptions: false,
  readRequest,
  readResponse,
  createReader: () => ({ read: () => false, finish: () => undefined }),
};

function readRequest(record: CallRecord, body: Fields): void {
  const encodingFormat = textOf(body["encoding_format"]);
  record.settings = {
    dimensionCount: numberOf(body["dimensions"]),
    encodingFormats: encodingFormat === undefined ? undefined : [encodingFormat],
  };
  const input = body["input"];
  const texts = (typeof input === "string" ? [input] : [...listOf(input)]).filter(
    (item): item is string => typeof item === "string",
  );
  record.content = {
    readInput: () => texts.map((content) => ({ role: "user", parts: [{ type: "text", content }] })),
    readSystem: () => [],
    readOutput: () => [],
    readTools: () => [],
  };
}

function readResponse(record: CallRecord, response: Fields): void {
  record.responseModel = textOf(response["model"]);
  record.usage = readUsage(response["usage"]);
  const vector = fieldsOf(listOf(response["data"])[0])["embedding"];
  if (record.settings.dimensionCount === undefined && Array.isArray(vector))
    record.settings = { ...record.settings, dimensionCount: vector.length };
}
