import { statSync } from "node:fs";
import { defaultProject, scopes, type Key } from "./key.ts";
import { readKeyFile } from "./key-file.ts";
import { fitsHash, hashSecret, readKeyId } from "./secret.ts";

/** The keys in force, as the file has them now. */
export interface Keyring {
  /** The key with this text, unless it is unknown or revoked. */
  find(text: string): Key | undefined;
  /** The key of this id, unless it is unknown or revoked. */
  get(id: string): Key | undefined;
  /** Every key there is, revoked ones included. */
  list(): readonly Key[];
  /** True while no key was ever made, revoked ones included. */
  isEmpty(): boolean;
  /** Reads the file now: somebody here has changed it. */
  reload(): void;
}

export interface KeyringOptions {
  readonly path: string;
  /** A key from the environment: every scope of the default project. */
  readonly environmentKey: string | undefined;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Told of a file that has become unusable; the keys read before stay in force. */
  readonly report: (error: unknown) => void;
}

/** The id of the key from the environment. */
export const environmentKeyId = "environment";

/** A revoked key is refused within this time. */
const recheckMs = 1000;

/** Opens the keys of a file, which may change at any time. Throws KeyFileError where it cannot be used now. */
export function openKeyring(options: KeyringOptions): Keyring {
  const { path, now, report } = options;
  const environmentKey = options.environmentKey === undefined ? undefined : toKey(options.environmentKey);
  let stamp = readStamp(path);
  let keys = index(readKeyFile(path));
  let checkedAt = now();

  function refresh(): void {
    if (Math.abs(now() - checkedAt) >= recheckMs) reload();
  }

  function reload(): void {
    checkedAt = now();
    const found = readStamp(path);
    if (found === stamp) return;
    try {
      keys = index(readKeyFile(path));
    } catch (error) {
      report(error);
    }
    stamp = found;
  }

  function get(id: string): Key | undefined {
    refresh();
    if (id === environmentKeyId) return environmentKey;
    const key = keys.get(id);
    return key?.revokedAt === null ? key : undefined;
  }

  return {
    get,
    reload,
    list() {
      refresh();
      return [...(environmentKey === undefined ? [] : [environmentKey]), ...keys.values()];
    },
    find(text) {
      if (environmentKey !== undefined && fitsHash(text, environmentKey.hash)) return environmentKey;
      const id = readKeyId(text);
      const key = id === undefined ? undefined : get(id);
      return key !== undefined && fitsHash(text, key.hash) ? key : undefined;
    },
    isEmpty() {
      refresh();
      return environmentKey === undefined && keys.size === 0;
    },
  };
}

function index(keys: readonly Key[]): Map<string, Key> {
  return new Map(keys.map((key) => [key.id, key]));
}

/** Changes whenever the file is swapped for another. */
function readStamp(path: string): string {
  try {
    const { ino, mtimeMs, size } = statSync(path);
    return `${ino} ${mtimeMs} ${size}`;
  } catch {
    return ""; // not there, or not readable: reading it says which
  }
}

function toKey(text: string): Key {
  return {
    id: environmentKeyId,
    hash: hashSecret(text),
    name: "SPANLIGHT_API_KEY",
    project: defaultProject,
    scopes: [...scopes],
    createdAt: "",
    revokedAt: null,
    maxRequestsPerSecond: null,
    maxBytesPerSecond: null,
  };
}
