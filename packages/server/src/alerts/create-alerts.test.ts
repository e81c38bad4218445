import { getLabel, labelsToRecord } from "@spanlight/promql";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createBench, MINUTE_MS, START_MS, type Bench } from "./create-alerts.fixture.ts";
import { createAlerts, type AlertsOptions } from "./create-alerts.ts";
import type { EvaluationRecord } from "./engine/history.ts";
import type { AlertNotice, WrittenSample } from "./engine/outside.ts";
import { RuleFileError } from "./rules/rule-file-error.ts";
import type { RuleSource } from "./rules/rule.ts";
import { createQuery } from "./series/create-query.ts";
import { createSampleStore } from "./series/sample-store.ts";

const HOT = `
groups:
  - name: heat
    interval: 1m
    rules:
      - alert: Hot
        expr: temperature > 30
        for: 3m
        labels: { severity: page, room: "{{ $labels.place | toUpper }}" }
        annotations: { summary: "{{ $labels.place }} is at {{ $value | humanize }}" }
`;

function rule(
  bench: Bench,
  name = "Hot",
): ReturnType<Bench["alerts"]["listGroups"]>[number]["rules"][number] {
  const found = bench.alerts
    .listGroups()
    .flatMap(({ rules }) => rules)
    .find((one) => one.name === name);
  if (found === undefined) throw new Error(`no rule ${name}`);
  return found;
}

function writtenAs(bench: Bench, metric: string): WrittenSample[] {
  return bench.written.filter(({ labels }) => getLabel(labels, "__name__") === metric);
}

