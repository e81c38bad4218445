import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { appendAudit, auditPath, listAudit } from "./audit-file.ts";
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
    let before: number | undefined;
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
