import { Root } from "protobufjs";
import { compress } from "snappyjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestDoors, type TestDoors } from "./doors.fixture.ts";

let doors: TestDoors;
beforeAll(async () => {
  doors = await openTestDoors({ environment: { SPANLIGHT_MAX_BODY_BYTES: "200000" } });
});
afterAll(() => doors.close());

/** prometheus/prompb as its definitions say, written by a third party; values of samples as their bits. */
const prompb = Root.fromJSON({
  nested: {
    WriteRequest: {
      fields: {
        timeseries: { rule: "repeated", type: "TimeSeries", id: 1 },
        metadata: { rule: "repeated", type: "MetricMetadata", id: 3 },
      },
    },
    MetricMetadata: {
      fields: {
        type: { type: "int32", id: 1 },
        metricFamilyName: { type: "string", id: 2 },
        help: { type: "string", id: 4 },
        unit: { type: "string", id: 5 },
      },
    },
    TimeSeries: {
      fields: {
        labels: { rule: "repeated", type: "Label", id: 1 },
        samples: { rule: "repeated", type: "Sample", id: 2 },
        exemplars: { rule: "repeated", type: "Exemplar", id: 3 },
        histograms: { rule: "repeated", type: "Sample", id: 4 },
      },
    },
    Label: { fields: { name: { type: "string", id: 1 }, value: { type: "string", id: 2 } } },
    Sample: { fields: { value: { type: "double", id: 1 }, timestamp: { type: "int64", id: 2 } } },
    Exemplar: {
      fields: {
        labels: { rule: "repeated", type: "Label", id: 1 },
        value: { type: "double", id: 2 },
        timestamp: { type: "int64", id: 3 },
      },
    },
  },
});

interface WrittenSeries {
  labels: Record<string, string>;
  samples?: { value?: number; timestamp: number }[];
  exemplars?: object[];
  histograms?: object[];
}

function encode(series: WrittenSeries[], metadata: object[] = []): Buffer {
  const timeseries = series.map((each) => ({
    ...each,
    labels: Object.entries(each.labels).map(([name, value]) => ({ name, value })),
  }));
  return Buffer.from(prompb.lookupType("WriteRequest").encode({ timeseries, metadata }).finish());
}

const headers = {
  "content-type": "application/x-protobuf",
  "content-encoding": "snappy",
  "x-prometheus-remote-write-version": "0.1.0",
};

function write(body: Buffer, given: Record<string, string> = headers): Promise<Response> {
  return fetch(`${doors.url}/prometheus/api/v1/write`, {
    method: "POST",
    headers: given,
    body: new Uint8Array(body),
  });
}

function readSamples(metric: string): Promise<unknown[]> {
  return doors.store.query({
    sql: `SELECT toUnixTimestamp64Milli(time) AS at, hex(reinterpretAsUInt64(value)) AS bits FROM metric_samples WHERE metric = '${metric}' ORDER BY time`,
  });
}

const now = 1_763_640_000_000;

