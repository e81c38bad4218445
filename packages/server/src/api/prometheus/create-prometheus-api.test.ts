import { spawnSync } from "node:child_process";
import type { Hono } from "hono";
import { afterAll, beforeAll, expect, test } from "vitest";
import { insertSpans, traceId } from "../../query/spans.fixture.ts";
import { createSeriesQueries } from "../../query/series/create-series-queries.ts";
import { createTestStore } from "../../store/store.fixture.ts";
import { createPrometheusApi } from "./create-prometheus-api.ts";
import type { RuleGroup } from "./rule-routes.ts";
import { serveTest } from "./serve.fixture.ts";

const base = Date.UTC(2026, 10, 21);
const now = base + 3_600_000;
const at = now / 1000;
const reported: unknown[] = [];
let api: Hono;

const groups: RuleGroup[] = [
  {
    file: "llm.yaml",
    name: "llm",
    intervalMs: 60_000,
    limit: 0,
    lastEvaluationMs: base,
    evaluationDurationMs: 2,
    rules: [
      {
        kind: "alerting",
        name: "Costly",
        query: "llm_cost_dollars_total > 1",
        labels: { severity: "page" },
        annotations: { summary: "dear" },
        forMs: 300_000,
        keepFiringForMs: 0,
        state: "firing",
        health: "ok",
        lastError: null,
        lastEvaluationMs: base,
        evaluationDurationMs: 1,
        alerts: [
          {
            labels: { alertname: "Costly", severity: "page" },
            annotations: { summary: "dear" },
            state: "firing",
            activeAtMs: base,
            value: 2,
            keepFiringSinceMs: null,
          },
        ],
      },
      {
        kind: "recording",
        name: "service:requests:rate5m",
        query: "sum by (service) (rate(llm_requests_total[5m]))",
        labels: {},
        annotations: {},
        forMs: 0,
        keepFiringForMs: 0,
        state: "inactive",
        health: "err",
        lastError: "no",
        lastEvaluationMs: null,
        evaluationDurationMs: 0,
        alerts: [],
      },
    ],
  },
];

let server: Awaited<ReturnType<typeof serveTest>>;

beforeAll(async () => {
  const store = await createTestStore();
  await insertSpans(
    store,
    Array.from({ length: 100 }, (_empty, index) => ({
      trace: index + 1,
      span: index + 1,
      at: index * 30_000,
      ms: 400 + index,
      columns: {
        span_type: "model",
        billed: 1,
        model: `model ${index % 2}`,
        provider: "openai",
        operation: "chat",
        user_id: `user ${index % 5}`,
        input_tokens: 10,
        cost_usd: 0.01,
      },
    })),
  );
  await store.command(`INSERT INTO metric_series SELECT 1, now64(3), 'default', metric, id, labels FROM VALUES(
    'metric String, id UInt128, labels Map(String, String)',
    ('up', 1, map('job', 'a', 'a.b', 'ü')), ('llm_requests_total', 2, map('service', 'elsewhere')))`);
  await store.command(`INSERT INTO metric_samples SELECT 1, now64(3), 'default', if(id = 1, 'up', 'llm_requests_total'), id,
    fromUnixTimestamp64Milli(${now - 1000}, 'UTC'), 41 FROM (SELECT arrayJoin([1, 2]) AS id)`);
  await store.command(
    `INSERT INTO metric_samples SELECT 2, now64(3), 'default', 'up', 1, fromUnixTimestamp64Milli(${now - 1000}, 'UTC'), 42`,
  );
  await store.command(`INSERT INTO metric_samples SELECT 3, now64(3), 'default', 'up', 1, fromUnixTimestamp64Milli(${now - 60_000}, 'UTC'),
    reinterpretAsFloat64(toUInt64(9218868437227405314))`);
  await store.command(
    `INSERT INTO metric_metadata SELECT 1, now64(3), 'default', 'up', 'gauge', '', 'Whether it is up.'`,
  );
  await store.command(`INSERT INTO metric_exemplars SELECT 1, now64(3), 'default', 'up', 1, fromUnixTimestamp64Milli(${now - 1000}, 'UTC'), 42,
    unhex('${traceId(7)}'), unhex('0000000000000001'), map('trace_id', '${traceId(7)}')`);
  const series = createSeriesQueries({ store, project: "default", now: () => now });
  api = createPrometheusApi({
    series,
    version: "1.2.3",
    listRuleGroups: () => groups,
    now: () => now,
    report: (error) => reported.push(error),
  });
  server = await serveTest(api);
});

afterAll(() => server.close());

