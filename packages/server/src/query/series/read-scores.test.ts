import { evaluate, labelsToRecord, parseSelector, type SeriesReader } from "@spanlight/promql";
import { beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../store/engine.ts";
import { createTestStore } from "../../store/store.fixture.ts";
import { insertSpans, spanId, traceId } from "../spans.fixture.ts";
import { createSeriesQueries, type SeriesQueries } from "./create-series-queries.ts";

const base = Date.UTC(2026, 10, 21);
const MINUTE_MS = 60_000;
const now = base + 120 * MINUTE_MS;
let queries: SeriesQueries;
let reader: SeriesReader;

interface ScoreSeed {
  readonly trace: number;
  /** 0 = the whole trace. */
  readonly span: number;
  /** Milliseconds after the base. */
  readonly at: number;
  readonly name: string;
  readonly value: string;
  readonly service?: string;
}

async function insertScores(store: Engine, seeds: readonly ScoreSeed[]): Promise<void> {
  const rows = seeds.map(({ trace, span, at, name, value, service = "" }) =>
    JSON.stringify({
      at_ms: base + at,
      trace: traceId(trace),
      span: spanId(span),
      service,
      attributes: { "gen_ai.evaluation.name": name, "gen_ai.evaluation.score.value": value },
    }),
  );
  await store.command(
    `INSERT INTO logs (block, received_at, project, time, trace_id, span_id, service, event_name, attributes)
SELECT 1, now64(3), 'default', fromUnixTimestamp64Milli(at_ms, 'UTC'), unhex(trace), unhex(span), service, 'gen_ai.evaluation.result', attributes
FROM format(JSONEachRow, 'at_ms Int64, trace String, span String, service String, attributes Map(String, String)', {rows:String})`,
    { rows: rows.join("\n") },
  );
}

beforeAll(async () => {
  const store = await createTestStore();
  const call = { span_type: "model", operation: "chat", provider: "openai", model: "gpt-4o", billed: 1 };
  await insertSpans(store, [
    { trace: 1, span: 1, at: 0, ms: 900, columns: { service: "bot", endpoint: "/ask" } },
    {
      trace: 1,
      span: 2,
      parent: 1,
      at: 10,
      ms: 800,
      columns: {
        ...call,
        service: "bot",
        endpoint: "/ask",
        input_tokens: 96_000,
        user_id: "ann",
        prompt_version: "7",
      },
    },
    {
      trace: 2,
      span: 3,
      at: 30_000,
      ms: 500,
      columns: { ...call, service: "bot", model: "gpt-4o-mini", input_tokens: 12_800, user_id: "bob" },
    },
    {
      trace: 3,
      span: 4,
      at: 40_000,
      ms: 500,
      columns: { ...call, service: "bot", model: "our-own", input_tokens: 5, user_id: "bob" },
      attributes: { "app.fallback.from": "gpt-4o" },
    },
  ]);
  await insertScores(store, [
    { trace: 1, span: 0, at: MINUTE_MS, name: "Faithfulness", value: "0.9" },
    { trace: 1, span: 0, at: 20 * MINUTE_MS, name: "faithfulness", value: "0.5" },
    { trace: 2, span: 3, at: 2 * MINUTE_MS, name: "faithfulness_score", value: "0.4" },
    { trace: 1, span: 2, at: MINUTE_MS, name: "Answer Relevancy", value: "0.7" },
    { trace: 9, span: 0, at: MINUTE_MS, name: "toxicity", value: "0.1", service: "elsewhere" },
    { trace: 1, span: 0, at: MINUTE_MS, name: "verdict", value: "" },
    // Said twice, as OpenLIT does: as an event of the span and as a log event.
    { trace: 2, span: 3, at: 2 * MINUTE_MS + 2, name: "faithfulness_score", value: "0.4" },
  ]);
  queries = createSeriesQueries({ store, project: "default", now: () => now });
  ({ reader } = queries);
});

async function ask(query: string, atMs = now): Promise<Record<string, number>> {
  const { value } = await evaluate({ reader, query, startMs: atMs, endMs: atMs, stepMs: 0 });
  if (value.type !== "vector") throw new Error(`${value.type} is no vector`);
  return Object.fromEntries(
    value.samples.map(({ labels, value: number }) => [
      Object.values(labelsToRecord(labels)).join(" "),
      Number(number.toFixed(6)),
    ]),
  );
}

describe("scores as series", () => {
  it("have the labels of what they judge: of a whole trace those of its model call", async () => {
    const sums = await ask(
      "sum by (service, endpoint, model, prompt_version) (llm_faithfulness_score_count)",
    );
    expect(sums).toEqual({ "/ask gpt-4o 7 bot": 2, "gpt-4o-mini bot": 1 });
  });

  it("are counted once each, so that a mean weighs every evaluated trace alike", async () => {
    const mean =
      "sum by (model) (llm_faithfulness_score_sum) / sum by (model) (llm_faithfulness_score_count)";
    expect(await ask(mean)).toEqual({ "gpt-4o": 0.7, "gpt-4o-mini": 0.4 });
    expect(await ask("avg_over_time(llm_faithfulness_score{model='gpt-4o'}[3h])")).toMatchObject({
      "/ask gpt-4o chat openai bot": 0.7,
    });
  });

  it("are known by what people call them, and all of them by their own name", async () => {
    expect(await ask("sum(llm_answer_relevance_score_sum)")).toEqual({ "": 0.7 });
    expect(await ask("sum by (name) (llm_score_count)")).toEqual({
      Faithfulness: 1,
      faithfulness: 1,
      faithfulness_score: 1,
      "Answer Relevancy": 1,
      toxicity: 1,
    });
  });

  it("of a trace that is not stored have what the record itself says", async () => {
    expect(await ask('sum by (service, model) (llm_score_count{name="toxicity"})')).toEqual({ elsewhere: 1 });
  });

  it("appear among the names and lead to the worst traces", async () => {
    const window = { startMs: base, endMs: now, signal: new AbortController().signal };
    const names = await queries.listMetricNames(window);
    expect(names).toEqual(
      expect.arrayContaining(["llm_faithfulness_score", "llm_score_sum", "llm_active_users"]),
    );
    const found = await queries.listExemplars({
      ...window,
      matchers: parseSelector("llm_faithfulness_score_sum"),
    });
    const worst = found.flatMap(({ exemplars }) => exemplars).toSorted((a, b) => a.value - b.value)[0];
    expect(worst).toMatchObject({ value: 0.4, labels: { trace_id: traceId(2), span_id: spanId(3) } });
    const series = await queries.listSeries({ ...window, matcherSets: [parseSelector("llm_score")] });
    expect(new Set(series.map((labels) => labelsToRecord(labels)["name"])).size).toBe(5);
  });
});

describe("the other derived series", () => {
  it("context utilisation counts calls whose model's window is known", async () => {
    expect(await ask("sum by (model) (llm_context_utilisation_ratio_count)")).toEqual({
      "gpt-4o": 1,
      "gpt-4o-mini": 1,
    });
    expect(await ask('sum by (model) (llm_context_utilisation_ratio_bucket{le="0.7"})')).toEqual({
      "gpt-4o": 0,
      "gpt-4o-mini": 1,
    });
    expect(await ask("sum by (model) (llm_context_utilisation_ratio_sum)")).toEqual({
      "gpt-4o": 0.75,
      "gpt-4o-mini": 0.1,
    });
  });

  it("active users are those of the last minutes, each once", async () => {
    expect(await ask("llm_active_users", base + 2 * MINUTE_MS)).toEqual({ "llm_active_users bot": 2 });
    expect(await ask("llm_active_users", base + 11 * MINUTE_MS)).toEqual({});
    expect(await ask("sum by (model) (llm_active_users)", base + 2 * MINUTE_MS)).toEqual({
      "gpt-4o": 1,
      "gpt-4o-mini": 1,
      "our-own": 1,
    });
  });

  it("fallbacks are calls that went to another model than asked first", async () => {
    expect(await ask("sum by (model, app_fallback_from) (llm_fallbacks_total)")).toEqual({
      "gpt-4o our-own": 1,
    });
  });

  it("are all readable, listed and explained", async () => {
    const names = [...queries.derivedNames];
    const window = { startMs: base, endMs: now, signal: new AbortController().signal };
    for (const name of names) {
      await queries.listExemplars({ ...window, matchers: parseSelector(name) });
      await queries.listSeries({ ...window, matcherSets: [parseSelector(name)] });
      await ask(name);
    }
    const metadata = await queries.listMetadata(undefined, window.signal);
    expect(metadata.get("llm_faithfulness_score")).toMatchObject([{ type: "gauge" }]);
  });
});