describe("an alerting rule", () => {
  it("is inactive, then pending for its `for`, then fires, then resolves", async () => {
    const bench = await createBench(HOT);
    bench.load('temperature{place="attic"} 20x2 35x6 20x10');
    await bench.advance(3);
    expect(rule(bench).state).toBe("inactive");
    await bench.advance(1);
    expect(rule(bench).state).toBe("pending");
    expect(bench.notices).toEqual([]);
    await bench.advance(3);
    expect(rule(bench).state).toBe("firing");
    await bench.advance(5);
    expect(rule(bench).state).toBe("inactive");
    expect(bench.notices.at(0)?.status).toBe("firing");
    expect(bench.notices.at(-1)?.status).toBe("resolved");
  });

  it("tells labels, annotations, value, threshold and since when", async () => {
    const bench = await createBench(HOT, {
      externalLabels: { region: "eu" },
      externalUrl: () => "http://spanlight.example",
    });
    bench.load('temperature{place="attic"} 35x10');
    await bench.advance(5);
    const [notice] = bench.notices;
    expect(notice).toMatchObject({
      status: "firing",
      labels: { alertname: "Hot", place: "attic", severity: "page", room: "ATTIC", region: "eu" },
      annotations: { summary: "attic is at 35" },
      value: 35,
      threshold: { observed: "temperature", operator: ">", value: 30 },
      query: "temperature > 30",
      reason: null,
      generatorUrl: "http://spanlight.example/alerts?alert=Hot&expr=temperature+%3E+30",
    });
    expect(notice!.startsAtMs - notice!.activeAtMs).toBe(3 * MINUTE_MS);
    expect(notice!.endsAtMs).toBe(notice!.startsAtMs + 4 * MINUTE_MS);
  });

  it("names of several thresholds the one that the value has passed", async () => {
    const bench = await createBench(`
groups:
  - name: g
    rules:
      - alert: Hot
        expr: (temperature > 30 and on (place) humidity > 0 or temperature < 5) and on (place) humidity`);
    bench.load('temperature{place="attic"} 35x10');
    bench.load('temperature{place="cellar"} 2x10');
    bench.load('humidity{place="attic"} 1x10');
    bench.load('humidity{place="cellar"} 1x10');
    await bench.advance(1);
    const told = bench.notices.map(
      ({ labels, threshold }) => `${labels["place"]} ${threshold?.operator} ${threshold?.value}`,
    );
    expect(new Set(told)).toEqual(new Set(["attic > 30", "cellar < 5"]));
    const shown = rule(bench).alerts.map(({ labels, threshold }) => `${labels["place"]} ${threshold?.value}`);
    expect(new Set(shown)).toEqual(new Set(["attic 30", "cellar 5"]));
  });

  it("writes ALERTS and ALERTS_FOR_STATE, and ends them with a stale marker", async () => {
    const bench = await createBench(HOT);
    bench.load('temperature{place="attic"} 35x5 20x10');
    await bench.advance(8);
    const states = writtenAs(bench, "ALERTS").map(({ labels, isStale }) =>
      isStale ? `end of ${getLabel(labels, "alertstate")}` : getLabel(labels, "alertstate"),
    );
    expect(states.slice(0, 5)).toEqual(["pending", "pending", "pending", "firing", "end of pending"]);
    expect(states.at(-1)).toBe("end of firing");
    const [since] = writtenAs(bench, "ALERTS_FOR_STATE");
    expect(since!.value).toBe(Math.floor(since!.timeMs / 1000));
    expect(labelsToRecord(since!.labels)).toMatchObject({ alertname: "Hot", place: "attic" });
  });

  it("stays firing for keep_firing_for after its condition ended", async () => {
    const bench = await createBench(HOT.replace("for: 3m", "for: 1m\n        keep_firing_for: 4m"));
    bench.load('temperature{place="attic"} 35x3 20x20');
    await bench.advance(6);
    expect(rule(bench).state).toBe("firing");
    expect(rule(bench).alerts[0]?.keepFiringSinceMs).toBeTypeOf("number");
    await bench.advance(4);
    expect(rule(bench).state).toBe("inactive");
  });

  it("drops a pending alert at once when its condition ends", async () => {
    const bench = await createBench(HOT);
    bench.load('temperature{place="attic"} 20 35x1 20x5 35x1 20x10');
    await bench.advance(15);
    expect(bench.notices).toEqual([]);
  });

  it("tells an alert that still fires again and again, and its end for 15 minutes", async () => {
    const bench = await createBench(HOT);
    bench.load('temperature{place="attic"} 35x9 20x40');
    await bench.advance(40);
    expect(bench.notices.filter(({ status }) => status === "firing").length).toBeGreaterThan(4);
    const ends = bench.notices.filter(({ status }) => status === "resolved");
    expect(ends.length).toBe(16);
    expect(new Set(ends.map(({ endsAtMs }) => endsAtMs)).size).toBe(1);
  });

  it("says that data are missing when a firing series vanishes, and recovered when it is fine", async () => {
    const bench = await createBench(HOT);
    bench.load('temperature{place="attic"} 35x6 stale');
    bench.load('temperature{place="cellar"} 35x6 10x20');
    await bench.advance(9);
    const ends = bench.notices.filter(({ status }) => status === "resolved");
    const reasons = Object.fromEntries(ends.map(({ labels, reason }) => [labels["place"], reason]));
    expect(reasons).toEqual({ attic: "no_data", cellar: "recovered" });
  });

  it("looks for missing data behind `and` too", async () => {
    const bench = await createBench(
      HOT.replace("temperature > 30", "temperature > 30 and on (place) door_open == 1"),
    );
    bench.load('temperature{place="attic"} 35x6 stale');
    bench.load('temperature{place="cellar"} 35x20');
    bench.load('door_open{place="attic"} 1x20');
    bench.load('door_open{place="cellar"} 1x6 0x20');
    await bench.advance(9);
    const ends = bench.notices.filter(({ status }) => status === "resolved");
    const reasons = Object.fromEntries(ends.map(({ labels, reason }) => [labels["place"], reason]));
    expect(reasons).toEqual({ attic: "no_data", cellar: "recovered" });
  });

  it("remembers over a restart what it saw before it", async () => {
    const noted = new Map<string, EvaluationRecord[]>();
    const memory: Partial<AlertsOptions> = {
      loadEvaluations: async () => structuredClone(noted),
      noteEvaluation: (id, record) => void noted.set(id, [...(noted.get(id) ?? []), record]),
      historyLimit: 6,
    };
    const first = await createBench(HOT, memory);
    first.load('temperature{place="attic"} 20x30');
    await first.advance(4);
    const second = await createBench(HOT, { ...memory, store: first.store, startMs: first.nowMs() });
    await second.advance(4);
    const history = second.alerts.listHistory(rule(second).id) ?? [];
    expect(history.map(({ atMs }) => atMs)).toEqual(
      [...noted.values()]
        .flat()
        .map(({ atMs }) => atMs)
        .slice(-6),
    );
    expect(history.every(({ samples }) => samples[0]?.value === 20)).toBe(true);
  });

  it("remembers the samples it saw, those below the threshold too", async () => {
    const bench = await createBench(HOT);
    bench.load('temperature{place="attic"} 20 21 22 23');
    await bench.advance(3);
    const history = bench.alerts.listHistory(rule(bench).id)!;
    expect(history.map(({ samples }) => samples[0]?.value)).toEqual([20, 21, 22]);
    expect(history.every(({ state, error }) => state === "inactive" && error === null)).toBe(true);
    expect(rule(bench).hasData).toBe(true);
  });

  it("keeps no more history than told", async () => {
    const bench = await createBench(HOT, { historyLimit: 2 });
    await bench.advance(5);
    expect(bench.alerts.listHistory(rule(bench).id)!.length).toBe(2);
  });

  it("is in error when two alerts have the same labels", async () => {
    const bench = await createBench(
      HOT.replace("place | toUpper", "nothing").replace(
        "temperature > 30",
        "sum by (place, room) (temperature) > 30",
      ),
    );
    bench.load('temperature{place="attic",room="a"} 35x5');
    bench.load('temperature{place="attic",room="b"} 35x5');
    await bench.advance(1);
    expect(rule(bench)).toMatchObject({
      health: "err",
      lastError: "vector contains metrics with the same labelset after applying alert labels",
    });
  });

  it("fires with an explaining text when a template fails", async () => {
    const bench = await createBench(HOT.replace("$value | humanize", "query `nothing` | first | value"));
    bench.load('temperature{place="attic"} 35x10');
    await bench.advance(5);
    expect(bench.notices[0]?.annotations["summary"]).toMatch(/^<error expanding template: .*no elements>$/);
  });

  it("is told again when handing on failed", async () => {
    let isDown = true;
    const told: number[] = [];
    const bench = await createBench(HOT, {
      notify: async (notices) => {
        if (isDown) throw new Error("queue is full");
        told.push(notices.length);
      },
    });
    bench.load('temperature{place="attic"} 35x20');
    await bench.advance(5);
    expect(rule(bench).lastError).toContain("queue is full");
    isDown = false;
    await bench.advance(1);
    expect(told).toEqual([1]);
    expect(rule(bench).health).toBe("ok");
  });
});

