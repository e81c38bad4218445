import { defaultProject } from "../../keys/key.ts";
import type { FrameCounts } from "../../spool/frame.ts";

/** Whose own spans are in the accounting, where they are kept in the own store. No key has such an id. */
export const ownSender = { project: defaultProject, keyId: "self", name: "the server's own spans" };

/**
 * True where nothing but own spans is counted: what is done to store those has no spans and is told to no page, or one would lead to
 * the next for ever.
 */
export function isOwn(counts: readonly Pick<FrameCounts, "keyId">[]): boolean {
  return counts.length > 0 && counts.every(({ keyId }) => keyId === ownSender.keyId);
}
