import { afterEach, describe, expect, it, vi } from "vitest";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createNotifier } from "./create-notifier.ts";
import { MatcherError, parseMatcher } from "./matcher.ts";
import { createBench, MINUTE_MS, noticeOf, resolvedOf, SECOND_MS, START_MS } from "./notify.fixture.ts";
import { DeliveryError } from "./receiver.ts";
import type { NotifierState } from "./saved-state.ts";
import { SilenceError } from "./silences.ts";

const HOUR_MS = 60 * MINUTE_MS;

describe("grouping", () => {
  it("alerts of one group that come within the wait are one message", async () => {
    const bench = await createBench();
    await bench.notifier.accept([noticeOf({ model: "a" })]);
    await bench.advance(5 * SECOND_MS);
    expect(bench.messages).toEqual([]);
    await bench.notifier.accept([noticeOf({ model: "b" }), noticeOf({ alertname: "Other" })]);
    await bench.advance(10 * SECOND_MS);
    expect(bench.messages.map(({ alerts }) => alerts.length).toSorted((left, right) => left - right)).toEqual(
      [1, 2],
    );
    const both = bench.messages.find(({ alerts }) => alerts.length === 2);
    expect(both).toMatchObject({
      receiver: "ops",
      status: "firing",
      groupLabels: { alertname: "LLMCostSpike", service: "api" },
      commonLabels: { alertname: "LLMCostSpike", service: "api", severity: "page" },
    });
  });

  it("an alert that joins a group is told after the group's interval", async () => {
    const bench = await createBench();
    await bench.notifier.accept([noticeOf({ model: "a" })]);
    await bench.advance(15 * SECOND_MS);
    await bench.notifier.accept([noticeOf({ model: "b" })]);
    await bench.advance(30 * SECOND_MS);
    expect(bench.messages.length).toBe(1);
    await bench.advance(30 * SECOND_MS);
    expect(bench.messages.at(-1)?.alerts.length).toBe(2);
  });

  it("nothing is told again before the repeat interval, and then it is", async () => {
    const bench = await createBench();
    await bench.notifier.accept([noticeOf({})]);
    await bench.advance(3 * HOUR_MS);
    await bench.notifier.accept([noticeOf({}, { value: 80 })]);
    await bench.advance(30 * MINUTE_MS);
    expect(bench.messages.length).toBe(1);
    await bench.advance(HOUR_MS);
    expect(bench.messages.map(({ alerts }) => alerts[0]?.value)).toEqual([61.5, 80]);
  });

  it("a route takes only alerts that meet its matchers", async () => {
    const bench = await createBench({ route: { matchers: [parseMatcher('severity=~"page|critical"')] } });
    await bench.notifier.accept([noticeOf({ severity: "ticket" })]);
    await bench.advance(MINUTE_MS);
    expect(bench.messages).toEqual([]);
    expect(bench.notifier.nextDueMs()).toBe(Infinity);
  });

  it("['...'] makes every alert a group of its own", async () => {
    const bench = await createBench({ route: { groupBy: ["..."] } });
    await bench.notifier.accept([noticeOf({ model: "a" }), noticeOf({ model: "b" })]);
    await bench.advance(MINUTE_MS);
    expect(bench.messages.length).toBe(2);
  });
});

