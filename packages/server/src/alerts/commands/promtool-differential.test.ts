import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { testRules } from "./test-rules.ts";

const RULES = join(import.meta.dirname, "../testdata/behaviour.rules.yaml");
const ALERTS = ["Late", "Keep", "Gone", "Ranged", "Rate"];
const EXPRESSIONS = ["late", "early", "ALERTS", "ALERTS_FOR_STATE", '{__name__=~"n:.*"}', "sort(x)"];
const MINUTES = Array.from({ length: 20 }, (_, minute) => `${minute}m`);

/** A unit test that expects what never comes, so that every answer is printed. */
const TEST = {
  rule_files: [RULES],
  evaluation_interval: "1m",
  group_eval_order: ["first", "second", "keep"],
  tests: [
    {
      interval: "1m",
      input_series: [
        { series: 'x{a="1",b="q"}', values: "0+1x8 _ _ 2 stale 5 5 5 5x10" },
        { series: 'x{a="2",b="r"}', values: "9-1x12 -3x3 NaN Inf" },
        { series: 'y{a="1"}', values: "0 1x20" },
        { series: 'c{a="1"}', values: "0+10x5 0+10x15" },
      ],
      alert_rule_test: MINUTES.flatMap((eval_time) =>
        ALERTS.map((alertname) => ({ eval_time, alertname, exp_alerts: [{ exp_labels: { never: "1" } }] })),
      ),
      promql_expr_test: MINUTES.flatMap((eval_time) =>
        EXPRESSIONS.map((expr) => ({ eval_time, expr, exp_samples: [{ labels: "never", value: 1 }] })),
      ),
    },
  ],
};

function toSample(text: string): string {
  const [, name = "", labels = "{}", value = ""] = /^([\w:]*)(\{.*\})? (\S+)$/.exec(text) ?? [];
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([pair]) => pair);
  const named = name === "" ? pairs : [`__name__="${name}"`, ...pairs];
  return `${named.toSorted().join()} ${Number(value.replace("Inf", "Infinity"))}`;
}

/** What came of every case, by case, in whatever words and order the program prints it. */
function readAnswers(output: string): Map<string, string> {
  const answers = new Map<string, string>();
  const alerts = /alertname: (\w+), time: (\w+),\s*\n\s*exp:\[[^]*?\],\s*\n\s*got:(\[\]|\[[^]*?\n\s*\])/g;
  for (const [, name, time, got = ""] of output.matchAll(alerts)) {
    const found = got.matchAll(/Labels:(\{.*\})\s*\n\s*Annotations:(\{.*\}),?\s*\n/g);
    answers.set(
      `${name} ${time}`,
      [...found]
        .map(([, labels, annotations]) => `${labels}${annotations}`)
        .toSorted()
        .join(),
    );
  }
  for (const [, expr, time, got = ""] of output.matchAll(
    /expr: "(.*)", time: (\w+),\s*\n\s*exp: .*\n\s*got: (.*)/g,
  )) {
    const samples = got === "nil" ? [] : got.split(/(?<=[\dfN]), (?=[\w:{])/).map(toSample);
    answers.set(`${expr} ${time}`, samples.toSorted().join("; "));
  }
  return answers;
}

it("alerts, series and templates are what promtool makes of them, minute by minute", async (context) => {
  if (spawnSync("promtool", ["--version"]).status !== 0) context.skip("promtool is not installed");
  const directory = mkdtempSync(join(tmpdir(), "spanlight-promtool-"));
  const file = join(directory, "behaviour.test.yaml");
  writeFileSync(file, JSON.stringify(TEST));
  const { stderr, stdout } = spawnSync("promtool", ["test", "rules", file], { encoding: "utf8" });
  const ours = await testRules([file]);
  rmSync(directory, { recursive: true });
  const [wanted, got] = [readAnswers(stderr + stdout), readAnswers(ours.text)];
  expect(wanted.size).toBe(MINUTES.length * (ALERTS.length + EXPRESSIONS.length));
  expect(got).toEqual(wanted);
  expect([...wanted.values()].filter((answer) => answer !== "").length).toBeGreaterThan(100);
});
