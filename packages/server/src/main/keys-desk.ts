import type { ApiKey, CreatedApiKey } from "@spanlight/contract";
import type { KeysDesk } from "../api/keys.ts";
import { changeKey, createKey, revokeKey } from "../keys/change-keys.ts";
import { FirstKeyError, KeyInSettingsError } from "../keys/errors.ts";
import type { Key, Scope } from "../keys/key.ts";
import { environmentKeyId, type Keyring } from "../keys/keyring.ts";

export interface KeysDeskOptions {
  readonly keyring: Keyring;
  /** The file of keys. */
  readonly path: string;
  readonly project: string;
  /** Whether whoever has no key is let in now, and is not once there is one. */
  readonly closesWithFirstKey: () => boolean;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** The keys of one project, changed while the server runs: it follows at once. */
export function createKeysDesk({
  keyring,
  path,
  project,
  closesWithFirstKey,
  now,
}: KeysDeskOptions): KeysDesk {
  function find(id: string): Key | undefined {
    const key = keyring.get(id);
    if (key?.project !== project) return undefined;
    if (id !== environmentKeyId) return key;
    throw new KeyInSettingsError(
      "the key from SPANLIGHT_API_KEY is changed and taken away in the server's environment",
    );
  }

  return {
    list() {
      const keys = keyring
        .list()
        .filter((key) => key.project === project)
        .toSorted(inForceFirst);
      return { items: keys.map(toApiKey), nextCursor: null };
    },
    async create(wanted): Promise<CreatedApiKey> {
      if (closesWithFirstKey()) checkFirst(wanted.scopes);
      const { key, text } = await createKey(path, { ...wanted, project }, now());
      keyring.reload();
      return { ...toApiKey(key), key: text };
    },
    async change(id, change) {
      if (find(id) === undefined) return null;
      const key = await changeKey(path, id, change);
      keyring.reload();
      return toApiKey(key);
    },
    async revoke(id) {
      if (find(id) === undefined) return null;
      const key = await revokeKey(path, id, now());
      keyring.reload();
      return toApiKey(key);
    },
  };
}

function checkFirst(scopes: readonly Scope[]): void {
  if (scopes.includes("read") && scopes.includes("admin")) return;
  throw new FirstKeyError(
    "with the first key nobody comes in without one any more: give it the scopes read and admin, so that whoever has it can make the others",
  );
}

function inForceFirst(left: Key, right: Key): number {
  const isLeftRevoked = Number(left.revokedAt !== null);
  const isRightRevoked = Number(right.revokedAt !== null);
  return isLeftRevoked - isRightRevoked || (left.createdAt < right.createdAt ? 1 : -1);
}

export function toApiKey({ hash: _hash, createdAt, ...key }: Key): ApiKey {
  return { ...key, createdAt: createdAt === "" ? null : createdAt };
}