describe("the end of alerts", () => {
  it("is told once, with why", async () => {
    const bench = await createBench();
    const notice = noticeOf({});
    await bench.notifier.accept([notice]);
    await bench.advance(MINUTE_MS);
    const end = resolvedOf(notice, START_MS + MINUTE_MS, "no_data");
    await bench.notifier.accept([end]);
    await bench.advance(2 * MINUTE_MS);
    await bench.notifier.accept([end]);
    await bench.advance(10 * MINUTE_MS);
    expect(bench.messages.map(({ status }) => status)).toEqual(["firing", "resolved"]);
    expect(bench.messages[1]?.alerts[0]?.reason).toBe("no_data");
  });

  it("of an alert nobody was told of is not told", async () => {
    const bench = await createBench();
    const notice = noticeOf({});
    await bench.notifier.accept([notice, resolvedOf(notice, START_MS + SECOND_MS)]);
    await bench.advance(5 * MINUTE_MS);
    expect(bench.messages).toEqual([]);
  });

  it("is not told when the route does not want it; the next firing is", async () => {
    const bench = await createBench({ route: { sendResolved: false } });
    const notice = noticeOf({});
    await bench.notifier.accept([notice]);
    await bench.advance(MINUTE_MS);
    await bench.notifier.accept([resolvedOf(notice, bench.nowMs())]);
    await bench.advance(5 * MINUTE_MS);
    expect(bench.messages.length).toBe(1);
    await bench.notifier.accept([noticeOf({}, { startsAtMs: bench.nowMs() })]);
    await bench.advance(MINUTE_MS);
    expect(bench.messages.map(({ status }) => status)).toEqual(["firing", "firing"]);
  });

  it("by missing data leaves the alert open where the route says so", async () => {
    const bench = await createBench({ route: { noData: "keep" } });
    const notice = noticeOf({});
    await bench.notifier.accept([notice]);
    await bench.advance(MINUTE_MS);
    await bench.notifier.accept([resolvedOf(notice, bench.nowMs(), "no_data")]);
    await bench.advance(5 * MINUTE_MS);
    expect(bench.messages.map(({ status }) => status)).toEqual(["firing"]);
  });

  it("comes when the engine stops renewing an alert", async () => {
    const bench = await createBench();
    await bench.notifier.accept([noticeOf({}, { endsAtMs: START_MS + 4 * MINUTE_MS })]);
    await bench.advance(10 * MINUTE_MS);
    expect(bench.messages.map(({ status }) => status)).toEqual(["firing", "resolved"]);
  });
});

describe("a message", () => {
  it("has three traces, the page with the time range, value, threshold and since", async () => {
    const asked: number[] = [];
    const bench = await createBench({
      findTraces: async (_notice, limit) => {
        asked.push(limit);
        return ["t1", "t2", "t3", "t4"];
      },
    });
    await bench.notifier.accept([noticeOf({})]);
    await bench.advance(MINUTE_MS);
    const alert = bench.messages[0]!.alerts[0]!;
    expect(asked).toEqual([3]);
    expect(alert.traces.map(({ url }) => url)).toEqual(
      ["t1", "t2", "t3"].map((id) => `http://spanlight.example/traces/${id}`),
    );
    const page = new URL(alert.pageUrl);
    expect(page.pathname).toBe("/alerts");
    expect(Object.fromEntries(page.searchParams)).toEqual({
      alert: "LLMCostSpike",
      from: "2026-11-21T01:55:00.000Z",
      to: "2026-11-21T03:00:10.000Z",
    });
  });

  it("goes out without traces when they cannot be found", async () => {
    const bench = await createBench({ findTraces: () => Promise.reject(new Error("store is busy")) });
    await bench.notifier.accept([noticeOf({})]);
    await bench.advance(MINUTE_MS);
    expect(bench.messages[0]?.alerts[0]?.traces).toEqual([]);
    expect(bench.errors[0]).toContain("store is busy");
  });

  it("names at most a hundred alerts and says how many it left out", async () => {
    const bench = await createBench();
    await bench.notifier.accept(Array.from({ length: 130 }, (_, index) => noticeOf({ user: String(index) })));
    await bench.advance(MINUTE_MS);
    expect(bench.messages[0]).toMatchObject({ truncatedAlerts: 30 });
    expect(bench.messages[0]?.alerts.length).toBe(100);
  });
});

