// Keys made, limited and revoked over the API while the server runs, what came with each of them, and who did it.
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import {
  apiKeyListSchema,
  apiKeySchema,
  auditListSchema,
  createdApiKeySchema,
  ingestSchema,
  type ApiKey,
  type AuditEntry,
  type CreatedApiKey,
  type Ingest,
  type KeyAccounting,
} from "@spanlight/contract";
import { compress } from "snappyjs";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { encodeJsonTraces } from "../decode/json-traces.ts";
import { changeKey, createKey, revokeKey } from "../keys/change-keys.ts";
import { keyFilePath } from "../keys/open-access.ts";
import { encodeWriteRequest } from "./encode-write-request.ts";
import { startTestServer, type TestServer } from "./server.fixture.ts";

let test: TestServer;
/** A project of its own for every test, with a key that may do everything. */
let project: string;
let admin: string;
const admins: { project: string; key: string }[] = [];

beforeAll(async () => {
  test = await startTestServer({
    environment: { SPANLIGHT_KEYS_REQUIRED: "on", SPANLIGHT_API_KEY: "from-the-environment" },
    async prepare(directory) {
      for (let number = 1; number <= 30; number += 1) {
        const limits = { maxRequestsPerSecond: null, maxBytesPerSecond: null };
        const scopes = ["ingest" as const, "read" as const, "admin" as const];
        const wanted = { name: "admin", project: `project-${number}`, scopes, ...limits };
        const { text } = await createKey(keyFilePath(directory), wanted, Date.now());
        admins.push({ project: wanted.project, key: text });
      }
    },
  });
}, 60_000);
afterAll(() => test.close());

const enterNext = (): void => {
  ({ project, key: admin } = admins.pop()!);
};
beforeEach(enterNext);

interface Answered {
  readonly status: number;
  readonly body: unknown;
}

