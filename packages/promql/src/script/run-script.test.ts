import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { runFiles } from "./run-files.ts";
import { runScript } from "./run-script.ts";

async function statusesOf(script: string): Promise<string[]> {
  return (await runScript(script)).map(({ status }) => status);
}

const LOAD = `load 1m
  up{job="a"} 1 2 3
  h {{schema:0 count:1}}x5
`;

describe("runScript", () => {
  it("passes what is right and fails what is not", async () => {
    const script = `${LOAD}
eval instant at 1m up
  up{job="a"} 2

eval instant at 1m up
  up{job="a"} 3

eval instant at 1m up
  up{job="b"} 2

eval instant at 1m up

eval range from 0 to 2m step 1m up * 2
  {job="a"} 2 4 6

eval range from 0 to 2m step 1m up * 2
  {job="a"} 2 4 _
`;
    expect(await statusesOf(script)).toEqual(["passed", "failed", "failed", "failed", "passed", "failed"]);
  });

  it("says what it expected and what it got", async () => {
    const [outcome] = await runScript(`${LOAD}\neval instant at 1m up\n  up{job="a"} 3\n`);
    expect(outcome).toEqual({
      line: 5,
      query: "up",
      status: "failed",
      message: 'expected up{job="a"} 3, got 2',
    });
  });

  it("checks errors, warnings and infos, by text or pattern", async () => {
    const script = `${LOAD}
eval instant at 1m sum(
  expect fail msg: 1:5: parse error: unclosed left parenthesis

eval instant at 1m up + on() group_left up + "a"
  expect fail regex: binary .* types

eval instant at 1m quantile(2, up)
  expect warn msg: PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)
  expect no_info
  {} +Inf

eval instant at 1m quantile(2, up)
  expect no_warn
  {} +Inf

eval instant at 1m up
  expect fail

eval_fail instant at 1m topk(NaN, up)

eval_warn instant at 1m quantile(-1, up)
  {} -Inf
`;
    expect(await statusesOf(script)).toEqual([
      "passed",
      "passed",
      "passed",
      "failed",
      "failed",
      "passed",
      "passed",
    ]);
  });

  it("skips an eval only where it meets native histograms or what is not built", async () => {
    const script = `${LOAD}
eval instant at 1m h
  h {{schema:0 count:1}}

eval instant at 1m info(up)

eval instant at 1m rate(up[2m] smoothed)

eval instant at 1m histogram_count(up)
`;
    const outcomes = await runScript(script);
    expect(outcomes.map(({ status }) => status)).toEqual(["skipped", "skipped", "skipped", "passed"]);
    expect(outcomes.map(({ message }) => message)).toEqual([
      "uses native histogram samples",
      "uses an experimental feature: function info() is not supported yet",
      "uses an experimental feature: the smoothed modifier is not supported yet",
      "",
    ]);
  });

  it("never throws for what it cannot read", async () => {
    const script =
      "load x\n  a 1\n\nfly me to the moon\n\neval instant at noon up\n\neval sideways\n\nload 1m\n  a{ 1\n  b 1\n\neval instant at 0 b\n  b 1\n";
    expect(await statusesOf(script)).toEqual(["ignored", "ignored", "failed", "failed", "ignored", "passed"]);
  });

  it("runs instant queries again pinned by @ and as range queries", async () => {
    // Right at 2 m only by accident of the time: pinned queries must not look at the clock.
    const [outcome] = await runScript(`${LOAD}\neval instant at 2m up\n  expect ordered\n  up{job="a"} 3\n`);
    expect(outcome?.status).toBe("passed");
  });
});

describe("runFiles", () => {
  it("prints failures and skips by file and line, and closes with the counts", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "promql-scripts-"));
    try {
      const file = path.join(folder, "a.test");
      await writeFile(
        file,
        `${LOAD}\neval instant at 1m up\n  up{job="a"} 2\n\neval instant at 1m up\n\neval instant at 1m h\n`,
      );
      const lines: string[] = [];
      const counts = await runFiles([file], (text) => lines.push(text));
      expect(counts).toMatchObject({ passed: 1, failed: 1, skipped: 1 });
      expect(lines).toEqual([
        `FAILED ${file}:8 up\n    expected no series up{job="a"}, got 2\n`,
        `SKIPPED ${file}:10 h\n    uses native histogram samples\n`,
        "1 passed, 1 failed, 1 skipped\n",
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
