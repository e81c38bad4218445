import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { EvaluationRecord } from "./engine/history.ts";
import { createEvaluationLog } from "./evaluation-log.ts";

let directory = "";
let path = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "spanlight-evaluations-"));
  path = join(directory, "evaluations.jsonl");
});
afterEach(() => rmSync(directory, { recursive: true }));

function recordAt(atMs: number, value = 1): EvaluationRecord {
  const samples = [{ labels: { place: "attic" }, value }];
  return { atMs, durationMs: 2, error: null, state: "firing", samples, sampleCount: 1 };
}

it("evaluations come back by rule, oldest first, with every value a sample can have", async () => {
  const log = createEvaluationLog({ path });
  expect(await log.load(10)).toEqual(new Map());
  [NaN, Infinity, -Infinity, 0.1].forEach((value, index) => log.note("a", recordAt(index, value)));
  await log.flush();
  log.note("b", { ...recordAt(9), error: "no such series", state: "inactive", samples: [], sampleCount: 0 });
  await log.flush();
  const found = await createEvaluationLog({ path }).load(3);
  expect(found.get("a")).toEqual([recordAt(1, Infinity), recordAt(2, -Infinity), recordAt(3, 0.1)]);
  expect(found.get("b")?.[0]?.error).toBe("no such series");
});

it("what a kill tore is left out, what was noted before and after it is not", async () => {
  const log = createEvaluationLog({ path });
  log.note("a", recordAt(1));
  await log.flush();
  appendFileSync(path, '\n["a",2,2,nu');
  log.note("a", recordAt(3));
  await log.flush();
  expect((await log.load(10)).get("a")?.map(({ atMs }) => atMs)).toEqual([1, 3]);
});

it("the disk holds two files of bounded size, and the newest evaluations", async () => {
  const log = createEvaluationLog({ path, maxBytes: 1_000 });
  for (let atMs = 0; atMs < 200; atMs += 1) {
    log.note("a", recordAt(atMs));
    await log.flush();
  }
  expect(readdirSync(directory).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    "evaluations.jsonl",
    "evaluations.jsonl.previous",
  ]);
  expect(statSync(`${path}.previous`).size).toBeLessThan(1_200);
  const times = (await log.load(500)).get("a")?.map(({ atMs }) => atMs) ?? [];
  expect(times.at(-1)).toBe(199);
  expect(times).toEqual(times.map((_time, index) => 200 - times.length + index));
  expect(times.length).toBeGreaterThan(10);
});

it("a disk that refuses is told of, and what was noted is written when it takes again", async () => {
  const errors: string[] = [];
  const broken = join(directory, "missing");
  const log = createEvaluationLog({ path: join(broken, "x"), onError: (what) => errors.push(what) });
  log.note("a", recordAt(1));
  await log.flush();
  expect(errors).toEqual(["cannot keep the evaluations of rules"]);
  mkdirSync(broken);
  await log.flush();
  expect((await log.load(10)).get("a")).toEqual([recordAt(1)]);
});
