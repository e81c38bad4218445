import { SeverityNumber } from "@opentelemetry/api-logs";
import { trace, TraceFlags, ROOT_CONTEXT } from "@opentelemetry/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeJsonLogs } from "../decode/json-logs.ts";
import { encodeLogs, encodeLogsJson } from "../decode/otlp-signals.fixture.ts";
import { MalformedRequestError } from "../decode/malformed-request-error.ts";
import { openTestWay, type TestWay } from "./signals.fixture.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";
const inSpan = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED });
const project = "default";

let way: TestWay;
beforeAll(async () => {
  way = await openTestWay();
});
afterAll(() => way.close());

const select = (
  where: string,
): string => `SELECT toString(time) AS time, severity, severity_text AS level, service,
  environment, release, lower(hex(trace_id)) AS traceId, lower(hex(span_id)) AS spanId, event_name AS event, body, body_type AS bodyType,
  user_id AS user, session_id AS session, tenant_id AS tenant, endpoint, content_bytes AS contentBytes, attributes, attribute_types AS types
  FROM logs WHERE ${where} ORDER BY time`;

const rich = {
  timestamp: 1_763_640_000_123,
  severityNumber: SeverityNumber.WARN,
  severityText: "WARN",
  body: "slow answer für Kunde",
  context: inSpan,
  attributes: {
    "user.id": "u1",
    "session.id": "s1",
    "app.tenant.id": "t1",
    "http.route": "/chat",
    input: "stays here",
    tokens_used: 2100,
    ratio: 0.5,
    ok: true,
    list: ["a", 1],
  },
};

const resource = {
  "service.name": "bot",
  "deployment.environment.name": "production",
  "service.version": "1.4.0",
};

const expected = {
  time: "2025-11-20 12:00:00.123000000",
  severity: 13,
  level: "WARN",
  service: "bot",
  environment: "production",
  release: "1.4.0",
  traceId,
  spanId,
  event: "",
  body: "slow answer für Kunde",
  bodyType: "s",
  user: "u1",
  session: "s1",
  endpoint: "/chat",
  contentBytes: 0,
  attributes: expect.objectContaining({
    tokens_used: "2100",
    ratio: "0.5",
    ok: "true",
    list: '["a",1]',
    input: "stays here",
  }),
};

describe("log records", () => {
  it.each([
    ["protobuf", (): Buffer => encodeLogs([rich], resource)],
    ["JSON", (): Buffer => encodeJsonLogs(encodeLogsJson([rich], resource))],
  ])("sent as %s are stored with every field", async (name, encode) => {
    const bytes = encode();
    const receipt = await way.logs.accept({ project: name, bytes });
    expect(receipt).toEqual({ received: 1, rejected: {}, isDuplicate: false });
    const [row] = await way.stored<{ types: string; attributes: object }>(select(`project = '${name}'`));
    expect(row).toMatchObject(expected);
    expect(row?.types).toHaveLength(Object.keys(row?.attributes ?? {}).length);
  });

  it("keep structured bodies as JSON and their words searchable", async () => {
    await way.logs.accept({
      project: "structured",
      bytes: encodeLogs([{ ...rich, body: { message: "quota exceeded", left: 0 } }]),
    });
    const rows = await way.stored(select("project = 'structured' AND hasToken(lowerUTF8(body), 'quota')"));
    expect(rows).toMatchObject([{ body: '{"message":"quota exceeded","left":0}', bodyType: "j" }]);
  });

  it("without a time carry the time of receipt, without a span zeros, without a body nothing", async () => {
    const bytes = encodeJsonLogs(
      Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{}] }] }] })),
    );
    await way.logs.accept({ project: "bare", bytes });
    expect(await way.stored(select("project = 'bare'"))).toMatchObject([
      { time: "2026-11-20 12:00:00.000000000", traceId: "0".repeat(32), body: "", bodyType: "", severity: 0 },
    ]);
  });

  it("name their event by the field or by the attribute event.name", async () => {
    const bytes = encodeLogs([
      { ...rich, timestamp: 1, eventName: "device.start" },
      { ...rich, timestamp: 2, attributes: { "event.name": "claude_code.api_request" } },
    ]);
    await way.logs.accept({ project: "events", bytes });
    const rows = await way.stored<{ event: string }>(select("project = 'events'"));
    expect(rows.map((row) => row.event)).toEqual(["device.start", "claude_code.api_request"]);
  });

  it("beyond the year 2262 are rejected alone", async () => {
    const bytes = encodeJsonLogs(
      Buffer.from(
        JSON.stringify({
          resourceLogs: [
            {
              scopeLogs: [{ logRecords: [{ timeUnixNano: "18446744073709551615" }, { timeUnixNano: "1" }] }],
            },
          ],
        }),
      ),
    );
    expect(await way.logs.accept({ project: "late", bytes })).toMatchObject({
      received: 2,
      rejected: { invalid_time: 1 },
    });
    expect(await way.stored(select("project = 'late'"))).toHaveLength(1);
  });

  it("that are sent again byte for byte are stored once", async () => {
    const bytes = encodeLogs([rich, rich]);
    const receipts = await Promise.all([
      way.logs.accept({ project: "again", bytes }),
      way.logs.accept({ project: "again", bytes }),
    ]);
    receipts.push(await way.logs.accept({ project: "again", bytes }));
    expect(receipts.map((receipt) => receipt.isDuplicate)).toEqual([false, true, true]);
    expect(await way.stored(select("project = 'again'"))).toHaveLength(2);
  });
});

