import { projectNamePattern } from "@spanlight/contract";
import { KeyFileError, ProjectExistsError } from "./errors.ts";
import { defaultProject, type Key, type Scope } from "./key.ts";
import { changeKeyFile } from "./key-file.ts";
import { createSecret, hashSecret } from "./secret.ts";

/** What a new key is to be. */
export interface NewKey {
  readonly name: string;
  readonly project: string;
  readonly scopes: readonly Scope[];
  readonly maxRequestsPerSecond: number | null;
  readonly maxBytesPerSecond: number | null;
}

/** Adds a key to the file and answers its text, which is kept nowhere. Throws KeyFileError. */
export async function createKey(
  path: string,
  wanted: NewKey,
  nowMs: number,
): Promise<{ readonly key: Key; readonly text: string }> {
  const made = makeKey(wanted, nowMs);
  await changeKeyFile(path, (keys) => [...keys, made.key]);
  return made;
}

/** Adds the first key of a project that nobody ever had a key of. Throws ProjectExistsError and KeyFileError. */
export async function createFirstKey(
  path: string,
  wanted: NewKey,
  nowMs: number,
): Promise<{ readonly key: Key; readonly text: string }> {
  const made = makeKey(wanted, nowMs);
  await changeKeyFile(path, (keys) => {
    const { project } = wanted;
    if (project === defaultProject || keys.some((key) => key.project === project)) {
      throw new ProjectExistsError(
        `there is a project ${project}: its own administrators make its keys, or "spanlight keys create --project ${project}" in the server's data directory`,
      );
    }
    return [...keys, made.key];
  });
  return made;
}

function makeKey(wanted: NewKey, nowMs: number): { readonly key: Key; readonly text: string } {
  if (!projectNamePattern.test(wanted.project)) {
    throw new KeyFileError(
      `"${wanted.project}" is no name of a project: lower-case letters, digits, ".", "_" and "-", 63 at most`,
    );
  }
  const { id, text } = createSecret();
  const key: Key = {
    ...wanted,
    scopes: [...wanted.scopes],
    id,
    hash: hashSecret(text),
    createdAt: new Date(nowMs).toISOString(),
    revokedAt: null,
  };
  return { key, text };
}

/** Takes a key out of force; a running server refuses it within a second or two. Throws KeyFileError. */
export function revokeKey(path: string, id: string, nowMs: number): Promise<Key> {
  return replaceKey(path, id, (key) => ({
    ...key,
    revokedAt: key.revokedAt ?? new Date(nowMs).toISOString(),
  }));
}

/** What of a key can be changed; what is left out stays as it is. */
export interface KeyChange {
  readonly name?: string | undefined;
  readonly maxRequestsPerSecond?: number | null | undefined;
  readonly maxBytesPerSecond?: number | null | undefined;
}

/** Changes a key's name and limits. Throws KeyFileError. */
export function changeKey(path: string, id: string, change: KeyChange): Promise<Key> {
  return replaceKey(path, id, (key) => {
    const {
      name = key.name,
      maxRequestsPerSecond = key.maxRequestsPerSecond,
      maxBytesPerSecond = key.maxBytesPerSecond,
    } = change;
    return { ...key, name, maxRequestsPerSecond, maxBytesPerSecond };
  });
}

async function replaceKey(path: string, id: string, replace: (key: Key) => Key): Promise<Key> {
  let replaced: Key | undefined;
  await changeKeyFile(path, (keys) =>
    keys.map((key) => {
      if (key.id !== id) return key;
      replaced = replace(key);
      return replaced;
    }),
  );
  if (replaced === undefined)
    throw new KeyFileError(`there is no key "${id}" in ${path}; "spanlight keys list" shows them`);
  return replaced;
}
