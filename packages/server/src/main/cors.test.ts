// What browsers ask before a page of another site may send telemetry, and what they are told.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSettings } from "../config/config.ts";
import { createKey } from "../keys/change-keys.ts";
import { keyFilePath } from "../keys/open-access.ts";
import { startTestServer, type TestServer } from "./server.fixture.ts";

const shop = "https://shop.example";
let closed: TestServer;
let open: TestServer;
let keyed: TestServer;
let key: string;

beforeAll(async () => {
  const SPANLIGHT_CORS_ORIGINS = `${shop}, http://localhost:5173`;
  closed = await startTestServer();
  open = await startTestServer({ environment: { SPANLIGHT_CORS_ORIGINS } });
  keyed = await startTestServer({
    environment: { SPANLIGHT_CORS_ORIGINS, SPANLIGHT_KEYS_REQUIRED: "on" },
    async prepare(directory) {
      const limits = { maxRequestsPerSecond: 0.001, maxBytesPerSecond: null };
      const wanted = {
        name: "page",
        project: "shop",
        scopes: ["ingest" as const, "read" as const],
        ...limits,
      };
      key = (await createKey(keyFilePath(directory), wanted, Date.now())).text;
    },
  });
}, 60_000);
afterAll(() => Promise.all([closed, open, keyed].map((server) => server.close())));

const preflight = ({ server }: TestServer, path: string, origin: string, more = {}): Promise<Response> =>
  fetch(`${server.url}${path}`, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type,x-api-key",
      ...more,
    },
  });

const send = ({ server }: TestServer, origin: string, more = {}): Promise<Response> =>
  fetch(`${server.url}/v1/traces`, {
    method: "POST",
    headers: { origin, "content-type": "application/json", "sec-fetch-site": "cross-site", ...more },
    body: "{}",
  });

const allowed = ({ headers }: Response): string | null => headers.get("access-control-allow-origin");

describe("a page of an allowed origin", () => {
  it.each(["/v1/traces", "/v1/metrics", "/v1/logs", "/api/public/otel/v1/traces"])(
    "may send to %s",
    async (path) => {
      const answer = await preflight(open, path, shop);
      expect(answer.status).toBe(204);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        "access-control-allow-origin": shop,
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "content-type,x-api-key",
        "access-control-allow-credentials": "true",
        vary: expect.stringContaining("origin"),
      });
    },
  );

  it("may read what became of its request", async () => {
    const sent = await send(open, shop);
    expect([sent.status, allowed(sent), sent.headers.get("vary")]).toEqual([200, shop, "origin"]);
    expect(allowed(await send(open, "http://localhost:5173"))).toBe("http://localhost:5173");
    const wrong = await send(open, shop, { "content-type": "text/plain" });
    expect([wrong.status, allowed(wrong)]).toEqual([415, shop]);
  });

  it("is asked for a key where one is needed, not before it asks, and reads when to come again", async () => {
    expect((await preflight(keyed, "/v1/traces", shop)).status).toBe(204);
    const stranger = await send(keyed, shop);
    expect([stranger.status, allowed(stranger)]).toEqual([401, shop]);
    expect((await send(keyed, shop, { "x-api-key": key })).status).toBe(200);
    const later = await send(keyed, shop, { "x-api-key": key });
    expect([later.status, allowed(later)]).toEqual([429, shop]);
    expect(later.headers.get("access-control-expose-headers")).toBe("retry-after");
    expect(Number(later.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  it("is not taken for whoever is signed in here", async () => {
    const { headers } = await fetch(`${keyed.server.url}/login`, {
      method: "POST",
      body: new URLSearchParams({ key }),
      redirect: "manual",
    });
    const cookie = headers.get("set-cookie")!.split(";")[0]!;
    expect((await send(keyed, shop, { cookie, "sec-fetch-site": "same-site" })).status).toBe(401);
  });

  it.each(["/api/overview", "/api/scores", "/prometheus/api/v1/write", "/login", "/api/keys", "/runs"])(
    "may do nothing at %s",
    async (path) => {
      const answer = await preflight(open, path, shop);
      expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    },
  );

  it("on the public network is let through to a server on this machine", async () => {
    const answer = await preflight(open, "/v1/traces", shop, {
      "access-control-request-private-network": "true",
    });
    expect(answer.headers.get("access-control-allow-private-network")).toBe("true");
  });
});

describe("a page of any other origin", () => {
  it.each([
    ["where some are allowed", () => open, "https://shop.example.evil.example"],
    ["by another scheme", () => open, "http://shop.example"],
    ["of no origin", () => open, "null"],
    ["where none is allowed", () => closed, shop],
  ])("may neither ask nor send: %s", async (_name, server, origin) => {
    const asked = await preflight(server(), "/v1/traces", origin);
    expect([asked.ok, allowed(asked)]).toEqual([false, null]);
    const sent = await send(server(), origin);
    expect([sent.status, allowed(sent)]).toEqual([403, null]);
  });
});

describe("SPANLIGHT_CORS_ORIGINS", () => {
  const read = (text: string): readonly string[] =>
    readSettings({ environment: { SPANLIGHT_CORS_ORIGINS: text }, flags: {} }).cors_origins;

  it("is a list of origins, or all", () => {
    expect(read("")).toEqual([]);
    expect(read("*")).toEqual(["*"]);
    expect(read(" https://a.example ,http://localhost:5173,")).toEqual([
      "https://a.example",
      "http://localhost:5173",
    ]);
  });

  it.each(["https://a.example/", "a.example", "null", "https://*.a.example", "https://a.example/app"])(
    "takes nothing else, and says what it wants: %s",
    (text) => {
      expect(() => read(text)).toThrow(/SPANLIGHT_CORS_ORIGINS .*such as https:/);
    },
  );
});