async function ask(key: string, path: string, method = "GET", body?: unknown): Promise<Answered> {
  const response = await fetch(`${test.server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text };
}

async function create(wanted: object): Promise<CreatedApiKey> {
  const { status, body } = await ask(admin, "/api/keys", "POST", wanted);
  expect(status, JSON.stringify(body)).toBe(201);
  return createdApiKeySchema.strict().parse(body);
}

async function list(): Promise<ApiKey[]> {
  return apiKeyListSchema.strict().parse((await ask(admin, "/api/keys")).body).items;
}

async function audit(key = admin): Promise<AuditEntry[]> {
  return auditListSchema.strict().parse((await ask(key, "/api/audit")).body).items;
}

async function readUsage(id: string): Promise<KeyAccounting | undefined> {
  const { keys } = ingestSchema.parse((await ask(admin, "/api/ingest")).body);
  return keys.find(({ keyId }) => keyId === id);
}

const traces = (spanId: string): object => ({
  resourceSpans: [
    {
      scopeSpans: [
        {
          spans: [
            {
              traceId: "c".repeat(32),
              spanId,
              name: "work",
              startTimeUnixNano: String(BigInt(Date.now()) * 1_000_000n),
              endTimeUnixNano: String(BigInt(Date.now()) * 1_000_000n),
            },
          ],
        },
      ],
    },
  ],
});

let spans = 0;
function send(key: string): Promise<Answered> {
  spans += 1;
  return ask(key, "/v1/traces", "POST", traces(spans.toString(16).padStart(16, "0")));
}

describe("a key made over the API", () => {
  it("is shown once, works at once, and is listed without its text", async () => {
    const made = await create({ name: "checkout", scopes: ["read", "ingest"] });
    expect(made.key).toMatch(/^spk_[a-z2-7]{12}_[\w-]{43}$/);
    expect(made).toMatchObject({ name: "checkout", project, scopes: ["ingest", "read"], revokedAt: null });
    expect((await send(made.key)).status).toBe(200);
    expect((await ask(made.key, "/api/traces")).status).toBe(200);
    const [first] = await list();
    expect(first).toMatchObject({ id: made.id, name: "checkout" });
    expect(JSON.stringify(await list())).not.toContain(made.key.slice(17));
    expect(JSON.stringify(await audit())).not.toContain(made.key.slice(17));
    expect(test.logged.join("\n")).not.toContain(made.key.slice(17));
  });

  it("is refused everywhere as soon as it is revoked", async () => {
    const made = await create({ name: "leaving", scopes: ["ingest", "read"] });
    const signedIn = await fetch(`${test.server.url}/login`, {
      method: "POST",
      body: new URLSearchParams({ key: made.key }),
      redirect: "manual",
    });
    const cookie = signedIn.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
    const statuses = async (): Promise<unknown[]> => [
      (await send(made.key)).status,
      (await ask(made.key, "/api/traces")).status,
      (await ask(made.key, "/prometheus/api/v1/labels")).status,
      (await ask(made.key, "/api/public/projects")).status,
      (await fetch(`${test.server.url}/api/traces`, { headers: { cookie } })).status,
      await callGrpc(made.key),
    ];
    expect(await statuses()).toEqual([200, 200, 200, 200, 200, 0]);
    expect((await ask(admin, `/api/keys/${made.id}`, "DELETE")).status).toBe(204);
    expect(await statuses()).toEqual([401, 401, 401, 401, 401, 16]);
    expect(await list()).toContainEqual(
      expect.objectContaining({ id: made.id, revokedAt: expect.stringMatching(/Z$/) }),
    );
    expect((await ask(admin, `/api/keys/${made.id}`, "DELETE")).status).toBe(404);
  });

  it("gets no answer that it waited for when it was revoked meanwhile", async () => {
    const made = await create({ scopes: ["read"] });
    const { cursor } = (await ask(made.key, "/api/live")).body as { cursor: string };
    const held = ask(made.key, `/api/live?after=${cursor}&waitMs=60000`);
    // It is being waited for once the gate has counted it.
    await expect
      .poll(async () => (await readUsage(made.id))?.requests, { timeout: 10_000, interval: 20 })
      .toBe(2);
    await ask(admin, `/api/keys/${made.id}`, "DELETE");
    expect((await send(admin)).status).toBe(200);
    expect(await held).toMatchObject({ status: 401, body: { code: "unauthenticated" } });
    expect((await readUsage(made.id))?.refusedRequests).toEqual({ unauthenticated: 1 });
  });

  it("follows its limits from the next request on, and answers 429 with Retry-After past them", async () => {
    const made = await create({ scopes: ["read"], maxRequestsPerSecond: 1 });
    const statuses = async (): Promise<number[]> => {
      const answers = [];
      for (let count = 0; count < 6; count += 1) answers.push((await ask(made.key, "/api/services")).status);
      return answers;
    };
    expect(await statuses()).toContain(429);
    const { status, body } = await ask(admin, `/api/keys/${made.id}`, "PATCH", {
      maxRequestsPerSecond: null,
    });
    expect([status, apiKeySchema.strict().parse(body).maxRequestsPerSecond]).toEqual([200, null]);
    expect(await statuses()).toEqual([200, 200, 200, 200, 200, 200]);
    await ask(admin, `/api/keys/${made.id}`, "PATCH", { maxBytesPerSecond: 1, name: "narrow" });
    expect((await list()).find(({ id }) => id === made.id)).toMatchObject({
      name: "narrow",
      maxBytesPerSecond: 1,
      maxRequestsPerSecond: null,
    });
  });

  it("past its limit is told so by every door, with the time after which to try again, and counted", async () => {
    const made = await create({ scopes: ["ingest", "read"], maxRequestsPerSecond: 0.01 });
    expect((await send(made.key)).status).toBe(200);
    for (const [path, method] of [
      ["/v1/traces", "POST"],
      ["/v1/logs", "POST"],
      ["/prometheus/api/v1/write", "POST"],
      ["/api/public/ingestion", "POST"],
      ["/runs/batch", "POST"],
      ["/api/scores", "POST"],
      ["/api/traces", "GET"],
      ["/prometheus/api/v1/query", "GET"],
      ["/jaeger/api/services", "GET"],
    ] as const) {
      const answer = await fetch(`${test.server.url}${path}`, { method, headers: { "x-api-key": made.key } });
      expect([path, answer.status]).toEqual([path, 429]);
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(1);
      await answer.arrayBuffer();
    }
    expect(await callGrpc(made.key)).toBe(8);
    expect(await readUsage(made.id)).toMatchObject({ requests: 1, refusedRequests: { rate_limited: 10 } });
  });

  it("follows what the command line does with it, within five seconds", async () => {
    const path = keyFilePath(test.directory);
    const made = await create({ scopes: ["read"] });
    await changeKey(path, made.id, { name: "renamed" });
    await expect
      .poll(async () => (await list()).find(({ id }) => id === made.id)?.name, { timeout: 5000 })
      .toBe("renamed");
    await revokeKey(path, made.id, Date.now());
    await expect.poll(async () => (await ask(made.key, "/api/services")).status, { timeout: 5000 }).toBe(401);
  });

  it.each([
    [{}, "scopes"],
    [{ scopes: [] }, "scopes"],
    [{ scopes: ["write"] }, "scopes"],
    [{ scopes: ["read"], project: "default" }, ""],
    [{ scopes: ["read"], maxBytesPerSecond: 0 }, "maxBytesPerSecond"],
    [{ scopes: ["read"], name: "x".repeat(201) }, "name"],
  ])("is refused where %o cannot be used", async (wanted, named) => {
    const { status, body } = await ask(admin, "/api/keys", "POST", wanted);
    expect([status, body]).toEqual([
      400,
      expect.objectContaining({ code: "bad_parameter", detail: expect.stringContaining(named) }),
    ]);
  });
});

describe("keys of the API", () => {
  it("are for the scope admin alone, reading included", async () => {
    const { key: other } = await create({ name: "reader", scopes: ["ingest", "read"] });
    for (const [path, method] of [
      ["/api/keys", "GET"],
      ["/api/keys", "POST"],
      ["/api/keys/any", "PATCH"],
      ["/api/keys/any", "DELETE"],
      ["/api/audit", "GET"],
    ] as const) {
      expect([path, method, (await ask(other, path, method)).status]).toEqual([path, method, 403]);
    }
  });

  it("are out of reach of another project", async () => {
    const made = await create({ name: "theirs", scopes: ["read"] });
    enterNext();
    expect((await list()).map(({ name }) => name)).toEqual(["admin"]);
    expect((await ask(admin, `/api/keys/${made.id}`, "PATCH", { name: "mine" })).status).toBe(404);
    expect((await ask(admin, `/api/keys/${made.id}`, "DELETE")).status).toBe(404);
    expect((await ask(made.key, "/api/services")).status).toBe(200);
  });

  it("cannot change the one from the environment, and say where it is changed", async () => {
    const key = "from-the-environment";
    expect(apiKeyListSchema.parse((await ask(key, "/api/keys")).body).items).toMatchObject([
      { id: "environment", name: "SPANLIGHT_API_KEY", createdAt: null },
    ]);
    const { status, body } = await ask(key, "/api/keys/environment", "DELETE");
    expect([status, body]).toEqual([
      409,
      expect.objectContaining({
        code: "key_in_settings",
        detail: expect.stringContaining("SPANLIGHT_API_KEY"),
      }),
    ]);
  });
});

describe("what came with which key", () => {
  const identity = ({ received, stored, rejected, duplicates, inSpool }: Ingest["traces"]): number =>
    received - stored - Object.values(rejected).reduce((sum, count) => sum + count, 0) - duplicates - inSpool;

  async function readKeys(): Promise<{ ingest: Ingest; byId: Map<string | null, KeyAccounting> }> {
    const ingest = ingestSchema.parse((await ask(admin, "/api/ingest")).body);
    for (const signal of ["traces", "metrics", "logs"] as const) {
      expect(identity(ingest[signal])).toBe(0);
      for (const key of ingest.keys) expect(identity(key[signal])).toBe(0);
      for (const figure of ["received", "stored", "duplicates", "inSpool", "unpriced", "late"] as const) {
        const sum = ingest.keys.reduce((total, key) => total + key[signal][figure], 0);
        expect([signal, figure, sum]).toEqual([signal, figure, ingest[signal][figure]]);
      }
    }
    return { ingest, byId: new Map(ingest.keys.map((key) => [key.keyId, key])) };
  }

  it("is told by key, with the sums of all, from every door", async () => {
    const one = await create({ name: "one", scopes: ["ingest"] });
    const two = await create({ name: "two", scopes: ["ingest"] });
    const body = traces("00000000000000aa");
    expect((await ask(one.key, "/v1/traces", "POST", body)).status).toBe(200);
    expect((await ask(two.key, "/v1/traces", "POST", body)).status).toBe(200);
    expect((await ask(two.key, "/v1/traces", "POST", traces("0".repeat(16)))).status).toBe(200);
    expect(await callGrpc(one.key)).toBe(0);
    await sendByEveryDoor(one.key);
    await ask(two.key, "/api/traces");
    await ask(admin, `/api/keys/${two.id}`, "DELETE");
    // The runs sent in parts are handed over once nothing more is said of them for a second.
    const { byId } = await vi.waitFor(
      async () => {
        const read = await readKeys();
        expect(read.ingest.traces.received).toBe(7);
        expect([read.ingest.traces.inSpool, read.ingest.logs.inSpool]).toEqual([0, 0]);
        return read;
      },
      { timeout: 20_000, interval: 50 },
    );
    expect([...byId.keys()].filter((id) => id === null)).toEqual([]);
    expect(byId.get(one.id)).toMatchObject({
      name: "one",
      isRevoked: false,
      traces: { received: 5, stored: 5, duplicates: 0, rejected: {} },
      logs: { received: 5, stored: 5 },
      metrics: { received: 1 },
      lastReceivedAt: expect.stringMatching(/Z$/),
    });
    expect(byId.get(two.id)).toMatchObject({
      name: "two",
      isRevoked: true,
      traces: { received: 2, stored: 0, duplicates: 1, rejected: { invalid_span_id: 1 } },
      requests: 2,
      refusedRequests: { forbidden: 1 },
    });
    const { body: exposition } = await ask("from-the-environment", "/metrics");
    expect(exposition).toContain(
      `spanlight_key_items_total{project="${project}",key="${two.id}",signal="traces",outcome="rejected",reason="invalid_span_id"} 1`,
    );
    expect(exposition).toContain(
      `spanlight_key_requests_refused_total{project="${project}",key="${two.id}",reason="forbidden"} 1`,
    );
  });
});

describe("the audit log", () => {
  const byHand = { kind: "key", name: "admin", address: expect.stringContaining("127.0.0.1") };

  it("says who made, changed and revoked which key, the newest first", async () => {
    const made = await create({ name: "watched", scopes: ["ingest"], maxBytesPerSecond: 5 });
    await ask(admin, `/api/keys/${made.id}`, "PATCH", { maxBytesPerSecond: 6 });
    await ask(admin, `/api/keys/${made.id}`, "DELETE");
    const limits = { maxRequestsPerSecond: null, maxBytesPerSecond: 5 };
    expect(await audit()).toMatchObject([
      { action: "key.revoke", target: made.id, actor: byHand, detail: { name: "watched" } },
      { action: "key.change", target: made.id, actor: byHand, detail: { maxBytesPerSecond: 6 } },
      { action: "key.create", target: made.id, detail: { name: "watched", scopes: ["ingest"], ...limits } },
    ]);
  });

  it("comes page by page, and holds nothing that was refused", async () => {
    for (const name of ["a", "b", "c"]) await create({ name, scopes: ["read"] });
    await ask(admin, "/api/keys", "POST", { scopes: [] });
    await ask(admin, "/api/keys/nobody", "DELETE");
    const names: unknown[] = [];
    let path = "/api/audit?limit=2";
    for (let pages = 0; path !== "" && pages < 5; pages += 1) {
      const page = auditListSchema.parse((await ask(admin, path)).body);
      names.push(...page.items.map(({ detail }) => detail["name"]));
      path = page.nextCursor === null ? "" : `/api/audit?limit=2&cursor=${page.nextCursor}`;
    }
    expect(names).toEqual(["c", "b", "a"]);
    expect((await ask(admin, "/api/audit?cursor=x")).status).toBe(400);
  });

  it("has everything else that is changed over the API", async () => {
    const key = "from-the-environment";
    const before = (await audit(key)).length;
    const rules = "groups: [{ name: g, rules: [{ alert: A, expr: vector(1) }] }]";
    const file = await ask(key, "/api/alerts/files", "POST", { name: "audited.yaml", text: rules });
    const { id } = file.body as { id: string };
    await ask(key, `/api/alerts/files/${id}`, "PUT", { text: `${rules}\n` });
    await ask(key, `/api/alerts/files/${id}`, "DELETE");
    const matchers = [{ name: "alertname", value: "A", operator: "=" }];
    const silence = await ask(key, "/api/alerts/silences", "POST", { matchers, durationMs: 60_000 });
    expect(silence.status, JSON.stringify(silence.body)).toBe(201);
    await ask(key, `/api/alerts/silences/${(silence.body as { id: string }).id}`, "DELETE");
    const price = { model: "house-*", usdPerMillion: { input: 1 }, by: "ada" };
    await ask(key, "/api/prices/custom/house", "PUT", price);
    await ask(key, "/api/prices/custom/house", "DELETE");
    const range = { from: "2026-11-01T00:00:00Z", to: "2026-11-02T00:00:00Z", by: "ada" };
    await ask(key, "/api/reprice", "POST", { ...range, dryRun: true });
    await ask(key, "/api/reprice", "POST", range);
    await ask(key, "/api/alerts/check", "POST", { rules });
    const entries = await audit(key);
    const actions = entries.slice(0, entries.length - before).map(({ action }) => action);
    // Rules that are taken into operation are the server's own doing, beside whoever changed their file.
    expect(actions.filter((action) => action !== "rules.load").toReversed()).toEqual([
      "rule_file.create",
      "rule_file.change",
      "rule_file.remove",
      "silence.create",
      "silence.end",
      "price.set",
      "price.remove",
      "reprice.preview",
      "reprice.start",
    ]);
    expect(entries.find(({ action }) => action === "price.set")).toMatchObject({
      actor: { kind: "key", keyId: "environment", name: "SPANLIGHT_API_KEY" },
      target: "house",
      detail: { model: "house-*", usdPerMillion: { input: 1 }, by: "ada" },
    });
    expect(entries.find(({ action }) => action === "rules.load")).toMatchObject({
      actor: { kind: "server" },
    });
    expect(await audit()).toEqual([]);
  });

  it("says who signed in with a browser", async () => {
    await fetch(`${test.server.url}/login`, {
      method: "POST",
      body: new URLSearchParams({ key: admin }),
      redirect: "manual",
    });
    expect(await audit()).toMatchObject([{ action: "session.start", actor: byHand }]);
  });
});

function callGrpc(key: string): Promise<number> {
  spans += 1;
  const client = new Client(`127.0.0.1:${test.server.grpcPort}`, credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${key}`);
  const request = encodeJsonTraces(Buffer.from(JSON.stringify(traces(spans.toString(16).padStart(16, "0")))));
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
      request,
      metadata,
      (error) => {
        client.close();
        resolve(error?.code ?? 0);
      },
    );
  });
}

