import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkRuleText } from "../desk/check-text.ts";
import { checkRules } from "./check-rules.ts";
import { testRules } from "./test-rules.ts";

const DATA = join(import.meta.dirname, "../testdata");
const at = (name: string): string => join(DATA, name);
const RULE_FILES = ["heat", "broken", "unknown-field", "duplicate", "syntax"].map((name) =>
  at(`${name}.rules.yaml`),
);
const TEST_FILES = [at("heat.test.yaml"), at("heat-wrong.test.yaml")];

/** Debian's promtool, where it is installed. */
const hasPromtool = spawnSync("promtool", ["--version"]).status === 0;
if (!hasPromtool) process.stderr.write("skipped: comparisons with promtool, which is not installed\n");

function promtoolAccepts(command: "check" | "test", file: string): boolean {
  return spawnSync("promtool", [command, "rules", file]).status === 0;
}

describe("check rules", () => {
  it("names every problem of a file with its line", async () => {
    const { text, isOk } = await checkRules([at("broken.rules.yaml")]);
    expect(isOk).toBe(false);
    for (const part of [
      `5:19: group "a", rule 1, "Unclosed": could not parse expression: 1:5: parse error: unclosed left parenthesis`,
      `8:14: group "a", rule 2, "with_for": invalid field 'for' in recording rule`,
      `9:5: groupname: "a" is repeated in the same file`,
      `group "a", rule 1, "Both": only one of 'record' and 'alert' must be set`,
      `invalid label name: __name__`,
      `annotation "d": template: __alert_Template:1: function "nofunc" not defined`,
    ]) {
      expect(text).toContain(part);
    }
  });

  it("takes names in UTF-8 and experimental functions, and refuses at once what cannot be evaluated", () => {
    const check = (rule: object): string[] =>
      checkRuleText(JSON.stringify({ groups: [{ name: "g", rules: [rule] }] })).problems.map(
        ({ message }) => message,
      );
    const labels = { "team.name": "a" };
    expect(check({ record: "a.b", expr: 'limitk(1, {"c.d", "e.f"="g"})', labels })).toEqual([]);
    expect(check({ alert: "Ä", expr: "mad_over_time(up[5m]) > 1", annotations: labels })).toEqual([]);
    expect(check({ record: "a{b}", expr: "up" })).toEqual([
      expect.stringContaining("braces present in the recording rule name; should it be in expr?: a{b}"),
    ]);
    expect(check({ record: "a", expr: "sum(info(up))" })).toEqual([
      expect.stringContaining("1:5: parse error: function info() is not supported yet"),
    ]);
  });

  it("takes a duration that is left out and refuses an empty one", () => {
    const check = (waits: string): boolean =>
      checkRuleText(`groups: [{ name: g, rules: [{ alert: A, expr: up, for: ${waits} }] }]`).ok;
    expect([check(""), check("5m"), check("''")]).toEqual([true, true, false]);
  });

  it("counts the rules of a good file and warns of rules written twice", async () => {
    const { text, isOk } = await checkRules([at("heat.rules.yaml"), at("duplicate.rules.yaml")]);
    expect(isOk).toBe(true);
    expect(text).toContain("SUCCESS: 2 rules found");
    expect(text).toContain("WARNING: Twice is written by more than one rule");
    expect(text.split("\n").at(-1)).toBe("2 passed, 0 failed");
  });

  it("fails on a file that is not there", async () => {
    const { text, isOk } = await checkRules([at("nothing.yaml")]);
    expect(isOk).toBe(false);
    expect(text).toContain("cannot be read");
  });

  it.skipIf(!hasPromtool).each(RULE_FILES)("agrees with promtool on %s", async (file) => {
    expect((await checkRules([file])).isOk).toBe(promtoolAccepts("check", file));
  });
});

describe("test rules", () => {
  it("passes when alerts, annotations and samples are as expected", async () => {
    const { text, isOk } = await testRules([at("heat.test.yaml")]);
    expect(text).toContain("SUCCESS");
    expect(isOk).toBe(true);
  });

  it("shows what was expected and what came", async () => {
    const { text, isOk } = await testRules([at("heat-wrong.test.yaml")]);
    expect(isOk).toBe(false);
    expect(text).toContain(`alertname: Hot, time: 5m,\n        exp:[],`);
    expect(text).toContain(`exp: temperature{place="attic"} 34\n        got: temperature{place="attic"} 35`);
    expect(text.split("\n").at(-1)).toBe("0 passed, 1 failed");
  });

  it.skipIf(!hasPromtool).each(TEST_FILES)("agrees with promtool on %s", async (file) => {
    expect((await testRules([file])).isOk).toBe(promtoolAccepts("test", file));
  });
});
