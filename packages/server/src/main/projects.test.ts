// Two projects and every door there is: what one of them sends, the other one never sees.
import { createHash } from "node:crypto";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { renderOpenApi } from "../api/openapi.ts";
import { createKey } from "../keys/change-keys.ts";
import type { Scope } from "../keys/key.ts";
import { keyFilePath } from "../keys/open-access.ts";
import { findNeed } from "../keys/routes.ts";
import { encodeJsonTraces } from "../decode/json-traces.ts";
import { createDoors, type Rooms } from "./doors.ts";
import { createLiveFeeds } from "./live-feeds.ts";
import { startTestServer, type TestServer } from "./server.fixture.ts";

const keys: Record<string, string> = {};
let test: TestServer;

beforeAll(async () => {
  test = await startTestServer({
    environment: { SPANLIGHT_KEYS_REQUIRED: "on" },
    async prepare(directory) {
      const create = async (
        name: string,
        project: string,
        scopes: Scope[],
        limits: { maxRequestsPerSecond?: number; maxBytesPerSecond?: number } = {},
      ): Promise<void> => {
        const wanted = { name, project, scopes, maxRequestsPerSecond: null, maxBytesPerSecond: null };
        keys[name] = (await createKey(keyFilePath(directory), { ...wanted, ...limits }, Date.now())).text;
      };
      for (const project of ["alpha", "beta"]) await create(project, project, ["ingest", "read", "admin"]);
      await create("sender", "alpha", ["ingest"]);
      await create("slow", "alpha", ["ingest", "read"], { maxRequestsPerSecond: 1 });
      await create("narrow", "alpha", ["ingest"], { maxBytesPerSecond: 1000 });
      await create("main", "default", ["read"]);
      await create("alpha-silent-key", "alpha", ["ingest"]);
    },
  });
  for (const project of ["alpha", "beta"]) await sendEverything(project);
  for (const project of ["alpha", "beta"]) await untilStored(project);
  for (const project of ["alpha", "beta"]) await leaveTraces(project);
}, 60_000);
afterAll(() => test.close());

const traceIds: Record<string, string> = { alpha: "a".repeat(32), beta: "b".repeat(32) };
const spanIds: Record<string, string> = { alpha: "a".repeat(16), beta: "b".repeat(16) };

/** A model call whose every text names its project. */
function traces(project: string): object {
  const endNs = BigInt(Date.now() - 2000) * 1_000_000n;
  const attributes = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": `${project}-model`,
    "gen_ai.provider.name": `${project}-provider`,
    "gen_ai.usage.input_tokens": "10",
    "gen_ai.input.messages": JSON.stringify([
      { role: "user", parts: [{ type: "text", content: `${project} asks` }] },
    ]),
    "user.id": `${project}-user`,
    "session.id": `${project}-session`,
    [`${project}.attribute`]: "1",
  };
  const span = {
    traceId: traceIds[project],
    spanId: spanIds[project],
    name: `chat ${project}`,
    startTimeUnixNano: String(endNs - 1_000_000_000n),
    endTimeUnixNano: String(endNs),
    attributes: toAttributes(attributes),
  };
  return { resourceSpans: [{ resource: resource(project), scopeSpans: [{ spans: [span] }] }] };
}

function logs(project: string): object {
  const record = { timeUnixNano: nowNs(), body: { stringValue: `${project} says` }, severityNumber: 9 };
  return { resourceLogs: [{ resource: resource(project), scopeLogs: [{ logRecords: [record] }] }] };
}

function metrics(project: string): object {
  const dataPoints = [
    { timeUnixNano: nowNs(), asDouble: 1, attributes: toAttributes({ team: `${project}-team` }) },
  ];
  const metric = { name: `${project}_gauge`, gauge: { dataPoints } };
  return { resourceMetrics: [{ resource: resource(project), scopeMetrics: [{ metrics: [metric] }] }] };
}

const nowNs = (): string => String(BigInt(Date.now() - 2000) * 1_000_000n);
const resource = (project: string): object => ({
  attributes: toAttributes({
    "service.name": `${project}-service`,
    "deployment.environment.name": `${project}-env`,
  }),
});
const toAttributes = (values: Record<string, string>): object[] =>
  Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));

