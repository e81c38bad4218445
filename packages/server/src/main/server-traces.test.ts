import { expect, it } from "vitest";
import { ownSender } from "../self/traces/own-sender.ts";
import { createTestTraces, pathOf } from "../self/traces/traces.fixture.ts";
import type { InsertedSegment } from "../spool/watch-insert.ts";
import { createWatchers, isTraced } from "./server-traces.ts";

const counts = {
  signal: "traces",
  project: "default",
  received: 1,
  accepted: 1,
  rejected: {},
  duplicates: 0,
} as const;
const segment: InsertedSegment = {
  block: 7,
  tables: ["contents", "spans"],
  rows: 12,
  bytes: 3400,
  waitedMs: 510,
  isReplayed: false,
  counts: [counts],
};

it("a segment is a trace of its own with what is in it; one of a process before is replayed", async () => {
  const { traces, collect } = createTestTraces();
  const { insert } = createWatchers(traces);
  await traces.run({ name: "page" }, async () => {
    await insert?.(segment, () => Promise.resolve(true));
    await insert?.({ ...segment, isReplayed: true }, () => Promise.resolve(false));
  });
  const spans = await collect();
  expect(spans.map((span) => pathOf(span, spans))).toEqual([
    ["insert segment"],
    ["replay segment"],
    ["page"],
  ]);
  expect(spans[0]?.attributes).toEqual({
    "spanlight.block": 7,
    "spanlight.tables": "contents spans",
    "spanlight.rows": 12,
    "spanlight.bytes": 3400,
    "spanlight.waited_ms": 510,
    "spanlight.replayed": false,
  });
  expect(spans[1]?.attributes).toMatchObject({ "error.type": "stopped" });
});

it("a segment of own spans alone has no span, nor has what is done for it; beside others it has", async () => {
  const { traces, collect } = createTestTraces();
  const { insert } = createWatchers(traces);
  const own = { ...counts, ...ownSender };
  const isInside: boolean[] = [];
  const look = (): Promise<boolean> => {
    isInside.push(traces.current() !== undefined);
    return Promise.resolve(true);
  };
  await traces.run({ name: "page" }, async () => {
    await insert?.({ ...segment, counts: [own, own] }, look);
    await insert?.({ ...segment, counts: [own, counts] }, look);
  });
  expect(isInside).toEqual([false, true]);
  expect((await collect()).map(({ name }) => name)).toEqual(["insert segment", "page"]);
});

it("rules that cannot be evaluated make their group's span an error, by number", async () => {
  const { traces, collect } = createTestTraces();
  const { evaluation } = createWatchers(traces);
  await evaluation?.({ name: "api", ruleCount: 3 }, () => Promise.resolve(2));
  const [span] = await collect();
  expect(span?.attributes).toEqual({
    "spanlight.rule_group": "api",
    "spanlight.rules": 3,
    "spanlight.rules_failed": 2,
    "error.type": "rule_failed",
  });
});

it("a message that is not taken is an error, and what it says is in no span", async () => {
  const { traces, collect } = createTestTraces();
  const { delivery } = createWatchers(traces);
  const sent = delivery?.({ receiver: "hook", status: "firing", alertCount: 2 }, () =>
    Promise.reject(new Error("the receiver said: secret")),
  );
  await expect(sent).rejects.toThrow("secret");
  const [span] = await collect();
  expect(span?.attributes).toEqual({
    "spanlight.receiver": "hook",
    "spanlight.alert_status": "firing",
    "spanlight.alerts": 2,
    "error.type": "Error",
  });
});

it.each([
  ["GET", "/api/traces", true],
  ["GET", "/api/traces/0af7651916cd43dd8448eb211c80319c", true],
  ["POST", "/api/alerts/silences", true],
  ["GET", "/prometheus/api/v1/query_range", true],
  ["GET", "/jaeger/api/services", true],
  ["POST", "/api/operator/backup", true],
  ["POST", "/v1/traces", false],
  ["POST", "/prometheus/api/v1/write", false],
  ["POST", "/api/public/otel/v1/traces", false],
  ["POST", "/api/scores", false],
  ["GET", "/api/live", false],
  ["GET", "/api/health", false],
  ["GET", "/.well-known/health", false],
  ["GET", "/healthz", false],
  ["GET", "/readyz", false],
  ["GET", "/metrics", false],
  ["GET", "/", false],
  ["GET", "/assets/index.js", false],
])("%s %s has a span: %s", (method, path, expected) => {
  expect(isTraced(method, path)).toBe(expected);
});
