import { describe, expect, it } from "vitest";
import type { Assessment } from "../../lib/assess.ts";
import { readView } from "../../lib/view.ts";
import { evidenceOf, putIntoWords, type VerdictContext } from "./verdict-words.ts";

const nowMs = new Date(2026, 10, 21, 15, 4).getTime();
const sinceMs = new Date(2026, 10, 21, 14, 23).getTime();
const context: VerdictContext = {
  view: readView(""),
  nowMs,
  hasBefore: true,
  isWholeRange: true,
  byErrorType: [],
  sample: null,
};
const trouble = { sinceMs, untilMs: nowMs, wholeRange: false, endpoint: null, model: null };

const well: Assessment = {
  state: "well",
  p95Ms: 1100,
  costUsdPerHour: 11.2,
  errorRatio: 0.004,
  unpriced: 0,
  baseline: "compared",
  sinceMs,
};

function say(assessment: Assessment, more: Partial<VerdictContext> = {}): string {
  const verdict = putIntoWords(assessment, { ...context, ...more });
  return verdict?.sentence.map(({ text }) => text).join("") ?? "";
}

describe("the sentence", () => {
  it("healthy is one quiet line", () => {
    expect(say(well)).toBe("All well: p95 1.10 s, $11.20 an hour, 0.4 % errors");
    expect(putIntoWords(well, context)).toMatchObject({ tone: "well", detail: [] });
  });

  it("a healthy range without anything to compare with says so", () => {
    const steady: Assessment = { ...well, baseline: "range" };
    expect(say(steady)).toContain("Steady: p95 1.10 s");
    expect(putIntoWords(steady, context)?.detail).toEqual(["no calls yesterday to compare with"]);
    const early: Assessment = { ...well, baseline: "none" };
    expect(say(early)).toContain("First figures: p95 1.10 s");
    expect(putIntoWords(early, context)).toMatchObject({
      tone: "early",
      detail: ["calls since 14:23, too few yet to tell what is normal"],
    });
  });

  it("a few minutes of the past are not said to be the first ones", () => {
    const view = readView("?from=2026-11-21T08:42:00Z&to=2026-11-21T08:44:00Z");
    const early: Assessment = { ...well, baseline: "none" };
    expect(say(early, { view })).toContain("In this range: p95 1.10 s");
    expect(putIntoWords(early, { ...context, view })?.detail).toEqual([
      "too short a range to tell what is normal",
    ]);
  });

  it("calls that take long where nothing says what is normal are told as that", () => {
    const long: Assessment = { ...trouble, state: "long", p95Ms: 12_400, thresholdMs: 5000 };
    expect(say(long)).toBe("Model calls take long: p95 is 12.4 s, since 14:23. ");
    expect(putIntoWords(long, context)).toMatchObject({
      tone: "warn",
      detail: ["Nothing earlier says whether that is normal here."],
      evidence: { word: "slow", filters: { minDurationMs: "5000" } },
    });
  });

  it("slowness says who, how much, against what, since when and whose it is", () => {
    const slow: Assessment = {
      ...trouble,
      state: "slow",
      p95Ms: 4200,
      normalMs: 1105,
      thresholdMs: 1700,
      endpoint: { name: "/support", share: 0.93 },
      model: { name: "gpt-4o", share: 0.9 },
    };
    const sample = {
      count: 214,
      sampled: 100,
      shares: { model: 0.92, retrieval: 0.04, tool: 0.02, other: 0.02 },
    };
    expect(say(slow, { sample })).toBe(
      "/support is slow: it makes 93 % of the slow calls and lifts p95 to 4.20 s, up 280 % against yesterday, since 14:23. " +
        "92 % of the time of such traces is inside the provider, model gpt-4o.",
    );
    expect(evidenceOf(slow)).toEqual({
      word: "slow",
      period: { fromMs: sinceMs, toMs: nowMs },
      filters: { endpoint: "/support", model: "gpt-4o", minDurationMs: "1700" },
    });
  });

  it("time spent in our own code is not blamed on the provider", () => {
    const slow: Assessment = { ...trouble, state: "slow", p95Ms: 2000, normalMs: 1000, thresholdMs: 1500 };
    const sample = { count: 9, sampled: 9, shares: { model: 0.1, retrieval: 0.1, tool: 0.1, other: 0.7 } };
    expect(say(slow, { sample })).toContain("70 % of the time of such traces is in our own code.");
  });

  it("errors say their share, their type and on whose side they are", () => {
    const failing: Assessment = {
      ...trouble,
      state: "failing",
      errorRatio: 0.14,
      normalRatio: 0.004,
      errorType: { name: "429", share: 0.91 },
      model: { name: "gpt-4o", share: 0.99 },
    };
    expect(say(failing)).toBe(
      "gpt-4o is failing: 14 % of all calls end in an error since 14:23, 0.4 % yesterday. " +
        "91 % of the errors are 429: the provider is limiting us, model gpt-4o.",
    );
    expect(evidenceOf(failing)?.filters).toEqual({ model: "gpt-4o", errorType: "429" });
  });

  it("without a compared range it says what it is compared with", () => {
    const dear: Assessment = {
      ...trouble,
      state: "dear",
      costUsdPerHour: 54,
      normalUsdPerHour: 12,
      model: { name: "o3", share: 0.8 },
    };
    expect(say(dear, { hasBefore: false })).toBe(
      "Spending is up: $54.00 an hour, up 350 % against earlier in this range ($12.00), since 14:23. 80 % of it is o3.",
    );
  });

  it("silence names the minute of the last call", () => {
    expect(say({ state: "silent", sinceMs })).toContain("No model calls since 14:23.");
    expect(putIntoWords({ state: "empty" }, context)).toBeNull();
  });
});