async function sendEverything(project: string): Promise<void> {
  const text = keys[project] ?? "";
  const bodies = { traces: traces(project), logs: logs(project), metrics: metrics(project) };
  for (const [signal, body] of Object.entries(bodies)) {
    const response = await fetch(`${test.server.url}/v1/${signal}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": text },
      body: JSON.stringify(body),
    });
    expect([signal, response.status, await response.text()]).toEqual([signal, 200, "{}"]);
  }
}

async function untilStored(project: string): Promise<void> {
  const stored = async (): Promise<number[]> => {
    const ingest = await ask(project, "/api/ingest");
    const accounts = JSON.parse(ingest.text) as Record<string, { stored: number }>;
    return ["traces", "logs", "metrics"].map((signal) => accounts[signal]?.stored ?? 0);
  };
  await vi.waitFor(async () => expect(await stored()).toEqual([1, 1, 1]), { timeout: 20_000, interval: 20 });
}

/** What the API keeps beside telemetry: a score, a key of its own and the audit entry of having made it. */
async function leaveTraces(project: string): Promise<void> {
  const headers = { "content-type": "application/json", "x-api-key": keys[project] ?? "" };
  for (const [path, body] of [
    ["/api/scores", { name: `${project}-score`, value: 1, traceId: traceIds[project] }],
    ["/api/keys", { name: `${project}-second`, scopes: ["read"] }],
  ] as const) {
    const made = await fetch(`${test.server.url}${path}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    expect(made.status).toBe(201);
  }
  await vi.waitFor(
    async () => expect((await ask(project, "/api/scores")).text).toContain(`${project}-score`),
    { timeout: 20_000, interval: 20 },
  );
}

interface Answered {
  readonly status: number;
  readonly text: string;
}

async function ask(key: string | null, path: string, method = "GET"): Promise<Answered> {
  const response = await fetch(`${test.server.url}${path}`, {
    method,
    redirect: "manual",
    headers: key === null ? {} : { authorization: `Bearer ${keys[key]}` },
  });
  return { status: response.status, text: await response.text() };
}

/** Every path the doors of a project know, as the router lists them. */
function listRoutes(): { method: string; path: string }[] {
  const rooms = {
    live: createLiveFeeds(""),
    intake: { signals: {}, bodies: {} },
    access: {},
    alerting: { desk: {} },
    seriesKeeping: { open: () => ({}) },
    costs: {},
    traces: {},
  };
  // The default project's doors are the most there are.
  const { routes } = createDoors(rooms as unknown as Rooms, "default");
  const listed = routes.filter(({ path }) => !path.includes("*"));
  return [...new Map(listed.map(({ method, path }) => [`${method} ${path}`, { method, path }])).values()];
}

interface Operation {
  readonly method: string;
  readonly path: string;
  /** Names of what can be asked in the query string. */
  readonly parameters: readonly string[];
}

/** Every operation of the document that describes the API. */
function listOperations(): Operation[] {
  const { paths } = renderOpenApi("0") as { paths: Record<string, Record<string, OpenApiOperation>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [] }]) => ({
      method: method.toUpperCase(),
      path,
      parameters: parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name),
    })),
  );
}

interface OpenApiOperation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
}

/** A path of the document as the router writes it. */
const toRoutePath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ":$1");

const open = new Set(["/healthz", "/readyz", "/.well-known/health"]);
/** Answered the same to everyone who may read. */
const common = [
  "/api/openapi.json",
  "/api/health",
  "/prometheus/api/v1/status/buildinfo",
  "/prometheus/-/healthy",
  "/prometheus/-/ready",
];
const selectors = [
  '{__name__=~"alpha_gauge|llm_requests_total"}',
  "sum by (service, user_id, model) (llm_requests_total)",
];

/** A route's path with the first project's ids in it, once per question worth asking there. */
function fill(path: string): string[] {
  const filled = path
    .replaceAll(":traceId", traceIds["alpha"] ?? "")
    .replaceAll(":spanId", spanIds["alpha"] ?? "")
    .replace(/\/label\/:name(\{[^}]*\})?/, "/label/service")
    .replace(/:service\b/, "alpha-service")
    .replaceAll(/:\w+(\{[^}]*\})?/g, "any");
  if (path.startsWith("/jaeger/")) return [`${filled}?service=alpha-service&lookback=1h`];
  if (!path.startsWith("/prometheus/api/v1/")) return [filled];
  const now = Math.floor(Date.now() / 1000);
  return selectors.map((query) => {
    const times = { start: String(now - 600), end: String(now + 60), step: "30" };
    const match = selectors[0] ?? "";
    return `${filled}?${new URLSearchParams({ ...times, query, "match[]": match, metric: "alpha_gauge" })}`;
  });
}

