import type { Session } from "@spanlight/contract";
import { findSessionKey } from "../keys/identify.ts";
import type { Access } from "../keys/open-access.ts";

/** Who is signed in to the project in the browser that asks: what its pages say, and whether there is anything to sign out of. */
export function reportSession(
  access: Pick<Access, "sessions" | "keyring">,
  { project, cookies }: { project: string; cookies: string | undefined },
): Session {
  const key = findSessionKey(access, cookies);
  if (key?.project !== project) return { session: null };
  const { id, name, scopes } = key;
  return { session: { keyId: id, keyName: name, project, scopes: [...scopes] } };
}
