import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseExpression } from "@spanlight/promql";
import { describe, expect, it } from "vitest";
import { renderDeploy } from "../deploy/generate/render-deploy.ts";
import { checkRules } from "../packages/server/src/alerts/commands/check-rules.ts";
import { testRules } from "../packages/server/src/alerts/commands/test-rules.ts";
import { defineShippedGroups } from "../packages/server/src/alerts/shipped/shipped-rules.ts";
import { thresholdsSchema } from "../packages/server/src/alerts/shipped/thresholds.ts";

const DEPLOY = join(import.meta.dirname, "../deploy");
const TESTS = join(DEPLOY, "prometheus/tests");
const RULE_FILES = ["spanlight-llm", "textbook"].map((name) => join(DEPLOY, `prometheus/${name}.rules.yaml`));
const TEST_FILES = readdirSync(TESTS).map((name) => join(TESTS, name));

const hasPromtool = spawnSync("promtool", ["--version"]).status === 0;
if (!hasPromtool) process.stderr.write("skipped: promtool's verdict on our rules; it is not installed\n");

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
}

const dashboard = JSON.parse(readFileSync(join(DEPLOY, "grafana/spanlight-llm.json"), "utf8")) as {
  readonly panels: readonly Panel[];
};
const panels = dashboard.panels.filter(({ type }) => type !== "row");

/** A query as Grafana sends it, with its variables filled in. */
function fillIn(expr: string): string {
  return expr
    .replaceAll("$__rate_interval", "1m")
    .replaceAll("$__interval", "15s")
    .replaceAll("$__range", "6h")
    .replaceAll(/\$\{?[a-z]+\}?/g, ".*");
}

describe("the generated files", () => {
  it.each([...renderDeploy().keys()])("%s is current", (path) => {
    const text = readFileSync(join(DEPLOY, path), "utf8");
    const fresh = renderDeploy().get(path) ?? "";
    if (path.endsWith(".json")) expect(JSON.parse(text)).toEqual(JSON.parse(fresh));
    else expect(text).toBe(fresh);
  });
});

describe("the rules", () => {
  it("pass our own check", async () => {
    const { text, isOk } = await checkRules(RULE_FILES);
    expect(text).not.toContain("WARNING");
    expect(isOk).toBe(true);
  });

  it.skipIf(!hasPromtool).each(RULE_FILES)("pass promtool's check: %s", (file) => {
    expect(spawnSync("promtool", ["check", "rules", file]).status).toBe(0);
  });

  it.each(TEST_FILES)("pass their unit tests: %s", async (file) => {
    const { text, isOk } = await testRules([file]);
    expect(isOk, text).toBe(true);
  });

  it.skipIf(!hasPromtool).each(TEST_FILES)("pass their unit tests under promtool: %s", (file) => {
    expect(spawnSync("promtool", ["test", "rules", file]).status).toBe(0);
  });

  it("each have a test in which they fire and one in which they must not", () => {
    const text = TEST_FILES.map((file) => readFileSync(file, "utf8")).join("\n");
    const alerts = defineShippedGroups(thresholdsSchema.parse({})).flatMap(({ rules }) =>
      rules.flatMap((rule) => ("alert" in rule ? rule.alert : [])),
    );
    expect(alerts.length).toBeGreaterThanOrEqual(9);
    const outcomes = [...text.matchAll(/alertname="(\w+)"[^]*?exp_samples:( \[\])?/g)];
    for (const alert of alerts) {
      const own = outcomes.filter(([, name]) => name === alert).map(([, , empty]) => empty !== undefined);
      expect(new Set(own), alert).toEqual(new Set([true, false]));
    }
  });

  it("follow the thresholds they are given", () => {
    const groups = defineShippedGroups(thresholdsSchema.parse({ cost_usd_per_hour: 7, faithfulness: 0.9 }));
    const text = JSON.stringify(groups);
    expect(text).toContain("sum(increase(llm_cost_dollars_total[1h])) > 7");
    expect(text).toContain("< 0.9 and on (service, model)");
    expect(() => thresholdsSchema.parse({ latency_p95_warning_ms: 500_000 })).toThrow("Too big");
    expect(() => thresholdsSchema.parse({ cost_usd_per_day: 1 })).toThrow("cost_usd_per_day");
  });
});

describe("the Grafana dashboard", () => {
  it("has four rows and at least 16 panels", () => {
    const rows = dashboard.panels.filter(({ type }) => type === "row");
    expect(rows.map(({ title }) => title)).toEqual(["Health", "Cost", "Quality", "Infrastructure"]);
    expect(panels.length).toBeGreaterThanOrEqual(16);
  });

  it("has ids of its own for all panels and no two in one place", () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)}:${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    expect(dashboard.panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
  });

  it("asks whatever data source is chosen", () => {
    const sources = panels.flatMap(({ datasource, targets = [] }) => [
      datasource,
      ...targets.map((one) => one.datasource),
    ]);
    expect(new Set(sources.map((source) => source?.uid))).toEqual(new Set(["${datasource}"]));
  });

  it.each(panels)("$title asks correct PromQL", ({ targets = [] }) => {
    expect(targets.length).toBeGreaterThan(0);
    for (const { expr } of targets) expect(() => parseExpression(fillIn(expr))).not.toThrow();
  });

  it.skipIf(!hasPromtool)("asks what Prometheus takes for correct, too", () => {
    const exprs = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => fillIn(expr)));
    const rules = exprs.map((expr, index) => ({ record: `panel_${index}`, expr }));
    const directory = mkdtempSync(join(tmpdir(), "spanlight-panels-"));
    const file = join(directory, "panels.rules.yaml");
    writeFileSync(file, JSON.stringify({ groups: [{ name: "panels", rules }] }));
    const { status, stderr } = spawnSync("promtool", ["check", "rules", file], { encoding: "utf8" });
    rmSync(directory, { recursive: true });
    expect(status, stderr).toBe(0);
  });
});