describe("POST /prometheus/api/v1/write", () => {
  it("stores samples with the bits of their values, stale markers among them, in whatever order they come", async () => {
    const bytes = encode([
      {
        labels: { __name__: "bits", job: "api", empty: "" },
        samples: [
          { value: 1.5, timestamp: now + 2000 },
          { value: 7, timestamp: now },
          { value: 99, timestamp: now + 1000 },
        ],
      },
    ]);
    const marker = Buffer.from("020000000000f07f", "hex");
    const ninetyNine = Buffer.alloc(8);
    ninetyNine.writeDoubleLE(99);
    marker.copy(bytes, bytes.indexOf(ninetyNine));
    const response = await write(compress(bytes));
    expect([response.status, await response.text()]).toEqual([204, ""]);
    await expect
      .poll(() => readSamples("bits"), { timeout: 10_000 })
      .toEqual([
        { at: String(now), bits: "401C000000000000" },
        { at: String(now + 1000), bits: "7FF0000000000002" },
        { at: String(now + 2000), bits: "3FF8000000000000" },
      ]);
    expect(
      await doors.store.query({ sql: "SELECT metric, labels FROM metric_series WHERE metric = 'bits'" }),
    ).toEqual([{ metric: "bits", labels: { job: "api" } }]);
  });

  it("keeps metadata and exemplars", async () => {
    const exemplar = {
      labels: [{ name: "trace_id", value: "0af7651916cd43dd8448eb211c80319c" }],
      value: 3,
      timestamp: now,
    };
    const bytes = encode(
      [
        {
          labels: { __name__: "seen_total" },
          samples: [{ timestamp: now, value: 3 }],
          exemplars: [exemplar],
        },
      ],
      [{ type: 1, metricFamilyName: "seen_total", help: "Seen", unit: "" }],
    );
    expect((await write(compress(bytes))).status).toBe(204);
    await expect
      .poll(
        () =>
          doors.store.query({
            sql: `SELECT m.type, m.help, lower(hex(e.trace_id)) AS traceId FROM metric_metadata AS m
            INNER JOIN metric_exemplars AS e ON e.metric = m.metric WHERE m.metric = 'seen_total'`,
          }),
        { timeout: 10_000 },
      )
      .toEqual([{ type: "counter", help: "Seen", traceId: "0af7651916cd43dd8448eb211c80319c" }]);
  });

  it("keeps metadata that come alone, and exemplars in a series without samples, as Prometheus sends them", async () => {
    const before = doors.spool.snapshot().totals.metrics;
    const metadata = [{ type: 1, metricFamilyName: "apart_total", help: "Apart", unit: "" }];
    expect((await write(compress(encode([], metadata)))).status).toBe(204);
    const exemplar = {
      labels: [{ name: "trace_id", value: "0af7651916cd43dd8448eb211c80319c" }],
      value: 3,
      timestamp: now,
    };
    const series = { labels: { __name__: "apart_total" }, exemplars: [exemplar] };
    expect((await write(compress(encode([series])))).status).toBe(204);
    await expect
      .poll(
        () =>
          doors.store.query({
            sql: `SELECT m.type, m.help, e.value FROM metric_metadata AS m
            INNER JOIN metric_exemplars AS e ON e.metric = m.metric WHERE m.metric = 'apart_total'`,
          }),
        { timeout: 10_000 },
      )
      .toEqual([{ type: "counter", help: "Apart", value: 3 }]);
    expect(doors.spool.snapshot().totals.metrics).toEqual(before);
  });

  it("gives a series the same identity whatever the order of its labels", async () => {
    const samples = [{ timestamp: now, value: 1 }];
    await write(compress(encode([{ labels: { __name__: "same", a: "1", b: "2" }, samples }])));
    await write(compress(encode([{ labels: { b: "2", a: "1", __name__: "same" }, samples }])));
    await expect
      .poll(
        () =>
          doors.store.query({
            sql: "SELECT count() AS samples, uniqExact(series_id) AS series FROM metric_samples WHERE metric = 'same'",
          }),
        { timeout: 10_000 },
      )
      .toEqual([{ samples: "2", series: "1" }]);
  });

  it("stores what it can, answers 400 and says what it refused", async () => {
    const samples = [{ timestamp: now, value: 1 }];
    const before = doors.spool.snapshot().totals.metrics;
    const response = await write(
      compress(
        encode([
          { labels: { __name__: "good" }, samples },
          { labels: { job: "nameless" }, samples },
          { labels: { __name__: "absurd" }, samples: [{ timestamp: Number.MAX_SAFE_INTEGER, value: 1 }] },
          { labels: { __name__: "native" }, histograms: [{ timestamp: now }] },
        ]),
      ),
    );
    expect(response.status).toBe(400);
    const text = await response.text();
    for (const reason of ["missing_metric_name", "invalid_time", "native_histogram"])
      expect(text).toContain(reason);
    const { received, accepted } = doors.spool.snapshot().totals.metrics;
    expect([received - before.received, accepted - before.accepted]).toEqual([4, 1]);
  });

  it.each([
    ["a body that is not snappy", Buffer.from("hello"), headers, 400],
    ["snappy that is no request", compress(Buffer.from("hello")), headers, 400],
    ["a body that says it is huge", Buffer.from("ffffffff0f00", "hex"), headers, 413],
    ["a body without compression", encode([]), { "content-type": "application/x-protobuf" }, 415],
    [
      "remote write 2.0",
      compress(encode([])),
      { ...headers, "content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request" },
      415,
    ],
  ])("refuses %s", async (_name, body, given, status) => {
    const before = doors.spool.snapshot().totals.metrics;
    const response = await write(body, given);
    expect([response.status, (await response.text()).length > 20]).toEqual([status, true]);
    expect(doors.spool.snapshot().totals.metrics).toEqual(before);
  });

  it("survives every cut and every flipped byte", async () => {
    const bytes = encode(
      [
        {
          labels: { __name__: "m", a: "b" },
          samples: [{ value: 1, timestamp: now }],
          exemplars: [{ labels: [{ name: "x", value: "y" }], value: 1, timestamp: now }],
        },
      ],
      [{ type: 2, metricFamilyName: "m", help: "h", unit: "u" }],
    );
    const statuses = new Set<number>();
    const attempts: Promise<void>[] = [];
    const attempt = async (damaged: Buffer): Promise<void> => {
      statuses.add((await write(compress(damaged))).status);
    };
    for (let length = 1; length < bytes.length; length += 1)
      attempts.push(attempt(bytes.subarray(0, length)));
    for (let at = 0; at < bytes.length; at += 1) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 0xff;
      attempts.push(attempt(damaged));
    }
    await Promise.all(attempts);
    expect([...statuses].toSorted((a, b) => a - b)).toEqual([204, 400]);
  });
});
