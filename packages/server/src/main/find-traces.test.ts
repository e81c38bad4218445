import { beforeAll, describe, expect, it } from "vitest";
import type { GroupView } from "../alerts/engine/views.ts";
import type { Notice } from "../notify/notice.ts";
import { noticeOf } from "../notify/notify.fixture.ts";
import { createSeriesQueries } from "../query/series/create-series-queries.ts";
import { baseNs, insertSpans, traceId, type SpanSeed } from "../query/spans.fixture.ts";
import { createTestStore } from "../store/store.fixture.ts";
import { createTraceFinder, type TraceFinder } from "./find-traces.ts";

const MINUTE_MS = 60_000;
const base = Number(baseNs / 1_000_000n);
const now = base + 60 * MINUTE_MS;
let find: TraceFinder;

const call = { span_type: "model", operation: "chat", provider: "openai", billed: 1 };

/** Calls of two models each minute, each slower and dearer than the one before; every third fails. */
function makeCalls(): SpanSeed[] {
  return Array.from({ length: 40 }, (_empty, index) => ({
    trace: index + 1,
    span: index + 1,
    at: (10 + index) * MINUTE_MS,
    ms: 100 + index * 10,
    status: index % 3 === 0 ? (2 as const) : (0 as const),
    columns: {
      ...call,
      service: "bot",
      model: index % 2 === 0 ? "a" : "b",
      cost_usd: (40 - index) / 100,
      error_type: index % 3 === 0 ? "429" : "",
    },
  }));
}

const recording: GroupView = {
  file: "rules.yaml",
  name: "g",
  intervalMs: MINUTE_MS,
  limit: 0,
  lastEvaluationMs: null,
  evaluationDurationMs: 0,
  missedIterations: 0,
  rules: [
    {
      id: "1",
      kind: "recording",
      name: "model:errors:rate5m",
      query: "sum by (model) (rate(llm_errors_total[5m])) / sum by (model) (rate(llm_requests_total[5m]))",
      labels: {},
      annotations: {},
      forMs: 0,
      keepFiringForMs: 0,
      threshold: null,
      state: "inactive",
      health: "ok",
      lastError: null,
      lastEvaluationMs: null,
      evaluationDurationMs: 0,
      hasData: null,
      alerts: [],
    },
  ],
};

beforeAll(async () => {
  const store = await createTestStore();
  await insertSpans(store, makeCalls());
  const { listExemplars } = createSeriesQueries({ store, project: "default", now: () => now });
  find = createTraceFinder({ listExemplars, listGroups: () => [recording], now: () => now });
});

function alertOf(query: string, sourceLabels: Record<string, string>, given: Partial<Notice> = {}): Notice {
  return noticeOf({}, { query, sourceLabels, activeAtMs: now - 12 * MINUTE_MS, threshold: null, ...given });
}

describe("the traces of an alert", () => {
  it("are the ones with the largest values of the alert's own series", async () => {
    const slow = alertOf(
      "histogram_quantile(0.95, sum by (le, model) (rate(llm_latency_ms_bucket[5m]))) > 3",
      {
        model: "a",
      },
    );
    expect(await find(slow, 3)).toEqual([39, 37, 35].map(traceId));
    const dear = alertOf("sum(increase(llm_cost_dollars_total[1h])) > 1", {});
    expect(await find(dear, 3)).toEqual([1, 2, 3].map(traceId));
  });

  it("are the failed ones when errors are counted, also through what a rule recorded", async () => {
    const direct = alertOf("rate(llm_errors_total[10m]) / rate(llm_requests_total[10m]) > 0.05", {
      model: "a",
    });
    expect((await find(direct, 1))[0]).toBe(traceId(37));
    const recorded = alertOf(
      "model:errors:rate5m > 0.05 and sum by (model) (increase(llm_errors_total[10m])) > 1",
      {
        model: "a",
      },
    );
    expect((await find(recorded, 3))[0]).toBe(traceId(37));
  });

  it("are none where the expression reads nothing of spans", async () => {
    expect(await find(alertOf("absent_over_time(llm_requests_total[15m])", { service: "other" }), 3)).toEqual(
      [],
    );
    expect(await find(alertOf("vector(1) > 0", {}), 3)).toEqual([]);
    expect(await find(alertOf("up == 0", { job: "x" }), 3)).toEqual([]);
  });
});
