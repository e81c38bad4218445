import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { healthSchema, ruleListSchema, type AlertRuleList } from "@spanlight/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "./server.fixture.ts";

const GOOD = "groups: [{ name: good, interval: 1s, rules: [{ alert: Always, expr: vector(1) }] }]";
const WRONG = "groups: [{ name: wrong, rules: [{ alert: Never, expr: sum( }] }]";
let test: TestServer;

beforeAll(async () => {
  test = await startTestServer({
    prepare: async (directory) => {
      mkdirSync(join(directory, "rules"));
      writeFileSync(join(directory, "rules/good.yaml"), GOOD);
      writeFileSync(join(directory, "rules/wrong.yaml"), WRONG);
    },
  });
});
afterAll(() => test.close());

async function listRules(isWanted: (list: AlertRuleList) => boolean): Promise<AlertRuleList> {
  for (;;) {
    const list = ruleListSchema.parse(await (await fetch(`${test.server.url}/api/alerts/rules`)).json());
    if (isWanted(list)) return list;
    await delay(20);
  }
}

describe("a server that finds a wrong rule file at its start", () => {
  it("runs with the files that are right, and says in log, API and health which one is not", async () => {
    const { items, load } = await listRules(({ load: { at } }) => at !== null);
    expect(items.map(({ name }) => name)).toEqual(["Always"]);
    expect(load).toMatchObject({ ok: false, problems: [{ kind: "expression", line: 1, column: 59 }] });
    expect(load.problems[0]?.file).toMatch(/wrong\.yaml$/);
    const line = test.logged.find((one) => one.includes("a rule file is not taken"));
    expect(JSON.parse(line ?? "{}")).toMatchObject({ level: "error", file: load.problems[0]?.file });
    const health = healthSchema.parse(await (await fetch(`${test.server.url}/api/health`)).json());
    expect(health).toMatchObject({ status: "degraded", checks: { rules: { status: "degraded" } } });
    expect(health.checks["rules"]?.message).toMatch(/^1 rule file not taken: .*wrong\.yaml:1:59: /);
    expect((await fetch(`${test.server.url}/readyz`)).status).toBe(200);
  });

  it("is well again once the file is", async () => {
    rmSync(join(test.directory, "rules/wrong.yaml"));
    // Any change through the API looks at the files at once.
    const answer = await fetch(`${test.server.url}/api/alerts/files`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "none.yaml", text: "groups: []" }),
    });
    expect(answer.status).toBe(201);
    const { load } = await listRules(() => true);
    expect(load).toMatchObject({ ok: true, problems: [] });
    const health = healthSchema.parse(await (await fetch(`${test.server.url}/api/health`)).json());
    expect(health.checks["rules"]).toEqual({ status: "ok", latency_ms: 0 });
  });
});
