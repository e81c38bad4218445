import { embedText } from "./embed-text.ts";
import { sendJson, waitForFirstToken, type Exchange, type Surroundings } from "./exchange.ts";
import { toList, toNumber } from "./json.ts";
import { invalidRequest } from "./provider-error.ts";
import { requireModel } from "./require-model.ts";
import { countTokens } from "./tokens.ts";

/** `POST /v1/embeddings` for one text or several, as numbers or base64 of little-endian 32-bit floats. */
export async function createEmbeddings(exchange: Exchange, surroundings: Surroundings): Promise<void> {
  const { body } = exchange;
  const model = requireModel(body["model"], ["embedding"]);
  const texts = readTexts(body["input"]);
  const dimensions = toNumber(body["dimensions"]) ?? model.dimensions;
  if (dimensions < 1 || dimensions > model.dimensions)
    throw invalidRequest(
      `Invalid value for 'dimensions' = ${dimensions}. Must be less than or equal to ${model.dimensions}.`,
      "dimensions",
    );
  const tokens = texts.reduce((sum, text) => sum + countTokens(text), 0);
  surroundings.takeLimits(exchange, model, tokens);
  await waitForFirstToken(exchange, surroundings, { model, reasoningTokens: 0 });
  const isEncoded = body["encoding_format"] === "base64";
  const data = texts.map((text, index) => {
    const vector = embedText(text, dimensions);
    return { object: "embedding", index, embedding: isEncoded ? toBase64(vector) : Array.from(vector) };
  });
  exchange.headers["openai-model"] = model.snapshot;
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  sendJson(exchange, 200, { object: "list", data, model: model.snapshot, usage }, surroundings.now);
}

function readTexts(input: unknown): string[] {
  const texts = (typeof input === "string" ? [input] : toList(input)).filter(
    (text) => typeof text === "string",
  );
  if (texts.length === 0 || texts.includes("")) throw invalidRequest("'$.input' is invalid.", null);
  return texts;
}

function toBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, index) => bytes.writeFloatLE(value, index * 4));
  return bytes.toString("base64");
}