describe("the document that describes the API", () => {
  // What the SDKs of other products call lies below /api too, and is described by those.
  const foreign = /^\/api\/(public|v1|is-alive)(\/|$)/;
  const anyNames = (path: string): string => toRoutePath(path).replaceAll(/:\w+(\{[^}]*\})?/g, ":any");

  it("has every route there is, and no other", () => {
    const routes = listRoutes()
      .filter(({ method, path }) => path.startsWith("/api/") && method !== "ALL" && !foreign.test(path))
      .filter(({ path }) => path !== "/api/openapi.json")
      .map(({ method, path }) => `${method} ${anyNames(path)}`);
    const described = listOperations()
      .filter(({ path }) => path.startsWith("/api/"))
      .map(({ method, path }) => `${method} ${anyNames(path)}`);
    expect(described.toSorted()).toEqual(routes.toSorted());
  });
});

/** What the first project could be asked for, by the names of parameters. */
function foreignValue(name: string): string {
  const values: Record<string, string> = {
    traceId: traceIds["alpha"] ?? "",
    spanId: spanIds["alpha"] ?? "",
    service: "alpha-service",
    scope: "alpha",
    model: "alpha-model",
    provider: "alpha-provider",
    environment: "alpha-env",
    user: "alpha-user",
    session: "alpha-session",
    name: "alpha-score",
    q: "asks",
    from: new Date(Date.now() - 3_600_000).toISOString(),
    to: new Date(Date.now() + 60_000).toISOString(),
    groupBy: "model",
    step: "1m",
    limit: "100",
    content: "all",
  };
  return values[name] ?? "";
}

describe("every operation of that document that reads", () => {
  const reads = listOperations().filter(
    ({ method, path }) => findNeed(method, path).kind === "scope" && method === "GET",
  );
  const asked = (operation: Operation): string[] => {
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => foreignValue(name) || "any");
    const all = operation.parameters.map((name): [string, string] => [name, foreignValue(name)]);
    const given = all.filter(([, value]) => value !== "");
    const range = given.filter(([name]) => name === "from" || name === "to");
    const ways = given.map(([name, value]) => [...range, [name, value]]);
    return [path, ...[...ways, given].map((way) => `${path}?${new URLSearchParams(way)}`)];
  };

  it.each(reads)("$path says nothing of another project, whatever it is asked", async (operation) => {
    for (const path of asked(operation)) {
      const { status, text } = await ask("beta", path);
      expect(status, `${path} ${text}`).not.toBe(500);
      expect([403, 429], path).not.toContain(status);
      expect(text, path).not.toMatch(/alpha/);
    }
  });

  it("shows to a project what is its own", async () => {
    const shown = new Set<string>();
    for (const operation of reads) {
      for (const path of asked(operation)) {
        if (shown.has(operation.path)) break;
        const { status, text } = await ask("alpha", path);
        if (status === 200 && text.includes("alpha")) shown.add(operation.path);
      }
    }
    expect([...shown].toSorted()).toEqual([
      "/api/audit",
      "/api/ingest",
      "/api/keys",
      "/api/logs",
      "/api/logs/facets",
      "/api/overview",
      "/api/prices/unpriced",
      "/api/scores",
      "/api/services",
      "/api/traces",
      "/api/traces/facets",
      "/api/traces/{traceId}",
      "/api/traces/{traceId}/spans/{spanId}",
      "/api/unmapped",
    ]);
  });
});

