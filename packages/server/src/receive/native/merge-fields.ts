import { isRecord, type JsonObject } from "../../decode/json-fields.ts";

/** Fields that grow by what a later call says; all others are replaced by it. */
const growing: readonly string[] = ["metadata", "extra", "modelParameters", "attachments"];

/** What two calls say of one thing: the later one counts where it says something. */
export function mergeFields(before: JsonObject, later: JsonObject): JsonObject {
  const merged: JsonObject = { ...before };
  for (const [name, value] of Object.entries(later)) {
    if (value === undefined || value === null || name === "__proto__") continue;
    // Langfuse gives the time of the call with every update of a trace: the first one is its start.
    if (name === "timestamp" && merged[name] !== undefined) continue;
    merged[name] = growing.includes(name) ? grow(merged[name], value) : joinTags(name, merged[name], value);
  }
  return merged;
}

function grow(before: unknown, later: unknown): unknown {
  return isRecord(before) && isRecord(later) ? mergeFields(before, later) : later;
}

function joinTags(name: string, before: unknown, later: unknown): unknown {
  if (name !== "tags" || !Array.isArray(before) || !Array.isArray(later)) return later;
  return [...new Set<unknown>([...(before as unknown[]), ...(later as unknown[])])];
}
