import { getLabel } from "@spanlight/promql";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runBacktest } from "../commands/run-backtest.ts";
import { createBench, MINUTE_MS, START_MS, type Bench } from "../create-alerts.fixture.ts";
import { tryRules } from "../desk/try-rules.ts";
import { parseRuleFile } from "../rules/parse-rule-file.ts";
import { backtest, type BacktestedRule } from "./backtest.ts";

const RULES = `
groups:
  - name: heat
    interval: 1m
    rules:
      - record: place:temperature:max
        expr: max by (place) (temperature)
      - alert: Hot
        expr: place:temperature:max > 30
        for: 3m
        labels: { room: "{{ $labels.place | toUpper }}" }
      - alert: HotForLong
        expr: avg_over_time(place:temperature:max[10m]) > 30
`;
const HOURS = 60;

function run(bench: Bench, text = RULES, minutes = 3 * HOURS): Promise<readonly BacktestedRule[]> {
  return backtest({
    groups: parseRuleFile({ file: "rules.yaml", text }),
    reader: bench.store,
    fromMs: START_MS,
    toMs: START_MS + minutes * MINUTE_MS,
  });
}

describe("a trial of rules on stored data", () => {
  it("tells when, how long and on which series an alert would have fired", async () => {
    const bench = await createBench("groups: []");
    bench.load('temperature{place="attic",sensor="1"} 20x29 35x19 20x200');
    bench.load('temperature{place="cellar",sensor="1"} 10x59 40x1 10x200');
    const [hot, long] = await run(bench);
    expect(hot?.error).toBeNull();
    expect(hot?.firings).toEqual([
      {
        labels: { alertname: "Hot", place: "attic", room: "ATTIC" },
        activeAtMs: START_MS + 30 * MINUTE_MS,
        firedAtMs: START_MS + 33 * MINUTE_MS,
        resolvedAtMs: START_MS + 50 * MINUTE_MS,
        durationMs: 17 * MINUTE_MS,
        firstValue: 35,
        lastValue: 35,
      },
    ]);
    expect(hot?.pendingOnly).toBe(1);
    expect(long?.firings.length).toBe(1);
  });

  it("agrees with what the engine does over the same data", async () => {
    const rules = RULES.replace("{ room:", "{ team: ops, room:");
    const bench = await createBench(rules);
    bench.load('temperature{place="attic"} 20x9 35x19 20x9 35x1 20x9 35x30 stale');
    bench.load('temperature{place="cellar"} 40x100');
    await bench.advance(100);
    const live = bench.written.filter(
      ({ labels, isStale }) =>
        !isStale &&
        getLabel(labels, "__name__") === "ALERTS" &&
        getLabel(labels, "alertname") === "Hot" &&
        getLabel(labels, "alertstate") === "firing",
    );
    const [hot] = await run(bench, rules, 100);
    const minutes = hot!.firings.reduce((sum, { durationMs }) => sum + durationMs, 0) / MINUTE_MS;
    expect(hot!.firings.length).toBe(3);
    expect(Math.abs(minutes - live.length)).toBeLessThanOrEqual(hot!.firings.length);
  });

  it("does not let what is stored of a recording rule stand in for what it would record now", async () => {
    const bench = await createBench("groups: []");
    bench.load('temperature{place="attic"} 20x100');
    bench.load('place:temperature:max{place="attic"} 99x100');
    const rules = await run(bench, RULES, 90);
    expect(rules.flatMap(({ firings }) => firings)).toEqual([]);
  });

  it("follows rules from before the time looked at, so that `for` has passed at its start", async () => {
    const bench = await createBench("groups: []");
    bench.load('temperature{place="attic"} 35x100');
    const rules = await backtest({
      groups: parseRuleFile({ file: "rules.yaml", text: RULES }),
      reader: bench.store,
      fromMs: START_MS + 20 * MINUTE_MS,
      toMs: START_MS + 30 * MINUTE_MS,
    });
    expect(rules.map(({ firings }) => firings.map(({ durationMs }) => durationMs / MINUTE_MS))).toEqual([
      [10],
      [10],
    ]);
    expect(rules[0]?.firings[0]?.firedAtMs).toBe(START_MS + 3 * MINUTE_MS);
  });

  it("goes on over the borders of its pieces", async () => {
    const bench = await createBench("groups: []");
    bench.load('temperature{place="attic"} 35x4000');
    const [hot] = await run(bench, RULES, 60 * HOURS);
    expect(hot?.firings.map(({ resolvedAtMs, durationMs }) => [resolvedAtMs, durationMs])).toEqual([
      [null, (60 * HOURS - 3) * MINUTE_MS],
    ]);
  });

  it("says which rule failed and tries the others", async () => {
    const bench = await createBench("groups: []");
    for (const series of ['a{x="1"} 1x60', 'b{x="1",y="1"} 1x60', 'b{x="1",y="2"} 1x60']) bench.load(series);
    const rules = await run(
      bench,
      `
groups:
  - name: g
    rules:
      - { alert: Broken, expr: a * on (x) b > 0 }
      - { alert: Fine, expr: a > 0 }`,
      30,
    );
    expect(rules[0]?.error).toContain("many-to-many");
    expect(rules[1]?.firings.length).toBe(1);
  });

  it("stops when told to", async () => {
    const bench = await createBench("groups: []");
    const control = new AbortController();
    control.abort(new Error("enough"));
    const groups = parseRuleFile({ file: "rules.yaml", text: RULES });
    const request = { groups, reader: bench.store, fromMs: START_MS, toMs: START_MS + MINUTE_MS };
    await expect(backtest({ ...request, signal: control.signal })).rejects.toThrow("enough");
  });

  it("is told in words by the command", async () => {
    const directory = mkdtempSync(join(tmpdir(), "spanlight-backtest-"));
    const file = join(directory, "heat.rules.yaml");
    writeFileSync(file, RULES);
    const bench = await createBench("groups: []");
    bench.load('temperature{place="attic"} 20x29 35x19 20x200');
    const second = join(directory, "cold.rules.yaml");
    writeFileSync(
      second,
      "groups: [{ name: heat, rules: [{ alert: Cold, expr: place:temperature:max < 10 }] }]",
    );
    const outcome = await runBacktest({
      paths: [file, second],
      tryRules: (rules) => {
        const range = { fromMs: START_MS, toMs: START_MS + 2 * HOURS * MINUTE_MS };
        const { signal } = new AbortController();
        return tryRules(
          { rules, ...range },
          { reader: bench.store, evaluationIntervalMs: MINUTE_MS, signal },
        );
      },
    });
    rmSync(directory, { recursive: true });
    expect(outcome.isOk).toBe(true);
    expect(outcome.text).toContain("Hot (heat): would have fired 1 times on 1 series, 17m in all");
    expect(outcome.text).toContain("2026-11-21 00:33:00 UTC – 2026-11-21 00:50:00 UTC (17m), value 35 → 35");
    expect(outcome.text).toContain(`Cold (heat (${second})): would not have fired`);
    expect(outcome.text.split("\n").at(-1)).toBe("3 alerting rules, 2 would have fired, 0 failed");
  });
});
