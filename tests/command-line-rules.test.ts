import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launcher, runNode, startServerProcess, type Ended, type ServerProcess } from "./server-process.ts";

const data = join(import.meta.dirname, "../packages/server/src/alerts/testdata");
const run = (...args: string[]): Promise<Ended> => runNode([launcher, ...args]);

describe("spanlight check rules", () => {
  it("ends with 0 for a good file and says how many rules it has", async () => {
    const { code, stdout } = await run("check", "rules", join(data, "heat.rules.yaml"));
    expect(stdout).toContain("SUCCESS: 2 rules found");
    expect(code).toBe(0);
  });

  it("ends with 1 for a wrong file and names the line", async () => {
    const { code, stdout } = await run("check", "rules", join(data, "broken.rules.yaml"));
    expect(stdout).toContain(`5:19: group "a", rule 1, "Unclosed"`);
    expect(code).toBe(1);
  });
});

describe("spanlight test rules", () => {
  it.each([
    ["heat.test.yaml", "1 passed, 0 failed", 0],
    ["heat-wrong.test.yaml", "0 passed, 1 failed", 1],
  ])("of %s says %s and ends with %i", async (file, summary, expected) => {
    const { code, stdout } = await run("test", "rules", join(data, file));
    expect(stdout.trim().split("\n").at(-1)).toBe(summary);
    expect(code).toBe(expected);
  });
});

describe("spanlight promql", () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServerProcess();
  });
  afterAll(() => server.stop());

  it("prints one sample a line", async () => {
    const { code, stdout } = await run(
      "promql",
      'label_replace(vector(3), "a", "b", "", "")',
      "--url",
      server.url,
    );
    expect(stdout).toMatch(/^\{a="b"\} => 3 @\[[\d.]+\]\n$/);
    expect(code).toBe(0);
  });

  it("says in one sentence what is wrong with an expression", async () => {
    const { code, stdout, stderr } = await run("promql", "sum(", "--url", server.url);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^bad_data: .*parse error/);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

describe("spanlight backtest", () => {
  let server: ServerProcess;
  let directory: string;
  beforeAll(async () => {
    server = await startServerProcess();
    directory = mkdtempSync(join(tmpdir(), "spanlight-backtest-"));
  });
  afterAll(async () => {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it("tells what rules would have done over stored data", async () => {
    const file = join(directory, "always.rules.yaml");
    writeFileSync(file, "groups: [{ name: g, rules: [{ alert: Always, expr: vector(3) > 2, for: 5m }] }]");
    const { code, stdout } = await run(
      "backtest",
      file,
      "--since",
      "1h",
      "--interval",
      "1m",
      "--url",
      server.url,
    );
    expect(stdout).toContain("Always (g): would have fired 1 times on 1 series");
    expect(stdout).toMatch(/still firing \(1h\), value 3 → 3 {2}\{alertname="Always"\}/);
    expect(stdout.trim().split("\n").at(-1)).toBe("1 alerting rules, 1 would have fired, 0 failed");
    expect(code).toBe(0);
  });

  it("ends with 1 for a wrong file and names the place", async () => {
    const { code, stdout } = await run("backtest", join(data, "broken.rules.yaml"), "--url", server.url);
    expect(stdout).toContain(`5:19: group "a", rule 1, "Unclosed"`);
    expect(code).toBe(1);
  });
});

describe("spanlight", () => {
  it("says in one sentence which receiver of alerts cannot be used", async () => {
    const directory = mkdtempSync(join(tmpdir(), "spanlight-receivers-"));
    const file = join(directory, "spanlight.yaml");
    writeFileSync(file, "notify: [{ name: team, type: slak }]\n");
    const env = { SPANLIGHT_CONFIG: file, SPANLIGHT_DATA: directory, SPANLIGHT_LOG_LEVEL: "error" };
    const { code, stderr } = await runNode([launcher, "--port", "0"], { env });
    rmSync(directory, { recursive: true, force: true });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^"notify" in spanlight\.yaml cannot be used: .*slack.*\[0\]\.type\n$/);
  });

  it.each([
    [["check"], "spanlight check rules FILE"],
    [["test", "rules"], "spanlight test rules FILE"],
    [["promql"], "spanlight promql EXPR"],
    [["backtest"], "spanlight backtest FILE"],
    [["backtest", "x.yaml", "--since", "yesterday"], "--since is yesterday"],
    [["promql", "up", "--url", "http://127.0.0.1:1"], "No server answers on http://127.0.0.1:1"],
  ])("refuses %o in one sentence", async (args, part) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(part);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});