describe("a group of rules", () => {
  it("evaluates in order, so that a rule sees what an earlier one recorded", async () => {
    const bench = await createBench(`
groups:
  - name: chain
    labels: { team: ops }
    rules:
      - record: place:temperature:max
        expr: max by (place) (temperature)
        labels: { unit: celsius }
      - alert: Hot
        expr: place:temperature:max{unit="celsius"} > 30
`);
    bench.load('temperature{place="attic",sensor="1"} 35x5');
    await bench.advance(1);
    expect(rule(bench).state).toBe("firing");
    expect(labelsToRecord(bench.written[0]!.labels)).toEqual({
      __name__: "place:temperature:max",
      place: "attic",
      team: "ops",
      unit: "celsius",
    });
  });

  it("ends a recorded series with a stale marker when its input is gone", async () => {
    const bench = await createBench(`
groups: [{ name: g, rules: [{ record: copy, expr: temperature }] }]`);
    bench.load("temperature 1 2 stale");
    await bench.advance(4);
    expect(bench.written.map(({ isStale }) => isStale)).toEqual([false, false, true]);
  });

  it("queries as long ago as query_offset says and stamps samples so", async () => {
    const bench = await createBench(`
groups: [{ name: g, query_offset: 2m, rules: [{ record: copy, expr: temperature }] }]`);
    bench.load("temperature 1 2 3 4 5 6");
    await bench.advance(4);
    const last = bench.written.at(-1)!;
    expect(last.value).toBe(2);
    expect(bench.alerts.listGroups()[0]!.lastEvaluationMs! - last.timeMs).toBe(2 * MINUTE_MS);
  });

  it("drops all results of a rule over the limit", async () => {
    const text = `
groups:
  - name: g
    limit: 1
    rules:
      - { alert: Hot, expr: temperature > 30 }
      - { record: copy, expr: temperature }`;
    const bench = await createBench(text);
    bench.load('temperature{place="a"} 35x5');
    bench.load('temperature{place="b"} _ _ 35x5');
    await bench.advance(2);
    expect(rule(bench).state).toBe("firing");
    await bench.advance(2);
    expect(rule(bench)).toMatchObject({ health: "err", lastError: "exceeded limit of 1 with 2 alerts" });
    expect(rule(bench, "copy").lastError).toBe("exceeded limit of 1 with 2 series");
    expect(rule(bench).alerts).toEqual([]);
  });

  it("goes on with the next rule when one fails", async () => {
    const bench = await createBench(`
groups:
  - name: g
    rules:
      - { record: broken, expr: "a * on () b" }
      - { record: copy, expr: temperature }`);
    for (const series of ['a{x="1"} 1', 'b{x="1"} 1', 'b{x="2"} 1', "temperature 1"]) bench.load(series);
    await bench.advance(1);
    expect(rule(bench, "broken").health).toBe("err");
    expect(rule(bench, "broken").lastError).toContain("many-to-many");
    expect(rule(bench, "copy").health).toBe("ok");
  });

  it("counts the slots it missed", async () => {
    const bench = await createBench(HOT);
    await bench.advance(2);
    bench.skip(5);
    await bench.alerts.tick();
    expect(bench.alerts.listGroups()[0]!.missedIterations).toBe(4);
  });

  it("is not evaluated twice at the same time, and holds up no other group", async () => {
    let resolve = (): void => undefined;
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    let slow = 0;
    const store = createSampleStore();
    const bench = await createBench(
      `
groups:
  - { name: slow, rules: [{ record: a, expr: slow_metric }] }
  - { name: quick, rules: [{ record: b, expr: quick_metric }] }`,
      {
        store,
        query: async (expression) => {
          if (expression !== "slow_metric") return [];
          slow++;
          await promise;
          return [];
        },
      },
    );
    bench.skip(1);
    const first = bench.alerts.tick();
    await nextTurn();
    bench.skip(1);
    await bench.alerts.tick();
    expect(slow).toBe(1);
    expect(bench.alerts.listGroups().find(({ name }) => name === "quick")?.lastEvaluationMs).not.toBeNull();
    resolve();
    await first;
  });

  it("has a fixed place in its interval, other groups another", async () => {
    const bench = await createBench(`
groups:
  - { name: one, interval: 10m, rules: [{ record: a, expr: x }] }
  - { name: two, interval: 10m, rules: [{ record: b, expr: x }] }`);
    await bench.advance(20);
    const slots = bench.alerts
      .listGroups()
      .map(({ lastEvaluationMs }) => lastEvaluationMs! % (10 * MINUTE_MS));
    expect(slots[0]).not.toBe(slots[1]);
    expect(bench.alerts.listGroups().every(({ missedIterations }) => missedIterations === 0)).toBe(true);
  });
});

