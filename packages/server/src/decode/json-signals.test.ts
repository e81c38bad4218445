import { describe, expect, it } from "vitest";
import { encodeJsonLogs } from "./json-logs.ts";
import { encodeJsonMetrics } from "./json-metrics.ts";
import { encodeJsonTraces } from "./json-traces.ts";
import { MalformedRequestError } from "./malformed-request-error.ts";
import { walkLogs } from "./walk-logs.ts";
import { walkMetrics } from "./walk-metrics.ts";
import { walkTraces } from "./walk-traces.ts";

const attributes = [
  { key: "a", value: { stringValue: "x" } },
  { key: "b", value: { arrayValue: { values: [{ intValue: "1" }, { doubleValue: 2.5 }] } } },
  { key: "c", value: { kvlistValue: { values: [{ key: "d", value: { boolValue: true } }] } } },
];
const resource = { attributes };
const scope = { name: "s", version: "1", attributes };
const ids = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
const times = { startTimeUnixNano: "1", timeUnixNano: "2", flags: 0 };
const exemplars = [{ timeUnixNano: "2", asDouble: 1.5, filteredAttributes: attributes, ...ids }];
const buckets = { offset: -1, bucketCounts: ["1", 2] };

const metrics = [
  {
    name: "g",
    unit: "s",
    description: "d",
    gauge: { dataPoints: [{ ...times, asDouble: 1, attributes, exemplars }] },
  },
  {
    name: "c",
    sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ ...times, asInt: "3" }] },
  },
  {
    name: "h",
    histogram: {
      aggregationTemporality: "AGGREGATION_TEMPORALITY_DELTA",
      dataPoints: [{ ...times, count: "3", sum: 1, bucketCounts: ["1", 2], explicitBounds: [1] }],
    },
  },
  {
    name: "e",
    exponentialHistogram: {
      aggregationTemporality: 2,
      dataPoints: [{ ...times, count: 3, scale: 2, zeroCount: "0", positive: buckets, negative: buckets }],
    },
  },
  {
    name: "s",
    summary: { dataPoints: [{ ...times, count: 1, sum: 1, quantileValues: [{ quantile: 0.5, value: 1 }] }] },
  },
];

const ignore = (): undefined => undefined;
const outer = { resource: ignore, scope: ignore };

const requests: [string, object, (body: Buffer) => void][] = [
  [
    "traces",
    {
      resourceSpans: [
        {
          resource,
          scopeSpans: [
            {
              scope,
              spans: [
                {
                  ...ids,
                  name: "n",
                  kind: 1,
                  attributes,
                  events: [{ name: "e", attributes }],
                  links: [ids],
                  status: { code: 2 },
                },
              ],
            },
          ],
        },
      ],
    },
    (body) => walkTraces(encodeJsonTraces(body), { ...outer, span: ignore }),
  ],
  [
    "metrics",
    { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics }] }] },
    (body) => walkMetrics(encodeJsonMetrics(body), { ...outer, metric: ignore, point: ignore }),
  ],
  [
    "logs",
    {
      resourceLogs: [
        {
          resource,
          scopeLogs: [
            {
              scope,
              logRecords: [
                {
                  ...ids,
                  timeUnixNano: "1",
                  severityNumber: "SEVERITY_NUMBER_INFO",
                  body: { stringValue: "b" },
                  attributes,
                  eventName: "e",
                },
              ],
            },
          ],
        },
      ],
    },
    (body) => walkLogs(encodeJsonLogs(body), { ...outer, record: ignore }),
  ],
];

const strange: unknown[] = [
  null,
  -1,
  1.5,
  1e300,
  "",
  "x",
  "-9223372036854775809",
  true,
  [],
  {},
  [null],
  [[]],
  { value: 1 },
];

/** Every copy of the value in which one part, however deep, is something strange. */
function* mutate(value: unknown): Generator<unknown> {
  for (const other of strange) yield other;
  if (typeof value !== "object" || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    for (const changed of mutate(part)) {
      yield Array.isArray(value) ? value.with(Number(key), changed) : { ...value, [key]: changed };
    }
  }
}

const encoders: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  traces: encodeJsonTraces,
  metrics: encodeJsonMetrics,
  logs: encodeJsonLogs,
};

describe.each(requests)("OTLP/JSON of %s", (signal, request, read) => {
  const encode = encoders[signal] ?? encodeJsonTraces;

  it("is read as it stands", () => {
    expect(() => read(Buffer.from(JSON.stringify(request)))).not.toThrow();
  });

  it("is understood or refused as malformed, whatever stands in any place", () => {
    let refused = 0;
    let attempts = 0;
    for (const changed of mutate(request)) {
      attempts += 1;
      try {
        read(Buffer.from(JSON.stringify(changed)));
      } catch (error) {
        expect(error, JSON.stringify(changed)).toBeInstanceOf(MalformedRequestError);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(100);
    expect(refused).toBeLessThan(attempts);
  });

  it("is read by the fields' original names too, and by nothing that is null", () => {
    const body = JSON.stringify(request);
    const original = body.replace(/"([a-z]+[A-Z]\w*)":/g, (key) =>
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    );
    expect(original).toMatch(/^\{"resource_/);
    expect(encode(Buffer.from(original))).toEqual(encode(Buffer.from(body)));
    const withNulls = body.replaceAll('{"arrayValue":', '{"intValue":null,"doubleValue":null,"arrayValue":');
    expect(encode(Buffer.from(withNulls))).toEqual(encode(Buffer.from(body)));
    const deep = `{"${/^\{"(\w+)"/.exec(original)?.[1]}":${"[".repeat(5000)}${"]".repeat(5000)}}`;
    expect(() => encode(Buffer.from(deep))).toThrow(MalformedRequestError);
  });

  it("is refused when it is cut anywhere", () => {
    const body = Buffer.from(JSON.stringify(request));
    for (let length = 0; length < body.length; length += 1)
      expect(() => read(body.subarray(0, length))).toThrow(MalformedRequestError);
  });
});
