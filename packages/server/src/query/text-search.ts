import type { Condition } from "./span-filter.ts";

/** The expression of the index on words (schema/0002_contents.sql): a search is served by it only in these very words. */
function lowerValues(column: "attributes" | "content"): string {
  return `lowerUTF8(arrayStringConcat(mapValues(${column}), ' '))`;
}

/**
 * Conditions of a text search: on `spans` (name and what says who or what a span is, or all words in the attributes)
 * and on `contents` (all words in what was said). Words are runs of letters and digits, whole, in any order, any case.
 */
export interface TextSearch {
  readonly names: Condition;
  /** Absent where the text has no word to look up. */
  readonly attributes: Condition | undefined;
  readonly contents: Condition | undefined;
  /** The text itself, where it is a trace id. */
  readonly traceId: string | undefined;
}

export function toTextSearch(text: string): TextSearch {
  const needle = text.trim().toLowerCase();
  // What the index's tokenizer takes as one word: everything but ASCII punctuation and space.
  const words = needle.split(/[^\p{L}\p{N}\u0080-\u{10FFFF}]+/u).filter((word) => word !== "");
  const all = (column: "attributes" | "content"): Condition | undefined =>
    words.length === 0
      ? undefined
      : {
          sql: words
            .map((_, index) => `hasToken(${lowerValues(column)}, {word${index}:String})`)
            .join("\n    AND "),
          parameters: Object.fromEntries(words.map((word, index) => [`word${index}`, word])),
        };
  return {
    names: {
      sql: `(positionCaseInsensitiveUTF8(name, {needle:String}) > 0
    OR positionCaseInsensitiveUTF8(status_message, {needle:String}) > 0
    OR {needle:String} IN (lowerUTF8(user_id), lowerUTF8(session_id), lowerUTF8(tenant_id), lowerUTF8(tool_name), lowerUTF8(agent_name),
      lowerUTF8(service), lowerUTF8(model), lowerUTF8(endpoint), lowerUTF8(prompt_name), lowerUTF8(error_type)))`,
      parameters: { needle },
    },
    attributes: all("attributes"),
    contents: all("content"),
    traceId: /^[0-9a-f]{32}$/.test(needle) ? needle : undefined,
  };
}