describe("reloading rule files", () => {
  it("keeps the old rules when a file is wrong, and says what and where", async () => {
    const bench = await createBench(HOT);
    bench.load('temperature{place="attic"} 35x20');
    await bench.advance(5);
    bench.setRules(HOT.replace("temperature > 30", "temperature >"));
    await expect(bench.alerts.reload()).rejects.toThrow(
      /rules.yaml: 7:28: group "heat", rule 1, "Hot": could not parse expression/,
    );
    expect(bench.alerts.reloadStatus()?.problems[0]?.message).toContain("unexpected end of input");
    await bench.advance(1);
    expect(rule(bench).state).toBe("firing");
  });

  it("takes the files that are right and keeps what a wrong one said before", async () => {
    let cellar = "groups: [{ name: c, rules: [{ alert: Cold, expr: temperature < 5 }] }]";
    const readRules = async (): Promise<RuleSource[]> => [
      { file: "attic.yaml", text: HOT.replace("30", "31") },
      { file: "cellar.yaml", text: cellar },
    ];
    const bench = await createBench(HOT, { readRules });
    cellar = cellar.replace("< 5", "<");
    await expect(bench.alerts.reload()).rejects.toThrow("cellar.yaml: 1:");
    const rules = bench.alerts.listGroups().flatMap((group) => group.rules.map(({ query }) => query));
    expect(rules).toEqual(["temperature > 31", "temperature < 5"]);
    expect(bench.alerts.reloadStatus()?.problems.map(({ file }) => file)).toEqual(["cellar.yaml"]);
  });

  it("keeps the rules of a directory that cannot be read for a while", async () => {
    let found: (RuleSource | RuleFileError)[] = [{ file: "rules/hot.yaml", text: HOT }];
    const bench = await createBench(HOT, { readRules: async () => found });
    const problem = { line: 0, column: 0, kind: "file" as const, message: "cannot be read" };
    found = [new RuleFileError("rules", [problem])];
    await expect(bench.alerts.reload()).rejects.toThrow("rules: cannot be read");
    expect(rule(bench).name).toBe("Hot");
  });

  it("lets alerts of a rule that stays go on", async () => {
    const bench = await createBench(HOT);
    bench.load('temperature{place="attic"} 35x20');
    await bench.advance(5);
    const [before] = rule(bench).alerts;
    bench.setRules(`${HOT}      - { record: copy, expr: temperature }\n`);
    expect(await bench.alerts.reload()).toBe(true);
    expect(await bench.alerts.reload()).toBe(false);
    await bench.advance(1);
    expect(rule(bench).alerts[0]).toEqual(before);
    expect(rule(bench, "copy").health).toBe("ok");
  });

  it("skips no slot that is due at the same time", async () => {
    const bench = await createBench(HOT);
    bench.skip(1);
    bench.setRules(`${HOT}      - { record: copy, expr: temperature }\n`);
    await bench.alerts.reload();
    await bench.alerts.tick();
    expect(rule(bench, "copy").health).toBe("ok");
  });

  it("ends the series of a removed rule after two intervals, unless another rule took them up", async () => {
    const rules = `
groups:
  - name: g
    interval: 1m
    rules:
      - { record: kept, expr: temperature }
      - { record: gone, expr: temperature }`;
    const bench = await createBench(rules);
    bench.load("temperature 1x20");
    await bench.advance(2);
    bench.setRules(rules.replace(/ {6}- \{ record: gone.*/, "").replace("name: g", "name: renamed"));
    await bench.alerts.reload();
    await bench.advance(5);
    const ended = bench.written.filter(({ isStale }) => isStale);
    expect(ended.map(({ labels }) => getLabel(labels, "__name__"))).toEqual(["gone"]);
  });
});

describe("after a restart", () => {
  /** Stops a bench as a kill would and starts another one with what was saved. */
  async function restart(before: Bench, { pauseMinutes }: { pauseMinutes: number }): Promise<Bench> {
    before.control.abort();
    const { store } = before;
    return createBench(HOT, {
      store,
      saved: structuredClone(before.saved.state),
      startMs: before.nowMs() + pauseMinutes * MINUTE_MS,
    });
  }

  it("a firing alert is neither lost nor told as new", async () => {
    const before = await createBench(HOT);
    before.load('temperature{place="attic"} 35x30');
    await before.advance(6);
    const after = await restart(before, { pauseMinutes: 1 });
    expect(rule(after).state).toBe("firing");
    await after.advance(2);
    expect(after.notices.map(({ startsAtMs }) => startsAtMs)).toEqual(
      after.notices.map(() => before.notices[0]!.startsAtMs),
    );
  });

  it("the end of an alert that fired before is told", async () => {
    const before = await createBench(HOT);
    before.load('temperature{place="attic"} 35x6 20x30');
    await before.advance(6);
    const after = await restart(before, { pauseMinutes: 3 });
    await after.advance(1);
    expect(after.notices.map(({ status }) => status)).toEqual(["resolved"]);
    expect(after.written.filter(({ isStale }) => isStale).length).toBe(2);
  });

  it("an end that nobody was told of is told even after hours", async () => {
    const before = await createBench(HOT);
    before.load('temperature{place="attic"} 35x6 20x300');
    await before.advance(8);
    expect(before.notices.at(-1)?.status).toBe("resolved");
    const after = await restart(before, { pauseMinutes: 120 });
    await after.advance(3);
    expect(after.notices.map(({ status }) => status)).toEqual(["resolved"]);
  });

  it("whose rule file is wrong at the start goes on once it is right", async () => {
    const before = await createBench(HOT);
    before.load('temperature{place="attic"} 35x60');
    await before.advance(6);
    before.control.abort();
    let text = HOT.replace("> 30", ">");
    const saved = { state: structuredClone(before.saved.state) };
    const notices: AlertNotice[] = [];
    const nowMs = before.nowMs() + MINUTE_MS;
    const alerts = createAlerts({
      readRules: async () => [{ file: "rules.yaml", text }],
      query: createQuery(before.store),
      write: async () => undefined,
      notify: async (found) => void notices.push(...found),
      now: () => nowMs,
      signal: new AbortController().signal,
      loadState: async () => saved.state,
      saveState: async (state) => void (saved.state = state),
    });
    await expect(alerts.reload()).rejects.toThrow("could not parse expression");
    text = HOT;
    await alerts.reload();
    expect(alerts.listGroups()[0]?.rules[0]?.state).toBe("firing");
    expect(notices).toEqual([]);
  });

  it("whose rule is gone is told to have ended, once", async () => {
    const before = await createBench(HOT);
    before.load('temperature{place="attic"} 35x60');
    await before.advance(6);
    before.control.abort();
    const other = HOT.replace("alert: Hot", "alert: Warm");
    const { store, saved } = before;
    const startMs = before.nowMs() + MINUTE_MS;
    const after = await createBench(other, { store, saved: structuredClone(saved.state), startMs });
    expect(after.notices).toMatchObject([
      { status: "resolved", reason: "no_data", labels: { alertname: "Hot" }, value: 35 },
    ]);
    const again = await createBench(other, { store, saved: structuredClone(after.saved.state), startMs });
    expect(again.notices).toEqual([]);
  });

  it("a pending alert does not start anew, and a long pause does not count towards `for`", async () => {
    const before = await createBench(HOT);
    before.load('temperature{place="attic"} 35x60');
    await before.advance(3);
    const quick = await restart(before, { pauseMinutes: 0 });
    await quick.advance(1);
    expect(rule(quick).state).toBe("firing");
    const slow = await restart(before, { pauseMinutes: 20 });
    await slow.advance(1);
    expect(rule(slow).state).toBe("firing");
    expect(slow.nowMs() - rule(slow).alerts[0]!.activeAtMs).toBeLessThan(6 * MINUTE_MS);
  });

  it("a pending alert starts anew after more than an hour", async () => {
    const before = await createBench(HOT);
    before.load('temperature{place="attic"} 35x120');
    await before.advance(3);
    const after = await restart(before, { pauseMinutes: 70 });
    await after.advance(1);
    expect(rule(after).state).toBe("pending");
  });
});

describe("the loop", () => {
  it("stops when its signal fires, and evaluates nothing more", async () => {
    const bench = await createBench(HOT, { reloadCheckMs: 1 });
    const running = bench.alerts.run();
    await nextTurn();
    bench.control.abort();
    await running;
    bench.skip(10);
    await bench.alerts.tick();
    expect(bench.alerts.listGroups()[0]!.lastEvaluationMs).toBeNull();
  });

  it("wakes for a group that has just been evaluated: a short interval is kept", async () => {
    let evaluations = 0;
    const control = new AbortController();
    const query = async (): Promise<[]> => {
      evaluations += 1;
      if (evaluations === 3) control.abort();
      await nextTurn();
      return [];
    };
    const rules = "groups: [{ name: quick, interval: 20ms, rules: [{ alert: A, expr: up }] }]";
    const bench = await createBench(rules, { query, now: Date.now, signal: control.signal });
    await bench.alerts.run(); // without waking it would wait 5 s twice, past the time a test has
    expect(evaluations).toBe(3);
  });

  it("starts at the first slot after its start", async () => {
    const bench = await createBench(HOT);
    expect(bench.alerts.nextDueMs()).toBeGreaterThan(START_MS);
    expect(bench.alerts.nextDueMs()).toBeLessThanOrEqual(START_MS + MINUTE_MS);
  });
});
