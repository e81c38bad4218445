import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { SpoolWriteError } from "../../spool/errors.ts";
import { Journal, type JournalReport } from "./journal.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "spanlight-journal-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const path = (): string => join(directory, "parts");

/** What a start finds in the file. */
async function readAgain(): Promise<unknown[]> {
  return (await reopen()).entries;
}

async function reopen(): Promise<{ entries: unknown[]; report: JournalReport }> {
  const entries: unknown[] = [];
  const { journal, report } = await Journal.open(path(), (entry) => entries.push(entry));
  await journal.close();
  return { entries, report };
}

async function write(...entries: string[]): Promise<void> {
  const { journal } = await Journal.open(path(), () => undefined);
  for (const entry of entries) await journal.append([entry]);
  await journal.close();
}

const sound = { damagedLines: 0, isCut: false };

it.each([
  ["at a line's end", (bytes: Buffer) => bytes.lastIndexOf("\n") - 11],
  ["in the middle of a line", (bytes: Buffer) => bytes.lastIndexOf("\n") - 3],
  ["behind its lines", (bytes: Buffer) => bytes.lastIndexOf("\n") + 1],
])("tells of a file that was cut %s, and goes on from there", async (_, findEnd) => {
  await write("a", "b");
  truncateSync(path(), findEnd(readFileSync(path())));
  const { entries, report } = await reopen();
  expect(report).toEqual({ damagedLines: 0, isCut: true });
  await write("c");
  expect(await reopen()).toEqual({ entries: [...entries, "c"], report: sound });
});

it("drops the last line that a kill cut off without a word, and goes on in its place", async () => {
  await write("a", "b");
  const bytes = readFileSync(path());
  writeFileSync(path(), bytes.fill(0, bytes.lastIndexOf("\n") - 3));
  expect(await reopen()).toEqual({ entries: ["a"], report: sound });
  await write("c");
  expect(await reopen()).toEqual({ entries: ["a", "c"], report: sound });
});

it("reads what older versions wrote, their last line cut off or not", async () => {
  await write("a", "b");
  const [, ...lines] = readFileSync(path(), "utf8").split("\n").slice(0, -1);
  for (const end of ["\n", "\n0000 cut"]) {
    writeFileSync(path(), lines.join("\n") + end);
    expect(await reopen()).toEqual({ entries: ["a", "b"], report: sound });
    await write("c");
    expect(await reopen()).toEqual({ entries: ["a", "b", "c"], report: sound });
  }
});

it("goes on after a rewrite, also where one did not come about before", async () => {
  const { journal } = await Journal.open(path(), () => undefined);
  await journal.append(["a", "b"]);
  mkdirSync(`${path()}.next`);
  writeFileSync(join(`${path()}.next`, "in-the-way"), "");
  await expect(journal.rewrite(["b"])).rejects.toBeInstanceOf(SpoolWriteError);
  await journal.append(["c"]);
  expect(await readAgain()).toEqual(["a", "b", "c"]);
  rmSync(`${path()}.next`, { recursive: true });
  await journal.rewrite(["b", "c"]);
  await journal.append(["d"]);
  await journal.close();
  expect(await readAgain()).toEqual(["b", "c", "d"]);
});