describe("a receiver that does not take a message", () => {
  it("is tried again, later each time, and gets what is true by then", async () => {
    const bench = await createBench();
    bench.failure = new DeliveryError("answered 503", { isRetryable: true });
    await bench.notifier.accept([noticeOf({ model: "a" })]);
    await bench.advance(11 * SECOND_MS);
    const failures = [bench.errors.length];
    await bench.advance(30 * SECOND_MS);
    failures.push(bench.errors.length);
    expect(failures).toEqual([2, 6]);
    bench.failure = null;
    await bench.notifier.accept([noticeOf({ model: "b" })]);
    await bench.advance(MINUTE_MS);
    expect(bench.messages.map(({ alerts }) => alerts.length)).toEqual([2]);
  });

  it("is left alone as long as it asks", async () => {
    const bench = await createBench();
    bench.failure = new DeliveryError("answered 429", { isRetryable: true, retryAfterMs: 90 * SECOND_MS });
    await bench.notifier.accept([noticeOf({})]);
    await bench.advance(95 * SECOND_MS);
    expect(bench.errors.length).toBe(1);
    bench.failure = null;
    await bench.advance(10 * SECOND_MS);
    expect(bench.messages.length).toBe(1);
  });

  it("is tried again only after the group's interval when it refused for good", async () => {
    const bench = await createBench();
    bench.failure = new DeliveryError("answered 404", { isRetryable: false });
    await bench.notifier.accept([noticeOf({})]);
    await bench.advance(65 * SECOND_MS);
    expect(bench.errors.length).toBe(1);
    const [receiver] = bench.notifier.listReceivers();
    expect(receiver).toMatchObject({ name: "ops", counts: { failed: 1, sent: 0 }, waiting: 1 });
    expect(receiver?.deliveries).toMatchObject([{ error: "answered 404", alertCount: 1 }]);
  });
});

describe("the rate limit", () => {
  it("lets messages wait and loses none", async () => {
    const bench = await createBench({ route: { maxMessagesPerHour: 2, groupBy: ["..."] } });
    const users = ["a", "b", "c", "d"];
    await bench.notifier.accept(users.map((user) => noticeOf({ user })));
    await bench.advance(MINUTE_MS);
    expect(bench.messages.length).toBe(2);
    expect(bench.notifier.listReceivers()[0]?.counts.delayed).toBeGreaterThan(0);
    await bench.advance(70 * MINUTE_MS);
    expect(new Set(bench.messages.map(({ alerts }) => alerts[0]?.labels["user"]))).toEqual(new Set(users));
  });
});

describe("silences", () => {
  const quiet = {
    matchers: [parseMatcher('model="a"')],
    startsAtMs: START_MS,
    endsAtMs: START_MS + 10 * MINUTE_MS,
    createdBy: "ada",
    comment: "known",
  };

  it("keep alerts from being told while they are in force", async () => {
    const bench = await createBench();
    await bench.notifier.addSilence(quiet);
    await bench.notifier.accept([noticeOf({ model: "a" }), noticeOf({ model: "b" })]);
    await bench.advance(5 * MINUTE_MS);
    expect(bench.messages.map(({ alerts }) => alerts.map(({ labels }) => labels["model"]))).toEqual([["b"]]);
    expect(bench.notifier.findSilences({ model: "a" })[0]?.createdBy).toBe("ada");
    await bench.advance(10 * MINUTE_MS);
    expect(bench.messages.at(-1)?.alerts.length).toBe(2);
  });

  it("can be ended early", async () => {
    const bench = await createBench();
    const { id } = await bench.notifier.addSilence(quiet);
    expect(await bench.notifier.expireSilence(id)).toBe(true);
    expect(await bench.notifier.expireSilence(id)).toBe(false);
    await bench.notifier.accept([noticeOf({ model: "a" })]);
    await bench.advance(MINUTE_MS);
    expect(bench.messages.length).toBe(1);
  });

  it("need an end and a matcher that says something", async () => {
    const { notifier } = await createBench();
    await expect(notifier.addSilence({ ...quiet, endsAtMs: START_MS })).rejects.toThrow(SilenceError);
    const open = [parseMatcher('model=~".*"')];
    await expect(notifier.addSilence({ ...quiet, matchers: open })).rejects.toThrow(SilenceError);
    expect(() => parseMatcher("model")).toThrow(MatcherError);
    expect(() => parseMatcher('model=~"("')).toThrow(MatcherError);
  });
});

