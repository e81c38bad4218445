import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { KeyMissingError } from "./errors.ts";
import { createGate, type Gate } from "./gate.ts";
import { createKeyLimits, type DefaultLimits } from "./key-limits.ts";
import { openKeyring, type Keyring } from "./keyring.ts";
import { hashSecret } from "./secret.ts";
import { openSessions, type Sessions } from "./sessions.ts";

/** Everything that decides who comes in. */
export interface Access {
  readonly gate: Gate;
  readonly keyring: Keyring;
  readonly sessions: Sessions;
  /** The file of keys. */
  readonly keysPath: string;
  /** Whether whoever has no key is let in now, and is not once there is one. */
  readonly closesWithFirstKey: () => boolean;
  /** The token by which the owner of the data directory is known; made anew at every start. */
  readonly operatorToken: string;
}

export interface AccessOptions {
  /** Data directory: `sessions.json` lies in it. */
  readonly directory: string;
  readonly keysPath: string;
  /** Address the server listens on. */
  readonly host: string;
  /** A proxy in front terminates TLS and decides who comes in while there are no keys. */
  readonly isBehindProxy: boolean;
  /** A key is needed on loopback too. */
  readonly isKeyRequired: boolean;
  readonly environmentKey: string | undefined;
  readonly defaultLimits: DefaultLimits;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly report: (error: unknown) => void;
}

/** Where the keys of a data directory lie, unless another file is named. */
export function keyFilePath(directory: string, named?: string): string {
  return named ?? join(directory, "keys.json");
}

/** Opens the keys. Throws KeyFileError, and KeyMissingError where the server would be open to whoever reaches it. */
export function openAccess(options: AccessOptions): Access {
  const { directory, host, isBehindProxy, isKeyRequired, now } = options;
  const keyring = openKeyring({ ...options, path: options.keysPath });
  if (keyring.isEmpty() && (isKeyRequired || (!isLoopback(host) && !isBehindProxy))) {
    throw new KeyMissingError(
      `there is no API key, and ${isKeyRequired ? "SPANLIGHT_KEYS_REQUIRED asks for one" : `${host} can be reached from other machines`}: ` +
        'make one with "spanlight keys create", give one in SPANLIGHT_API_KEY, or set SPANLIGHT_BEHIND_PROXY=on where a proxy in front terminates TLS and decides who comes in',
    );
  }
  const sessions = openSessions(join(directory, "sessions.json"), now);
  const operatorToken = randomBytes(32).toString("base64url");
  const gate = createGate({
    keyring,
    limits: createKeyLimits(options.defaultLimits, now),
    sessions,
    isKeyNeeded() {
      if (isKeyRequired) return true;
      return isBehindProxy ? !keyring.isEmpty() : !isLoopback(host);
    },
    isBehindProxy,
    operatorHash: hashSecret(operatorToken),
  });
  return {
    gate,
    keyring,
    sessions,
    keysPath: options.keysPath,
    closesWithFirstKey: () => isBehindProxy && !isKeyRequired && keyring.isEmpty(),
    operatorToken,
  };
}

/** True for addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const plain = host.toLowerCase().replace(/^\[|\]$/g, "");
  return plain === "localhost" || plain === "::1" || /^127(\.\d{1,3}){3}$/.test(plain);
}
