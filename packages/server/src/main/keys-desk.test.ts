import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newApiKeySchema } from "@spanlight/contract";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { KeysDesk } from "../api/keys.ts";
import { keyFilePath, openAccess } from "../keys/open-access.ts";
import { createKeysDesk } from "./keys-desk.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "spanlight-keys-desk-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function openDesk(where: { isBehindProxy: boolean }): KeysDesk {
  const access = openAccess({
    ...where,
    directory,
    keysPath: keyFilePath(directory),
    host: "127.0.0.1",
    isKeyRequired: false,
    environmentKey: undefined,
    defaultLimits: { maxRequestsPerSecond: null, maxBytesPerSecond: null },
    now: Date.now,
    report: () => undefined,
  });
  return createKeysDesk({ ...access, path: access.keysPath, project: "default", now: Date.now });
}

const sender = newApiKeySchema.parse({ scopes: ["ingest"] });
const administrator = newApiKeySchema.parse({ scopes: ["read", "admin"] });

it("behind a proxy the first key shuts the door: it has to be one that can make others", async () => {
  const desk = openDesk({ isBehindProxy: true });
  await expect(desk.create(sender)).rejects.toMatchObject({
    code: "first_key_must_administer",
    message: expect.stringContaining("read and admin"),
  });
  expect(desk.list().items).toEqual([]);
  await desk.create(administrator);
  await desk.create(sender);
  expect(desk.list().items).toHaveLength(2);
});

it("on loopback, where none is needed, the first key may be any", async () => {
  const desk = openDesk({ isBehindProxy: false });
  await desk.create(sender);
  expect(desk.list().items).toMatchObject([{ scopes: ["ingest"] }]);
});