async function get(path: string): Promise<{ status: number; body: unknown; text: string }> {
  const response = await api.request(`/prometheus/api/v1/${path}`);
  const text = await response.text();
  return { status: response.status, body: JSON.parse(text), text };
}

test("Grafana's save and test answers, at a time near the epoch too", async () => {
  for (const time of ["", "&time=4", "&time=1970-01-01T00:00:04Z"]) {
    const { status, body } = await get(`query?query=1%2B1${time}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: "success",
      data: { resultType: "scalar", result: [expect.any(Number), "2"] },
    });
  }
  const range = await get("query_range?query=1%2B1&start=1&end=4&step=1");
  expect(range.text).toBe(
    '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"2"],[2,"2"],[3,"2"],[4,"2"]]}]}}',
  );
});

test("scalars are written without exponents, series with", async () => {
  const values = async (query: string): Promise<string> =>
    JSON.stringify((await get(`query?time=1&query=${query}`)).body).replace(/.*\[1,("[^"]*")\].*/, "$1");
  expect([await values("1e-7"), await values("1e21")]).toEqual(['"0.0000001"', '"1000000000000000000000"']);
  expect([await values("vector(1e-7)"), await values("vector(1e21)")]).toEqual(['"1e-07"', '"1e+21"']);
});

test("experimental functions are there; what is not is refused by name", async () => {
  expect((await get("query?query=sort_by_label(limitk(1,vector(1)),%22a%22)&time=1")).body).toMatchObject({
    status: "success",
    data: { result: [{ metric: {}, value: [1, "1"] }] },
  });
  expect(await get("query?query=info(vector(1))&time=1")).toMatchObject({
    status: 422,
    body: { errorType: "execution", error: "function info() is not supported yet" },
  });
});

test("a form is taken as an address is", async () => {
  const response = await api.request("/prometheus/api/v1/query", {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: `query=${encodeURIComponent("sum by (model) (llm_requests_total)")}&time=${at}.25`,
  });
  expect(await response.json()).toEqual({
    status: "success",
    data: {
      resultType: "vector",
      result: [
        { metric: { model: "model 0" }, value: [at + 0.25, "50"] },
        { metric: { model: "model 1" }, value: [at + 0.25, "50"] },
      ],
    },
  });
});

test("pushed series answer with their labels, the newest of two samples, and stop at a marker", async () => {
  const up = await get(`query?query=up&time=${at}`);
  expect(up.body).toMatchObject({
    data: { result: [{ metric: { __name__: "up", job: "a", "a.b": "ü" }, value: [at, "42"] }] },
  });
  expect((await get(`query?query=up&time=${at - 30}`)).body).toMatchObject({ data: { result: [] } });
  expect((await get(`query?query=up[5m]&time=${at}`)).body).toMatchObject({
    data: { resultType: "matrix", result: [{ values: [[at - 1, "42"]] }] },
  });
  expect((await get(`query?query=${encodeURIComponent('{"a.b"=~"[ü]"}')}&time=${at}`)).body).toMatchObject({
    data: { result: [{ value: [at, "42"] }] },
  });
});

test("a pushed metric with the name of a derived one answers only to source otlp", async () => {
  const plain = await get(`query?query=sum(llm_requests_total)&time=${at}`);
  expect(plain.body).toMatchObject({ data: { result: [{ value: [at, "100"] }] } });
  const pushed = await get(
    `query?query=${encodeURIComponent('llm_requests_total{source="otlp"}')}&time=${at}`,
  );
  expect(pushed.body).toMatchObject({
    data: {
      result: [
        {
          metric: { __name__: "llm_requests_total", service: "elsewhere", source: "otlp" },
          value: [at, "41"],
        },
      ],
    },
  });
});

test.each([
  [
    "query?query=sum(",
    400,
    "bad_data",
    'invalid parameter "query": 1:5: parse error: unclosed left parenthesis',
  ],
  [
    "query?query=",
    400,
    "bad_data",
    'invalid parameter "query": unknown position: parse error: no expression found in input',
  ],
  [
    "query?query=up&time=soon",
    400,
    "bad_data",
    'invalid parameter "time": cannot parse "soon" to a valid timestamp',
  ],
  [
    "query_range?query=up&start=2&end=1&step=1",
    400,
    "bad_data",
    'invalid parameter "end": end timestamp must not be before start time',
  ],
  [
    "query_range?query=up&start=1&end=2&step=0",
    400,
    "bad_data",
    'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
  ],
  [
    "query_range?query=up&start=0&end=11001&step=1",
    400,
    "bad_data",
    "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
  ],
  [
    "query_range?query=up[5m]&start=1&end=2&step=1",
    400,
    "bad_data",
    'invalid expression type "range vector" for range query, must be Scalar or instant Vector',
  ],
  [
    "query?query=up&timeout=x",
    400,
    "bad_data",
    'invalid parameter "timeout": cannot parse "x" to a valid duration',
  ],
  ["query?query=up&limit=-1", 400, "bad_data", "limit must be non-negative"],
  ["series", 400, "bad_data", "no match[] parameter provided"],
  ["series?match[]=up[", 400, "bad_data", 'invalid parameter "match[]"'],
  ["rules?type=x", 400, "bad_data", 'invalid parameter "type": not supported value "x"'],
])("%s is refused as Prometheus refuses it", async (path, status, errorType, error) => {
  const answer = await get(path);
  expect(answer.status).toBe(status);
  expect(answer.body).toMatchObject({ status: "error", errorType, error: expect.stringContaining(error) });
});

test("what cannot be evaluated is an execution error", async () => {
  const query = encodeURIComponent("llm_requests_total * on () llm_input_tokens_total");
  const { status, body } = await get(`query?query=${query}&time=${at}`);
  expect(status).toBe(422);
  expect(body).toMatchObject({ status: "error", errorType: "execution" });
});

test("a query that takes too long is a timeout", async () => {
  const { status, body } = await get(`query?query=llm_latency_ms_bucket&time=${at}&timeout=0.000001`);
  expect(status).toBe(503);
  expect(body).toMatchObject({ status: "error", errorType: "timeout" });
});

test("warnings and infos travel beside the data, and a limit says that it cut", async () => {
  const warned = await get(`query?query=quantile(2,llm_requests_total)&time=${at}`);
  expect(warned.body).toMatchObject({
    warnings: [expect.stringContaining("PromQL warning: quantile value")],
  });
  const cut = await get(`query?query=llm_requests_total&time=${at}&limit=1`);
  expect(cut.body).toMatchObject({ data: { result: [{}] }, warnings: ["results truncated due to limit"] });
});

test("an answer of very many points is whole, with its warnings", async () => {
  const series = [1, 2, 3, 4, 5].map((n) => `label_replace(vector(${n}), "n", "${n}", "", "") * 1`);
  const query = encodeURIComponent(
    `(${series.join(" or ")}) + on () group_left () (quantile(2, vector(1)) * 0 or vector(0))`,
  );
  const { body, text } = await get(`query_range?query=${query}&start=0&end=10999&step=1`);
  const { data } = body as { data: { result: Array<{ metric: object; values: Array<[number, string]> }> } };
  expect(text.startsWith('{"status":"success","data":{"resultType":"matrix","result":[')).toBe(true);
  expect(data.result.map(({ metric, values }) => [metric, values.length])).toEqual(
    [1, 2, 3, 4, 5].map((n) => [{ n: String(n) }, 11_000]),
  );
  expect(body).toMatchObject({ warnings: [expect.stringContaining("PromQL warning: quantile value")] });
});

test("exemplars lead to traces, of spans and of what was pushed", async () => {
  const window = `start=${base / 1000}&end=${at}`;
  const query = encodeURIComponent("histogram_quantile(0.9, sum by (le) (rate(llm_latency_ms_bucket[5m])))");
  const { body } = await get(`query_exemplars?query=${query}&${window}`);
  const { data } = body as {
    data: Array<{ seriesLabels: Record<string, string>; exemplars: Array<{ labels: { trace_id: string } }> }>;
  };
  expect(data.map(({ seriesLabels }) => seriesLabels["model"]).toSorted()).toEqual(["model 0", "model 1"]);
  const ids = data.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels.trace_id));
  expect(ids).toContain(traceId(100));
  expect(ids.length).toBeGreaterThan(20);
  const pushed = await get(`query_exemplars?query=up&${window}`);
  expect(pushed.body).toMatchObject({
    data: [
      {
        seriesLabels: { __name__: "up", job: "a" },
        exemplars: [{ labels: { trace_id: traceId(7) }, value: "42", timestamp: at - 1 }],
      },
    ],
  });
});

test("labels, values and series list what is there", async () => {
  const names = await get("label/__name__/values");
  expect(names.body).toMatchObject({
    data: expect.arrayContaining([
      "up",
      "llm_requests_total",
      "llm_latency_ms_bucket",
      "gen_ai_client_token_usage_sum",
    ]),
  });
  expect(names.text).not.toContain("llm_tool_calls_total");
  expect((await get("label/model/values")).body).toMatchObject({ data: ["model 0", "model 1"] });
  expect((await get("label/U__a_2e_b/values")).body).toMatchObject({ data: ["ü"] });
  expect((await get("label/user_id/values?match[]=llm_requests_total")).body).toMatchObject({
    data: ["user 0", "user 1", "user 2", "user 3", "user 4"],
  });
  expect((await get('label/le/values?match[]=llm_latency_ms_bucket{le=~"5.*"}')).body).toMatchObject({
    data: ["50", "500", "5000"],
  });
  const labels = await get("labels");
  expect(labels.body).toMatchObject({
    data: expect.arrayContaining(["__name__", "a.b", "job", "le", "model", "service", "user_id"]),
  });
  const series = await get("series?match[]=up&match[]=llm_requests_total");
  expect((series.body as { data: unknown[] }).data).toHaveLength(3);
  expect((await get("metadata?metric=up")).body).toEqual({
    status: "success",
    data: { up: [{ type: "gauge", help: "Whether it is up.", unit: "" }] },
  });
  expect((await get("metadata")).text).toContain("llm_latency_ms");
});

test("rules and alerts are those of the rule engine", async () => {
  const rules = await get("rules");
  expect(rules.body).toMatchObject({
    data: {
      groups: [
        {
          name: "llm",
          file: "llm.yaml",
          interval: 60,
          rules: [
            {
              type: "alerting",
              name: "Costly",
              duration: 300,
              state: "firing",
              alerts: [{ value: "2e+00" }],
            },
            { type: "recording", name: "service:requests:rate5m", health: "err", lastError: "no" },
          ],
        },
      ],
    },
  });
  expect((await get("rules?type=record")).text).not.toContain("Costly");
  expect((await get("alerts")).body).toMatchObject({
    data: {
      alerts: [{ labels: { alertname: "Costly" }, state: "firing", activeAt: "2026-11-21T00:00:00.000Z" }],
    },
  });
});

test("the build says which Prometheus this is, and nothing that makes Grafana think of Mimir", async () => {
  const { body } = await get("status/buildinfo");
  expect(body).toMatchObject({ data: { version: expect.stringMatching(/^3\.\d+\.\d+$/) } });
  expect(JSON.stringify(body)).not.toContain("features");
});

test("queries are printed and described", async () => {
  expect((await get("format_query?query=foo%2Fbar")).body).toMatchObject({ data: "foo / bar" });
  expect((await get("parse_query?query=sum(foo)")).body).toMatchObject({
    data: { type: "aggregation", op: "sum", expr: { type: "vectorSelector", name: "foo" } },
  });
});

test("answers are compressed for who asks, OPTIONS is empty, an unknown path is plain text", async () => {
  const url = `${server.url}/prometheus/api/v1/query?query=llm_latency_ms_bucket&time=${at}`;
  const zipped = await fetch(url, { headers: { "accept-encoding": "gzip" } });
  expect(zipped.headers.get("content-encoding")).toBe("gzip");
  expect(await zipped.json()).toMatchObject({ status: "success" });
  expect((await api.request("/prometheus/api/v1/query", { method: "OPTIONS" })).status).toBe(204);
  expect((await api.request("/prometheus/api/v1/nothing")).status).toBe(404);
});

// Debian's promtool refuses UTF-8 label names, so it is not asked for the series that has one.
test("promtool reads our API", (context) => {
  if (spawnSync("promtool", ["--version"]).status !== 0) context.skip("promtool is not installed");
  return runPromtool();
});

async function runPromtool(): Promise<void> {
  const url = `${server.url}/prometheus`;
  const start = new Date(base).toISOString();
  const end = new Date(now).toISOString();
  const instant = await server.run("promtool", [
    "query",
    "instant",
    `--time=${end}`,
    url,
    "sum(llm_requests_total)",
  ]);
  expect(instant).toContain("=> 100 @");
  const range = await server.run("promtool", [
    "query",
    "range",
    `--start=${start}`,
    `--end=${end}`,
    "--step=10m",
    url,
    "sum by (job) (up)",
  ]);
  expect(range).toContain("42 @");
  const series = await server.run("promtool", [
    "query",
    "series",
    `--start=${start}`,
    `--end=${end}`,
    "--match=llm_requests_total",
    url,
  ]);
  expect(series).toContain('model="model 1"');
  const labels = await server.run("promtool", [
    "query",
    "labels",
    `--start=${start}`,
    `--end=${end}`,
    url,
    "model",
  ]);
  expect(labels).toBe("model 0\nmodel 1\n");
}

test("nothing went wrong that nobody expected", () => {
  expect(reported).toEqual([]);
});