describe("gen_ai events", () => {
  const event = {
    timestamp: 1_763_640_000_000,
    eventName: "gen_ai.client.inference.operation.details",
    attributes: {
      "gen_ai.operation.name": "chat",
      "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"hi"}]}]',
    },
  };

  it("of a span put their content where the span's own content is", async () => {
    const choice = {
      timestamp: 1_763_640_000_001,
      eventName: "gen_ai.choice",
      context: inSpan,
      body: { index: 0, message: { content: "hello" } },
    };
    await way.logs.accept({ project: "content", bytes: encodeLogs([{ ...event, context: inSpan }, choice]) });
    const rows = await way.stored<{ contentBytes: number }>(select("project = 'content'"));
    expect(rows).toMatchObject([
      { body: "", attributes: { "gen_ai.operation.name": "chat" }, traceId, spanId },
      { body: "", event: "gen_ai.choice" },
    ]);
    for (const row of rows) expect(row.contentBytes).toBeGreaterThan(10);
    const contents = await way.stored<{ content: { events: string } }>(
      `SELECT content FROM contents WHERE project = 'content' AND trace_id = unhex('${traceId}') AND conversation = '${traceId}' ORDER BY start_time`,
    );
    expect(contents.map((row) => JSON.parse(row.content.events) as unknown)).toEqual([
      [
        {
          timeNs: "1763640000000000000",
          name: "gen_ai.client.inference.operation.details",
          attributes: { "gen_ai.input.messages": event.attributes["gen_ai.input.messages"] },
        },
      ],
      [
        {
          timeNs: "1763640000001000000",
          name: "gen_ai.choice",
          attributes: { index: 0, message: { content: "hello" } },
        },
      ],
    ]);
  });

  it("of no span keep their content themselves", async () => {
    await way.logs.accept({ project: "alone", bytes: encodeLogs([event]) });
    expect(await way.stored(select("project = 'alone'"))).toMatchObject([
      { attributes: event.attributes, contentBytes: 0 },
    ]);
  });
});

describe("damaged requests", () => {
  it("are refused whole or understood, and the ones beside them are stored, at every cut and every flipped byte", async () => {
    const bytes = encodeLogs([rich, { ...rich, eventName: "gen_ai.choice", body: { a: [1] } }]);
    const attempts: Promise<number>[] = [];
    const attempt = (damaged: Buffer): void => {
      attempts.push(
        way.logs.accept({ project: "damaged", bytes: damaged }).then(
          ({ received, rejected, isDuplicate }) =>
            isDuplicate ? 0 : received - Object.values(rejected).reduce((sum, items) => sum + items, 0),
          (error: unknown) => {
            expect(error).toBeInstanceOf(MalformedRequestError);
            return 0;
          },
        ),
      );
    };
    for (let length = 1; length < bytes.length; length += 1) attempt(bytes.subarray(0, length));
    for (let at = 0; at < bytes.length; at += 1) {
      for (const mask of [0x01, 0x80, 0xff]) {
        const damaged = Buffer.from(bytes);
        damaged[at]! ^= mask;
        attempt(damaged);
      }
    }
    const accepted = (await Promise.all(attempts)).reduce((sum, items) => sum + items, 0);
    const rows = await way.stored<{ n: string }>("SELECT count() AS n FROM logs WHERE project = 'damaged'");
    expect(Number(rows[0]?.n)).toBe(accepted);
    expect(accepted).toBeGreaterThan(0);
  });
});

describe("accounting", () => {
  it("adds up over everything above", async () => {
    await way.logs.accept({ project, bytes: encodeLogs([rich]) });
    const { totals } = way.spool.snapshot();
    const rejected = Object.values(totals.logs.rejected).reduce((sum, items) => sum + items, 0);
    expect(totals.logs.received).toBe(totals.logs.accepted + rejected + totals.logs.duplicates);
    const rows = await way.stored<{ n: string }>("SELECT count() AS n FROM logs");
    expect(Number(rows[0]?.n)).toBe(totals.logs.accepted);
    expect(totals.traces.received).toBe(0);
  });
});
