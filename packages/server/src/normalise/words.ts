// Words that a span carries and that mean something: worked out once per distinct byte string.
import { Vocabulary } from "../columns/vocabulary.ts";
import { readValue } from "../decode/read-value.ts";
import { placesPerAttribute, valueKind } from "../decode/span-view.ts";
import { toProviderName } from "./provider-name.ts";

/** A text with the bytes that a column takes. */
export interface Word {
  /** Differs from that of every other word of the process. */
  readonly id: number;
  readonly text: string;
  readonly bytes: Buffer;
  /** True where the text is what was sent, byte for byte: the attribute it came in need not be stored beside it. */
  readonly isAsGiven: boolean;
}

let lastId = 0;

export function toWord(text: string, isAsGiven = false): Word {
  lastId += 1;
  return { id: lastId, text, bytes: Buffer.from(text, "utf8"), isAsGiven };
}

/**
 * A name is no longer than this: columns of names keep each of them once in every part of the store, and dashboards have a series for each.
 * What is cut off is in the attribute, which is stored beside the word then.
 */
const longestName = 512;

/** A name that is not absurdly long, else its beginning. */
export function toName(text: string): string {
  return text.length <= longestName ? text : Buffer.from(text.slice(0, longestName), "utf8").toString("utf8");
}

function toWordOf(text: string, given: Buffer): Word {
  const name = toName(text);
  return toWord(name, Buffer.from(name, "utf8").equals(given));
}

export const emptyWord: Word = toWord("");

export const plainWords: Vocabulary<Word> = new Vocabulary((bytes, start, end) =>
  toWordOf(unquote(bytes.toString("utf8", start, end)), bytes.subarray(start, end)),
);

export const providerWords: Vocabulary<Word> = new Vocabulary((bytes, start, end) =>
  toWordOf(toProviderName(unquote(bytes.toString("utf8", start, end))), bytes.subarray(start, end)),
);

/** MLflow and Langfuse write every value as JSON, a name too. */
export function unquote(text: string): string {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}

/** A list whose words can be told apart again when it is written with commas. */
const plainReasons = /^[\w.-]+(,[\w.-]+)*$/;

/** Finish reasons, given as the inside of an OTLP array value: comma-separated, in the conventions' spelling. */
export const finishReasonArrays: Vocabulary<Word> = new Vocabulary((bytes, start, end) => {
  const places = new Int32Array(placesPerAttribute);
  places.set([0, 0, valueKind.array, start, end]);
  const reasons = readValue(bytes, places, 0);
  const text = joinReasons(reasons);
  const isAsGiven = plainReasons.test(text) && JSON.stringify(text.split(",")) === JSON.stringify(reasons);
  return toWord(text, isAsGiven);
});

/** Finish reasons given as a string: one reason, or a JSON array of them. */
export const finishReasonTexts: Vocabulary<Word> = new Vocabulary((bytes, start, end) => {
  const text = bytes.toString("utf8", start, end);
  return toWord(joinReasons(parseReasons(text)));
});

function parseReasons(text: string): unknown {
  if (!text.startsWith("[")) return [text];
  try {
    return JSON.parse(text);
  } catch {
    return [text];
  }
}

function joinReasons(reasons: unknown): string {
  if (!Array.isArray(reasons)) return "";
  return reasons.map((reason) => toFinishReason(String(reason))).join(",");
}

const finishReasonAliases: Readonly<Record<string, string>> = {
  "tool-calls": "tool_calls",
  tool_call: "tool_calls",
  tool_use: "tool_calls",
  "content-filter": "content_filter",
};

function toFinishReason(reason: string): string {
  return finishReasonAliases[reason] ?? reason;
}
