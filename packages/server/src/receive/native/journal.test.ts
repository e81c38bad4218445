import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { SpoolWriteError } from "../../spool/errors.ts";
import { Journal } from "./journal.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "spanlight-journal-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const path = (): string => join(directory, "parts");

/** What a start finds in the file. */
async function readAgain(): Promise<unknown[]> {
  const entries: unknown[] = [];
  const { journal } = await Journal.open(path(), (entry) => entries.push(entry));
  await journal.close();
  return entries;
}

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
