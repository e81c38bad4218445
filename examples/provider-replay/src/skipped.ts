import type { Recording } from "./recording.ts";

/** Formats no source of the SDK handles. Everything else must pass. */
const skipped: readonly { readonly matches: (recording: Recording) => boolean; readonly reason: string }[] = [
  { matches: ({ method, url }) => url !== "" && method !== "POST", reason: "not a request to a model" },
  {
    matches: ({ url }) => url.includes("/images/generations"),
    reason:
      "an image is no answer of a language model: it has no tokens, messages or finish reason to compare",
  },
  {
    matches: ({ name, url }) => /(?:^|\/)reranking\./.test(name) || url.endsWith("/rerank"),
    reason:
      "the conventions have no operation for reranking: such a call is no model call, and `retrieval()` tells of it",
  },
];

/** Why a recording is not replayed; undefined when it is. */
export function skipReason(recording: Recording): string | undefined {
  return skipped.find(({ matches }) => matches(recording))?.reason;
}