describe("every read endpoint", () => {
  const reads = listRoutes().filter(
    ({ method, path }) =>
      (method === "GET" || (method === "POST" && path.startsWith("/prometheus/api/v1/query"))) &&
      !open.has(path) &&
      path !== "/metrics",
  );

  it("is known to this test", () => {
    const paths = reads.map(({ path }) => path);
    for (const path of [
      "/api/traces",
      "/api/ingest",
      "/api/live",
      "/prometheus/api/v1/query",
      "/prometheus/api/v1/series",
    ]) {
      expect(paths).toContain(path);
    }
  });

  it.each(reads)(
    "$method $path is shut without a key and with one that may only send",
    async ({ method, path }) => {
      for (const filled of fill(path)) {
        expect((await ask(null, filled, method)).status).toBe(401);
        const need = findNeed(method, path);
        if (need.kind !== "scope" || !need.anyOf.includes("ingest")) {
          expect((await ask("sender", filled, method)).status).toBe(403);
        }
      }
    },
  );

  it.each(reads.filter(({ path }) => !common.includes(path)))(
    "$method $path shows nothing of another project",
    async ({ method, path }) => {
      for (const filled of fill(path)) {
        const foreign = await ask("beta", filled, method);
        expect(foreign.status, foreign.text).not.toBe(500);
        // What it was asked for it may name.
        expect(foreign.text.replaceAll(/alpha-service(?=\/operations)/g, "")).not.toMatch(/alpha(?!_gauge)/);
      }
    },
  );

  it("shows what there is to the project itself", async () => {
    const shown = new Set<string>();
    for (const { method, path } of reads) {
      for (const filled of fill(path)) {
        const { status, text } = await ask("alpha", filled, method);
        if (status === 200 && text.includes("alpha-")) shown.add(path);
      }
    }
    for (const path of [
      "/api/traces",
      "/api/traces/facets",
      "/api/traces/:traceId",
      "/api/traces/:traceId/spans/:spanId",
      "/api/services",
      "/prometheus/api/v1/query",
      "/prometheus/api/v1/query_range",
      "/prometheus/api/v1/series",
      "/jaeger/api/services",
      "/jaeger/api/traces",
      "/jaeger/api/traces/:traceId",
    ]) {
      expect([...shown]).toContain(path);
    }
  });

  it("does not tell a project that another one was sent something", async () => {
    const cursor = (await ask("beta", "/api/live")).text;
    await sendEverything("alpha");
    const counts = async (): Promise<string> => (await ask("alpha", "/api/ingest")).text;
    await expect
      .poll(counts, { timeout: 20_000, interval: 20 })
      .toMatch(/"inSpool":0.*"inSpool":0.*"inSpool":0/);
    expect((await ask("beta", "/api/live")).text).toBe(cursor);
    const ingest = JSON.parse((await ask("beta", "/api/ingest")).text) as { traces: object };
    expect(ingest.traces).toMatchObject({ received: 1, stored: 1 });
  });
});

describe("every endpoint that changes something", () => {
  /** Its address is a permission, told to whoever asked with a key that may send. */
  const addressed = "/api/public/media-upload/:ticket";
  const asking = /^\/(prometheus|jaeger|mcp)\/|^\/api\/alerts\/(backtest|check)$/;
  const writes = listRoutes().filter(
    ({ method, path }) =>
      !["GET", "HEAD", "OPTIONS", "ALL"].includes(method) &&
      path !== addressed &&
      (!asking.test(path) || path === "/prometheus/api/v1/write"),
  );

  it("is known to this test", () => {
    const paths = writes.map(({ path }) => path);
    for (const path of ["/v1/traces", "/prometheus/api/v1/write", "/api/alerts/silences"]) {
      expect(paths).toContain(path);
    }
  });

  it.each(writes)(
    "$method $path is shut without a key and with one that may only read",
    async ({ method, path }) => {
      for (const filled of fill(path)) {
        expect((await ask(null, filled, method)).status).toBe(401);
        expect((await ask("main", filled, method)).status).toBe(403);
      }
    },
  );
});

