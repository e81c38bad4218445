import type { Recording } from "./recording.ts";

/** Formats no source of the SDK handles. Everything else must pass. */
const skipped: readonly { readonly matches: (recording: Recording) => boolean; readonly reason: string }[] = [
  { matches: ({ method, url }) => url !== "" && method !== "POST", reason: "not a model call" },
  {
    matches: ({ url }) => url.includes("/images/generations"),
    reason: "image generation is not instrumented",
  },
  { matches: ({ name }) => name.includes("/reranking."), reason: "reranking is not instrumented" },
  {
    matches: ({ name }) => name.includes("/interactions."),
    reason: "Google's interactions API is not instrumented",
  },
  { matches: isProvider(/^(cohere|api\.cohere\.ai)$/), reason: "Cohere's own API has no source" },
];

function isProvider(pattern: RegExp): (recording: Recording) => boolean {
  return ({ provider }) => pattern.test(provider);
}

/** Why a recording is not replayed; undefined when it is. */
export function skipReason(recording: Recording): string | undefined {
  return skipped.find(({ matches }) => matches(recording))?.reason;
}
