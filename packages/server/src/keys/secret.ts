import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Every key starts with this, so that leaked ones can be searched for. */
export const keyPrefix = "spk_";

const keyPattern = /^spk_([a-z2-7]{12})_[A-Za-z0-9_-]{43}$/;
const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
const secretBytes = 32;
const idLength = 12;

/** A new key: `spk_<id>_<secret>`; the id is no secret, the secret has 256 random bits. */
export function createSecret(): { readonly id: string; readonly text: string } {
  const id = Array.from(randomBytes(idLength), (byte) => alphabet[byte % alphabet.length]).join("");
  return { id, text: `${keyPrefix}${id}_${randomBytes(secretBytes).toString("base64url")}` };
}

/** The id in a key's text, or undefined for a text that is no key of ours. */
export function readKeyId(text: string): string | undefined {
  return keyPattern.exec(text)?.[1];
}

/** SHA-256 in hex. The secrets are random, so that a slow hash would protect nothing more. */
export function hashSecret(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Whether the text has the hash; takes as long wherever they differ. */
export function fitsHash(text: string, hash: string): boolean {
  const wanted = Buffer.from(hash, "hex");
  const given = createHash("sha256").update(text).digest();
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}
