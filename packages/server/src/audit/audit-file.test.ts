import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { appendAudit, auditPath, listAudit, type AuditPlace } from "./audit-file.ts";
import {
  beginNewFile,
  dropFile,
  findSurplus,
  listFullFiles,
  readContent,
  toAuditLimits,
} from "./audit-files.ts";
import { serverActor, type AuditEntry } from "./entry.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "spanlight-audit-"));
  path = auditPath(directory);
});
afterEach(() => rmSync(directory, { recursive: true }));

const entry = (target: string, more: Partial<AuditEntry> = {}): AuditEntry => ({
  time: "2026-11-21T08:00:00.000Z",
  project: "default",
  actor: serverActor,
  action: "key.create",
  target,
  detail: {},
  ...more,
});

async function targets(question: Partial<Parameters<typeof listAudit>[1]> = {}): Promise<string[]> {
  const { entries } = await listAudit(path, { limit: 1000, ...question });
  return entries.map(({ target }) => target);
}

describe("the audit file", () => {
  it("is empty where there is none, and belongs to its owner alone", async () => {
    expect(await listAudit(path, { limit: 10 })).toEqual({ entries: [], next: null });
    await appendAudit(path, entry("a"));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await listAudit(path, { limit: 10 })).toEqual({ entries: [entry("a")], next: null });
  });

  it("is read from its end, page by page, however long its lines are", async () => {
    const wanted: string[] = [];
    for (let number = 0; number < 40; number += 1) {
      // Lines of nothing to 30 kB, with characters of several bytes: pages of the file end within lines and within characters.
      const detail = { text: "é€".repeat((number * 37) % 41 === 0 ? 0 : number * 150) };
      await appendAudit(path, entry(`t${number}`, { detail }));
      wanted.unshift(`t${number}`);
    }
    expect(await targets()).toEqual(wanted);
    const paged: string[] = [];
    let before: AuditPlace | undefined;
    do {
      const { entries, next } = await listAudit(path, { limit: 7, before });
      paged.push(...entries.map(({ target }) => target));
      before = next ?? undefined;
    } while (before !== undefined);
    expect(paged).toEqual(wanted);
  });

  it("tells of one project alone where one is asked for", async () => {
    for (const [target, project] of [
      ["a", "shop"],
      ["b", "default"],
      ["c", "shop"],
    ] as const) {
      await appendAudit(path, entry(target, { project }));
    }
    expect(await targets({ project: "shop" })).toEqual(["c", "a"]);
    expect(await targets({ project: "none" })).toEqual([]);
  });

  it("leaves out what a kill cut off, and what follows it is whole", async () => {
    await appendAudit(path, entry("a"));
    appendFileSync(path, '{"time":"2026-11-21T08:0');
    expect(await targets()).toEqual(["a"]);
    await appendAudit(path, entry("b"));
    expect(await targets()).toEqual(["b", "a"]);
    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(4);
  });

  it("takes entries of several processes at a time", async () => {
    const names = Array.from({ length: 50 }, (_, number) => `t${number}`);
    await Promise.all(names.map((name) => appendAudit(path, entry(name))));
    expect((await targets()).toSorted()).toEqual(names.toSorted());
  });

  it("says what is missing from it when the disk refuses", async () => {
    await expect(appendAudit(directory, entry("a"))).rejects.toMatchObject({
      code: "audit_write_failed",
      message: expect.stringContaining("key.create of a"),
    });
  });
});

describe("files that are full", () => {
  const limits = { fileBytes: 1000, maxBytes: 4000 };

  /** Writes entries, and begins a new file wherever one is full. */
  async function write(from: number, to: number): Promise<void> {
    for (let number = from; number < to; number += 1) {
      await appendAudit(path, entry(`t${number}`, { time: new Date(number * 1000).toISOString() }));
      await beginNewFile(path, limits);
    }
  }

  const descending = (from: number, to: number): string[] =>
    Array.from({ length: to - from }, (_, index) => `t${to - 1 - index}`);

  it("are read across, page by page, also where one has come between two pages", async () => {
    await write(0, 30);
    expect((await listFullFiles(path)).length).toBeGreaterThan(3);
    expect(await targets()).toEqual(descending(0, 30));
    const first = await listAudit(path, { limit: 7 });
    await write(30, 60);
    const paged = first.entries.map(({ target }) => target);
    let before = first.next ?? undefined;
    while (before !== undefined) {
      const { entries, next } = await listAudit(path, { limit: 7, before });
      paged.push(...entries.map(({ target }) => target));
      before = next ?? undefined;
    }
    expect(paged).toEqual(descending(0, 30));
    expect(await targets()).toEqual(descending(0, 60));
  });

  it("belong to a list that was begun before the newest was full", async () => {
    await write(0, 3);
    const listing = listAudit(path, { limit: 1000 });
    await write(3, 10);
    const { entries } = await listing;
    const listed = entries.map(({ target }) => target);
    expect(listed).toEqual(descending(0, listed.length));
  });

  it("are surplus from the oldest on, past what may be kept, and say what they hold", async () => {
    await write(0, 60);
    const surplus = await findSurplus(path, limits);
    const [oldest] = surplus;
    const content = await readContent(oldest?.path ?? "");
    expect(content).toMatchObject({
      from: "1970-01-01T00:00:00.000Z",
      bytes: statSync(oldest?.path ?? "").size,
    });
    for (const file of surplus) await dropFile(file);
    expect(await findSurplus(path, limits)).toEqual([]);
    const kept = await targets();
    expect(kept).toEqual(descending(60 - kept.length, 60));
    expect(60 - kept.length).toBeGreaterThanOrEqual(content.entries);
    const sizes = [path, ...(await listFullFiles(path)).map((file) => file.path)].map((file) =>
      statSync(file, { throwIfNoEntry: false }),
    );
    const bytes = sizes.reduce((sum, found) => sum + (found?.size ?? 0), 0);
    expect(bytes).toBeLessThanOrEqual(4000);
    expect(bytes).toBeGreaterThan(2500);
  });

  it("larger than all that may be kept stay until as much has come after them", async () => {
    await appendAudit(path, entry("large", { detail: { text: "x".repeat(10_000) } }));
    await beginNewFile(path, limits);
    expect(await findSurplus(path, limits)).toEqual([]);
    await write(0, 10);
    expect(await findSurplus(path, limits)).toEqual([]);
    await write(10, 30);
    expect((await findSurplus(path, limits))[0]).toMatchObject({ number: 1 });
  });

  it("are an eighth of the whole, 16 MiB at most", () => {
    expect(toAuditLimits(8000)).toEqual({ maxBytes: 8000, fileBytes: 1000 });
    expect(toAuditLimits(1e12).fileBytes).toBe(16 * 1024 * 1024);
  });
});
