import { createHash } from "node:crypto";

/** What a request without span ids of its own is known by when it is sent again: 128 bits of a strong hash of its bytes. */
export function fingerprintBytes(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("base64url").slice(0, 22);
}
