import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestStore } from "../store/store.fixture.ts";
import { manifestPath, readManifest } from "./manifest.ts";
import { takeBackup, type BackupOptions, type BackupSummary } from "./take-backup.ts";

let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), "spanlight-take-backup-"));
  mkdirSync(join(work, "data", "spool"), { recursive: true });
  writeFileSync(join(work, "data", "keys.json"), "{}");
});
afterEach(() => rmSync(work, { recursive: true }));

async function take(options: Partial<BackupOptions> = {}): Promise<BackupSummary> {
  const engine = await createTestStore();
  try {
    return await takeBackup({
      data: join(work, "data"),
      directory: join(work, "backup"),
      engine,
      isStoreRemote: false,
      version: "1.0.0",
      freeze: (freezing) => freezing(),
      now: Date.now,
      onCopied: () => undefined,
      ...options,
    });
  } finally {
    await engine.close();
  }
}

describe("a backup that fails", () => {
  it("says where it was going, leaves nothing there, and can be taken to the same place again", async () => {
    const onCopied = (): never => {
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    };
    await expect(take({ onCopied })).rejects.toMatchObject({
      code: "backup_failed",
      message: `cannot write a backup to ${join(work, "backup")}: ENOSPC: no space left on device, write`,
    });
    expect(readdirSync(join(work, "backup"))).toEqual([]);
    expect(readdirSync(join(work, "data", "spool"))).toEqual([]);
    expect((await take()).files).toBeGreaterThan(0);
  });

  it("because something is there already leaves that alone", async () => {
    mkdirSync(join(work, "backup"));
    writeFileSync(join(work, "backup", "letter"), "dear");
    await expect(take()).rejects.toMatchObject({ message: expect.stringContaining("is not empty") });
    expect(readdirSync(join(work, "backup"))).toEqual(["letter"]);
  });

  it("because another one is taken to the same place leaves that one whole", async () => {
    const outcomes = await Promise.allSettled([take(), take()]);
    expect(outcomes.map(({ status }) => status).toSorted((left, right) => left.localeCompare(right))).toEqual(
      ["fulfilled", "rejected"],
    );
    const { files } = await readManifest(join(work, "backup"));
    expect(files.map(({ path }) => path)).toContain("data/keys.json");
  });
});

describe("the manifest of a backup", () => {
  it.each(["../../elsewhere", "data/../../elsewhere", "/elsewhere", "data//elsewhere"])(
    "that names a file outside the backup is refused: %s",
    async (path) => {
      const { takenAt } = await take();
      const directory = join(work, "backup");
      const manifest = { ...(await readManifest(directory)), takenAt, files: [{ path, bytes: 1, crc: 1 }] };
      writeFileSync(manifestPath(directory), JSON.stringify(manifest));
      await expect(readManifest(directory)).rejects.toMatchObject({ code: "backup_failed" });
    },
  );
});