describe("after a restart", () => {
  it("nothing is told twice, what ended meanwhile is told, silences hold", async () => {
    const before = await createBench();
    const [first, second] = [noticeOf({ alertname: "One" }), noticeOf({ alertname: "Two" })];
    await before.notifier.accept([first, second]);
    await before.notifier.addSilence({
      matchers: [parseMatcher('alertname="Three"')],
      startsAtMs: START_MS,
      endsAtMs: START_MS + HOUR_MS,
      createdBy: "ada",
      comment: "",
    });
    await before.advance(MINUTE_MS);
    expect(before.messages.length).toBe(2);
    const saved = structuredClone(before.saved.state);
    const after = await createBench({ saved, startMs: before.nowMs() + MINUTE_MS });
    const ended = resolvedOf(second, after.nowMs());
    await after.notifier.accept([first, ended, noticeOf({ alertname: "Three" })]);
    await after.advance(10 * MINUTE_MS);
    expect(after.messages.map(({ status, groupLabels }) => [status, groupLabels["alertname"]])).toEqual([
      ["resolved", "Two"],
    ]);
  });

  it("does not give a receiver more messages an hour than before it", async () => {
    const route = { maxMessagesPerHour: 2, groupBy: ["..."] };
    const first = await createBench({ route });
    await first.notifier.accept(["a", "b"].map((user) => noticeOf({ user })));
    await first.advance(MINUTE_MS);
    expect(first.messages).toHaveLength(2);
    const second = await createBench({ route, saved: first.saved.state, startMs: first.nowMs() });
    await second.notifier.accept(["a", "b", "c"].map((user) => noticeOf({ user })));
    await second.advance(MINUTE_MS);
    expect(second.messages).toEqual([]);
    await second.advance(31 * MINUTE_MS);
    expect(second.messages.map(({ alerts }) => alerts[0]?.labels["user"])).toEqual(["c"]);
  });
});

describe("a message that is on its way when the process is killed", () => {
  afterEach(() => vi.useRealTimers());

  /** A notifier whose receiver never answers, and what it saved; nothing ends it, as nothing ends a killed one. */
  async function startSending(): Promise<{ state: NotifierState | null }> {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const saved: { state: NotifierState | null } = { state: null };
    let clockMs = START_MS;
    const send = (): Promise<void> => new Promise(() => undefined);
    const notifier = createNotifier({
      routes: [{ name: "ops", receiver: { kind: "groups", type: "webhook", send } }],
      now: () => clockMs,
      signal: new AbortController().signal,
      externalUrl: () => "http://spanlight.example",
      saveState: async (state) => {
        saved.state = structuredClone(state);
      },
    });
    await notifier.accept([noticeOf({})]);
    clockMs += MINUTE_MS;
    void notifier.tick();
    await nextTurn();
    return saved;
  }

  async function restart(state: NotifierState | null, forMs: number): Promise<string[]> {
    const bench = await createBench({ saved: structuredClone(state), startMs: START_MS + 90 * SECOND_MS });
    await bench.notifier.accept([noticeOf({})]);
    await bench.advance(forMs);
    return bench.messages.map(({ status }) => status);
  }

  it("is taken for told: its receiver most likely has it", async () => {
    const saved = await startSending();
    expect(await restart(saved.state, MINUTE_MS)).toEqual([]);
  });

  it("is repeated once after two minutes while the alert fires: its receiver may not have it", async () => {
    const saved = await startSending();
    expect(await restart(saved.state, HOUR_MS)).toEqual(["firing"]);
  });

  it("for longer than a second is told again at once: its receiver may hang", async () => {
    const saved = await startSending();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await restart(saved.state, MINUTE_MS)).toEqual(["firing"]);
  });
});
