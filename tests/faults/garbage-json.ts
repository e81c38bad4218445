import { between, pick, type Random } from "./pick.ts";

/** A JSON body that is odd in one of many ways. */
export function createJsonGarbage(random: Random): {
  headers: Readonly<Record<string, string>>;
  body: Buffer;
} {
  return { headers: { "content-type": "application/json" }, body: pick(kinds, random)(random) };
}

const kinds: readonly ((random: Random) => Buffer)[] = [
  (random) => Buffer.from("[".repeat(between(1, 200_000, random))),
  (random) => Buffer.from('{"a":'.repeat(between(1, 100_000, random))),
  (random) => {
    const body = toBody({ attributes: [{ key: "deep", value: "DEEP" }] }).toString();
    return Buffer.from(body.replace('"DEEP"', nest(between(1, 60_000, random))));
  },
  (random) =>
    Buffer.from(JSON.stringify(request({})).replaceAll('"', pick(["'", "\u0000", '"', "\\"], random))),
  () => Buffer.from([0xff, 0xfe, 0x7b, 0x7d]),
  () => toBody({ startTimeUnixNano: "9".repeat(2_000_000) }),
  (random) =>
    Buffer.concat([
      Buffer.from('{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"'),
      Buffer.alloc(between(1, 9, random), 0xc3),
      Buffer.from('"}]}]}]}'),
    ]),
  (random) =>
    toBody({ startTimeUnixNano: pick(oddNumbers, random), endTimeUnixNano: pick(oddNumbers, random) }),
  (random) => toBody({ traceId: pick(oddIds, random), spanId: pick(oddIds, random) }),
  (random) =>
    toBody({
      attributes: pick(oddValues, random),
      events: pick(oddValues, random),
      status: pick(oddValues, random),
    }),
  (random) => toBody({ kind: pick(oddValues, random), name: pick(oddValues, random) }),
  (random) =>
    Buffer.from(
      `{"resourceSpans": ${pick(["null", "1e999", "-1e400", "NaN", "{}", "[null]", "[[]]", '"x"', "true"], random)}}`,
    ),
  (random) =>
    Buffer.from(
      `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"odd","sum":{"dataPoints":[{"timeUnixNano":${JSON.stringify(pick(oddNumbers, random))},"asDouble":${pick(["1e999", "-1e400", '"NaN"', '"Infinity"', "null", "[]"], random)}}]}}]}]}]}`,
    ),
  (random) =>
    Buffer.from(
      `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":${JSON.stringify(pick(oddValues, random) ?? null)},"severityNumber":${JSON.stringify(pick(oddValues, random) ?? null)}}]}]}]}`,
    ),
];

const oddNumbers: readonly unknown[] = [
  "0",
  0,
  -1,
  "-1",
  1e30,
  "99999999999999999999999",
  "9223372036854775807",
  "18446744073709551615",
  "1.5",
  "",
  null,
  {},
  [],
];
const oddIds: readonly unknown[] = [
  "",
  "zz",
  "0".repeat(32),
  "A".repeat(31),
  "1".repeat(10_000),
  7,
  null,
  {},
  "0af7651916cd43dd8448eb211c80319c",
  "b7ad6b7169203331",
];
const oddValues: readonly unknown[] = [
  null,
  {},
  [],
  [null],
  "text",
  -1,
  1e308,
  [{ key: null, value: null }],
  [{ key: "k", value: { intValue: "99999999999999999999" } }],
  [{ key: "k", value: { doubleValue: "NaN" } }],
  [{ key: "k", value: { bytesValue: "%%%" } }],
  [{ key: "\ud800", value: { stringValue: "\ud800" } }],
  [{ key: "__proto__", value: { stringValue: "x" } }],
  [{ key: "constructor", value: { kvlistValue: { values: [{ key: "__proto__", value: {} }] } } }],
];

function toBody(span: object): Buffer {
  return Buffer.from(JSON.stringify(request(span)));
}

function request(span: object): object {
  const whole = {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    name: "odd",
    startTimeUnixNano: `${Date.now()}000000`,
    endTimeUnixNano: `${Date.now()}000000`,
    ...span,
  };
  return { resourceSpans: [{ scopeSpans: [{ spans: [whole] }] }] };
}

/** A value in lists in lists; as text, because no serialiser goes that deep. */
function nest(depth: number): string {
  return `${'{"arrayValue":{"values":['.repeat(depth)}{"stringValue":"x"}${"]}}".repeat(depth)}`;
}
