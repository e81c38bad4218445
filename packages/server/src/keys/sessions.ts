import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { hashSecret } from "./secret.ts";

/** Browsers that have signed in with a key. A session ends with its key. */
export interface Sessions {
  /** Starts one and answers its token, which is kept nowhere. */
  start(keyId: string): string;
  /** The key a token signed in with, unless it has ended. */
  findKeyId(token: string): string | undefined;
  end(token: string): void;
}

/** How long a browser stays signed in. */
export const sessionSeconds: number = 30 * 86_400;
const maxSessions = 10_000;
const cookieName = "spanlight_session";

const fileSchema = z.array(
  z.tuple([z.string(), z.strictObject({ keyId: z.string(), endsAtMs: z.number() })]),
);
type Entries = z.infer<typeof fileSchema>;

/** Opens the sessions of a file, so that a restart signs nobody out; one that cannot be read is started anew. */
export function openSessions(path: string, now: () => number): Sessions {
  // By the hash of the token: what is looked up is no secret, so that how long it takes tells nothing.
  const byHash = new Map(readEntries(path));

  function save(): void {
    for (const [hash, { endsAtMs }] of byHash) if (endsAtMs <= now()) byHash.delete(hash);
    for (const hash of byHash.keys()) {
      if (byHash.size <= maxSessions) break;
      byHash.delete(hash); // the oldest stands first
    }
    writeFileSync(`${path}.tmp`, JSON.stringify([...byHash]), { mode: 0o600 });
    renameSync(`${path}.tmp`, path);
  }

  return {
    start(keyId) {
      const token = randomBytes(32).toString("base64url");
      byHash.set(hashSecret(token), { keyId, endsAtMs: now() + sessionSeconds * 1000 });
      save();
      return token;
    },
    findKeyId(token) {
      const session = byHash.get(hashSecret(token));
      return session !== undefined && session.endsAtMs > now() ? session.keyId : undefined;
    },
    end(token) {
      if (byHash.delete(hashSecret(token))) save();
    },
  };
}

function readEntries(path: string): Entries {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return []; // none yet, or unreadable: people sign in again
  }
}

/** The session's token in a `Cookie` header. */
export function readSessionCookie(header: string | undefined): string | undefined {
  for (const part of header?.split(";") ?? []) {
    const [name, value] = part.trim().split("=", 2);
    if (name === cookieName && value !== undefined && value !== "") return value;
  }
  return undefined;
}

/** The `Set-Cookie` header of a session; an empty token takes it back. Scripts never see it, other sites' forms never send it. */
export function renderSessionCookie(token: string, isSecure: boolean): string {
  const age = token === "" ? 0 : sessionSeconds;
  return `${cookieName}=${token}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Lax${isSecure ? "; Secure" : ""}`;
}