describe("an address for an upload", () => {
  const bytes = Buffer.from("89504e47", "hex");
  const announced = {
    traceId: "c".repeat(32),
    observationId: "c".repeat(16),
    contentType: "image/png",
    contentLength: bytes.length,
    sha256Hash: createHash("sha256").update(bytes).digest("base64"),
    field: "input",
  };

  it("takes what was announced without a key, for the project that asked, and nothing where nobody asked", async () => {
    expect((await ask(null, "/api/public/media-upload/any.any", "PUT")).status).toBe(403);
    const answer = await fetch(`${test.server.url}/api/public/media`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${keys["beta"]}` },
      body: JSON.stringify(announced),
    });
    const { uploadUrl } = (await answer.json()) as { uploadUrl: string };
    expect((await fetch(uploadUrl, { method: "PUT", body: bytes })).status).toBe(200);
    const uploaded = async (project: string): Promise<boolean> =>
      (await ask(project, "/api/logs?event=gen_ai.content.media")).text.includes("gen_ai.content.media");
    await expect.poll(() => uploaded("beta"), { timeout: 20_000 }).toBe(true);
    expect([await uploaded("alpha"), await uploaded("main")]).toEqual([false, false]);
  });
});

describe("the doors", () => {
  it("show no page to programs, to strangers as little as to those they know", async () => {
    expect((await ask(null, "/sessions")).status).toBe(401);
    expect((await ask("beta", "/sessions")).status).toBe(404);
    const html = { accept: "text/html" };
    const page = await fetch(`${test.server.url}/traces`, { headers: html, redirect: "manual" });
    expect(page.status).toBe(303);
  });

  it("that are open answer without a key", async () => {
    for (const path of open) expect((await ask(null, path)).status).toBe(200);
  });

  it("show the server's own metrics to the default project, with what was refused and why", async () => {
    expect((await ask(null, "/metrics")).status).toBe(401);
    expect((await ask("alpha", "/metrics")).status).toBe(403);
    const { status, text } = await ask("main", "/metrics");
    expect(status).toBe(200);
    expect(text).toMatch(/spanlight_requests_refused_total\{project="",reason="unauthenticated"\} [1-9]/);
    expect(text).toMatch(/spanlight_requests_refused_total\{project="alpha",reason="forbidden"\} [1-9]/);
    expect(text).toMatch(/spanlight_key_requests_total\{project="alpha",key="[a-z2-7]{12}"\} [1-9]/);
    expect(text).toMatch(/spanlight_key_bytes_total\{project="beta",key="[a-z2-7]{12}"\} [1-9]/);
  });

  it("name as counters the metrics that only grow, and no others", async () => {
    const { text } = await ask("main", "/metrics");
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", type]) => ({ name, type }));
    expect(types.length).toBeGreaterThan(20);
    for (const { name, type } of types.filter((metric) => metric.type !== "histogram"))
      expect([name, type]).toEqual([name, name.endsWith("_total") ? "counter" : "gauge"]);
    expect(text).toMatch(/^spanlight_spool_items\{signal="traces"\} \d+$/m);
    expect(text).toMatch(
      /^spanlight_key_spool_items\{project="alpha",key="[a-z2-7]{12}",signal="traces"\} \d+$/m,
    );
  });

  it("refuse an export in OTLP's own words", async () => {
    const response = await fetch(`${test.server.url}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(traces("alpha")),
    });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe("Bearer");
    expect(await response.json()).toMatchObject({
      code: 16,
      message: expect.stringContaining("unauthenticated"),
    });
  });

  it("answer 429 with Retry-After past a key's limit, and count it", async () => {
    const ask429 = async (): Promise<Response> =>
      fetch(`${test.server.url}/api/services`, { headers: { "x-api-key": keys["slow"] ?? "" } });
    const answers = [await ask429(), await ask429(), await ask429(), await ask429()];
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers.get("retry-after")).toBe("1");
    expect(await refused?.json()).toMatchObject({ status: 429, code: "rate_limited" });
    const ingest = JSON.parse((await ask("alpha", "/api/ingest")).text) as { refusedRequests: object };
    expect(ingest.refusedRequests).toMatchObject({ rate_limited: expect.any(Number) });
  });

  it("count the bytes of a body that comes in chunks of any number", async () => {
    const send = (): Promise<Response> =>
      fetch(`${test.server.url}/v1/logs`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-api-key": keys["narrow"] ?? "" },
        body: new Blob([JSON.stringify(logs("alpha")), " ".repeat(20_000)]).stream(),
        duplex: "half",
      } as RequestInit);
    expect((await send()).status).toBe(200);
    const refused = await send();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(9);
    expect(await refused.json()).toMatchObject({ message: expect.stringContaining("byte_limited") });
  });

  it("take a key from gRPC metadata and refuse a call without one", async () => {
    const client = new Client(`127.0.0.1:${test.server.grpcPort}`, credentials.createInsecure());
    const call = (headers: Record<string, string>): Promise<number> =>
      new Promise((resolve) => {
        const metadata = new Metadata();
        for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
        client.makeUnaryRequest(
          "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
          (bytes: Buffer) => bytes,
          (bytes: Buffer) => bytes,
          encodeJsonTraces(Buffer.from(JSON.stringify(traces("beta")))),
          metadata,
          (error) => resolve(error?.code ?? 0),
        );
      });
    expect(await call({})).toBe(16);
    expect(await call({ authorization: "Bearer nonsense" })).toBe(16);
    expect(await call({ authorization: `Bearer ${keys["main"]}` })).toBe(7);
    expect(await call({ authorization: `Bearer ${keys["beta"]}` })).toBe(0);
    expect(await call({ "x-api-key": keys["beta"] ?? "" })).toBe(0);
    client.close();
  });

  it("never write a key to the log", () => {
    for (const key of Object.values(keys)) expect(test.logged.join("\n")).not.toContain(key.slice(17));
  });
});