/** One request to each of the ways in: a metric, three runs and spans in parts, five records and scores. */
async function sendByEveryDoor(key: string): Promise<void> {
  const now = new Date().toISOString();
  const id = (number: number): string => `0193f2a0-0000-7000-8000-00000000000${number}`;
  const run = { id: id(1), trace_id: id(1), name: "run", run_type: "chain", start_time: now, end_time: now };
  const record = { timeUnixNano: String(BigInt(Date.now()) * 1_000_000n), body: { stringValue: "said" } };
  const span = { id: id(2), traceId: id(2), name: "call", startTime: now, endTime: now };
  const opik = { id: id(3), trace_id: id(3), name: "step", type: "general", start_time: now, end_time: now };
  const score = { name: "good", value: 1, traceId: "c".repeat(32) };
  for (const [path, body] of [
    ["/v1/logs", { resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] }],
    ["/runs", run],
    ["/feedback", { run_id: id(1), key: "good", score: 1 }],
    ["/api/public/ingestion", { batch: [{ id: "1", type: "span-create", timestamp: now, body: span }] }],
    ["/api/public/scores", score],
    ["/api/v1/private/spans", opik],
    ["/v1/span_annotations", { data: [{ span_id: "a".repeat(16), name: "good", result: { score: 1 } }] }],
    ["/api/scores", score],
  ] as const) {
    const { status, body: answer } = await ask(key, path, "POST", body);
    expect([path, status < 300], JSON.stringify(answer)).toEqual([path, true]);
  }
  const sample = { labels: ["__name__", "up"], timeMs: Date.now(), value: 1, isStale: false };
  const written = await fetch(`${test.server.url}/prometheus/api/v1/write`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/x-protobuf",
      "content-encoding": "snappy",
    },
    body: new Uint8Array(compress(encodeWriteRequest([sample]))),
  });
  expect(written.status).toBe(204);
}
