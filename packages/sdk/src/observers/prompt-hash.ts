import { createHash } from "node:crypto";
import { app } from "@spanlight/conventions";
import type { CallRecord } from "../call-record.ts";
import type { Hooks } from "../hooks/hooks.ts";

const hashes = new WeakMap<CallRecord, string>();

/** The same prompt has the same hash: SHA-256 of its messages, first 16 hex digits. Undefined where a source gave no messages. */
export function promptHashOf(record: CallRecord): string | undefined {
  const known = hashes.get(record);
  if (known !== undefined) return known;
  const { messages } = record;
  if (messages.length === 0) return undefined;
  const hash = createHash("sha256").update(JSON.stringify(messages)).digest("hex").slice(0, 16);
  hashes.set(record, hash);
  return hash;
}

/** Puts the hash of the prompt on the spans of calls whose content stays in the process. Returns what stops it. */
export function hashPrompts(hooks: Hooks): () => void {
  return hooks.on(
    "onResponse",
    (record) => {
      if (record.captureContent) return;
      const hash = promptHashOf(record);
      if (hash !== undefined) record.attributes = { ...record.attributes, [app.promptHash]: hash };
    },
    { readsMessages: false },
  );
}
