import type { CreatedProject, Project } from "@spanlight/contract";
import type { ProjectsDesk } from "../api/projects.ts";
import { createFirstKey } from "../keys/change-keys.ts";
import { FirstKeyError } from "../keys/errors.ts";
import { defaultProject } from "../keys/key.ts";
import type { Keyring } from "../keys/keyring.ts";
import { toApiKey } from "./keys-desk.ts";

export interface ProjectsDeskOptions {
  readonly keyring: Keyring;
  /** The file of keys. */
  readonly path: string;
  /** Whether whoever has no key is let in now, and is not once there is one. */
  readonly closesWithFirstKey: () => boolean;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** The projects of the server: a project is what keys were made for. What is in one is for its own keys alone. */
export function createProjectsDesk({
  keyring,
  path,
  closesWithFirstKey,
  now,
}: ProjectsDeskOptions): ProjectsDesk {
  return {
    list: () => ({ items: listProjects(keyring), nextCursor: null }),
    async create({ name, keyName, scopes }): Promise<CreatedProject> {
      if (closesWithFirstKey()) {
        throw new FirstKeyError(
          `with the first key nobody comes in without one any more: make one of the project ${defaultProject} before another project`,
        );
      }
      const limits = { maxRequestsPerSecond: null, maxBytesPerSecond: null };
      const wanted = { name: keyName, project: name, scopes, ...limits };
      const { key, text } = await createFirstKey(path, wanted, now());
      keyring.reload();
      return { name, createdAt: key.createdAt, keysInForce: 1, key: { ...toApiKey(key), key: text } };
    },
  };
}

function listProjects(keyring: Keyring): Project[] {
  const byName = new Map<string, Project>([
    [defaultProject, { name: defaultProject, createdAt: null, keysInForce: 0 }],
  ]);
  for (const { project: name, createdAt, revokedAt } of keyring.list()) {
    const known = byName.get(name) ?? { name, createdAt, keysInForce: 0 };
    byName.set(name, { ...known, keysInForce: known.keysInForce + (revokedAt === null ? 1 : 0) });
  }
  return [...byName.values()];
}
