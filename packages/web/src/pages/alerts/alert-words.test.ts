import type { ActiveAlert, AlertRule } from "@spanlight/contract";
import { describe, expect, it } from "vitest";
import {
  describeLabels,
  describeState,
  filtersOfLabels,
  formatSpan,
  sortRules,
  summarise,
} from "./alert-words.ts";

const alert: ActiveAlert = {
  fingerprint: "a",
  ruleId: "r",
  rule: "HighErrorRate",
  state: "firing",
  labels: { alertname: "HighErrorRate", severity: "critical", service: "bot", model: "gpt-4o" },
  annotations: {},
  activeAt: "2026-11-21T07:00:00.000Z",
  firedAt: "2026-11-21T07:05:00.000Z",
  value: 0.12,
  threshold: null,
  keepFiringSince: null,
  silencedBy: [],
};

const rule: AlertRule = {
  id: "r",
  kind: "alerting",
  name: "HighErrorRate",
  file: "rules.yaml",
  fileId: null,
  group: "g",
  query: "x > 1",
  labels: { severity: "critical" },
  annotations: {},
  forMs: 300_000,
  keepFiringForMs: 0,
  intervalMs: 15_000,
  threshold: null,
  state: "inactive",
  health: "ok",
  lastError: null,
  lastEvaluation: null,
  evaluationMs: 1,
  hasData: true,
  missedEvaluations: 0,
  alerts: [],
};

const nowMs = Date.parse("2026-11-21T07:06:30.400Z");

describe("the words of alerts", () => {
  it("tell an alert by the labels that its rule does not give to all of them", () => {
    expect(describeLabels(alert.labels, rule.labels)).toBe('service="bot", model="gpt-4o"');
    expect(describeLabels({ alertname: "x" })).toBe("all");
  });

  it("say since when, and when a pending alert will fire", () => {
    expect(describeState(alert, rule.forMs, nowMs)).toBe("firing for 1 min 30 s");
    expect(describeState({ ...alert, state: "pending", firedAt: null }, rule.forMs, nowMs)).toBe(
      "pending for 6 min 30 s, fires after 5 min",
    );
    expect([0, 1_000, 59_400, 90_000].map(formatSpan)).toEqual(["0 s", "1 s", "59 s", "1 min 30 s"]);
  });

  it("lead to the traces behind a series", () => {
    expect(filtersOfLabels({ service: "bot", model: "", error_type: "429", le: "5" })).toEqual({
      service: "bot",
      errorType: "429",
    });
  });

  it("sum up what fires, what is pending and what cannot be told", () => {
    expect(summarise([rule])).toEqual({ text: "Nothing fires", tone: "ok" });
    const pending: ActiveAlert = { ...alert, state: "pending" };
    expect(summarise([{ ...rule, alerts: [pending] }])).toEqual({ text: "1 pending", tone: "warn" });
    expect(
      summarise([
        { ...rule, alerts: [alert, pending] },
        { ...rule, health: "err" },
      ]),
    ).toEqual({
      text: "1 firing, 1 pending, 1 rule cannot be evaluated",
      tone: "bad",
    });
  });

  it("put rules that cannot be evaluated in front, then what fires", () => {
    const named = (
      name: string,
      state: AlertRule["state"],
      health: AlertRule["health"] = "ok",
    ): AlertRule => ({
      ...rule,
      name,
      state,
      health,
    });
    const rules = [
      named("b", "inactive"),
      named("a", "inactive"),
      named("p", "pending"),
      named("f", "firing"),
      named("e", "inactive", "err"),
    ];
    expect(sortRules(rules).map(({ name }) => name)).toEqual(["e", "f", "p", "a", "b"]);
  });
});