describe("a browser", () => {
  const html = { accept: "text/html" };

  it("without a session is sent to sign in, and keeps where it wanted to go", async () => {
    const response = await fetch(`${test.server.url}/traces?model=x`, { headers: html, redirect: "manual" });
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("/login?next=%2Ftraces%3Fmodel%3Dx");
    expect(await (await fetch(`${test.server.url}/login?next=%2Ftraces`)).text()).toContain(
      'value="/traces"',
    );
  });

  it("signs in with a key that may read, asks with its session, and signs out", async () => {
    const signIn = (key: string, next: string): Promise<Response> =>
      fetch(`${test.server.url}/login`, {
        method: "POST",
        body: new URLSearchParams({ key, next }),
        redirect: "manual",
      });
    expect((await signIn("nonsense", "/")).status).toBe(401);
    expect((await signIn(keys["sender"] ?? "", "/")).status).toBe(401);
    expect((await signIn(keys["beta"] ?? "", "//evil.example")).headers.get("location")).toBe("/");
    const response = await signIn(keys["beta"] ?? "", "/traces");
    expect([response.status, response.headers.get("location")]).toEqual([303, "/traces"]);
    const set = response.headers.get("set-cookie") ?? "";
    expect(set).toMatch(/^spanlight_session=[\w-]{43}; .*HttpOnly; SameSite=Lax$/);
    const cookie = set.split(";", 1)[0] ?? "";
    const list = await fetch(`${test.server.url}/api/traces`, { headers: { cookie } });
    expect(await list.text()).toContain("beta-service");
    const session = await fetch(`${test.server.url}/api/session`, { headers: { cookie } });
    expect(await session.json()).toEqual({
      session: {
        keyId: keys["beta"]?.split("_")[1],
        keyName: "beta",
        project: "beta",
        scopes: ["ingest", "read", "admin"],
      },
    });
    const out = await fetch(`${test.server.url}/logout`, {
      method: "POST",
      headers: { cookie },
      redirect: "manual",
    });
    expect(out.headers.get("set-cookie")).toContain("Max-Age=0");
    expect([out.status, out.headers.get("location")]).toEqual([303, "/login?signed-out"]);
    const page = await (await fetch(`${test.server.url}/login?signed-out`)).text();
    expect(page).toContain('<p role="status">You are signed out.</p>');
    expect(await (await fetch(`${test.server.url}/login`)).text()).not.toContain("signed out");
    expect((await fetch(`${test.server.url}/api/traces`, { headers: { cookie } })).status).toBe(401);
  });

  it("without a session is told so, whichever key it asks with, and of a session in another project nothing", async () => {
    const askSession = async (headers: Record<string, string>): Promise<unknown> =>
      (await fetch(`${test.server.url}/api/session`, { headers })).json();
    const withKey = { "x-api-key": keys["alpha"] ?? "" };
    expect(await askSession(withKey)).toEqual({ session: null });
    const signedIn = await fetch(`${test.server.url}/login`, {
      method: "POST",
      body: new URLSearchParams({ key: keys["beta"] ?? "" }),
      redirect: "manual",
    });
    const cookie = signedIn.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
    expect(await askSession({ cookie })).toMatchObject({ session: { project: "beta" } });
    expect(await askSession({ ...withKey, cookie })).toEqual({ session: null });
  });

  it("is signed in and out by the server's own pages alone", async () => {
    const send = (path: string, headers: Record<string, string>): Promise<number> =>
      fetch(`${test.server.url}${path}`, {
        method: "POST",
        headers,
        body: new URLSearchParams({ key: keys["beta"] ?? "" }),
        redirect: "manual",
      }).then(({ status }) => status);
    for (const path of ["/login", "/logout"]) {
      for (const headers of [
        { "sec-fetch-site": "cross-site" },
        { origin: "https://evil.example" },
        { origin: "null" },
      ]) {
        expect([path, headers, await send(path, headers)]).toEqual([path, headers, 403]);
      }
      expect([path, await send(path, { origin: test.server.url })]).toEqual([path, 303]);
      expect([path, await send(path, {})]).toEqual([path, 303]);
    }
  });

  it("that has no key yet makes the server read no more than a key takes", async () => {
    const text = `key=${"x".repeat(20_000)}`;
    const pieces = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode(text));
      },
    });
    const chunked = { body: pieces, duplex: "half" } as RequestInit;
    for (const sent of [{ body: text }, chunked]) {
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const answer = await fetch(`${test.server.url}/login`, { method: "POST", headers, ...sent });
      expect(answer.status).toBe(413);
    }
  });
});
