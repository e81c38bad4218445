// Whoever writes a path in another way than the usual one gets no further by it: requests as no browser and no SDK sends them.
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKey } from "../keys/change-keys.ts";
import type { Scope } from "../keys/key.ts";
import { keyFilePath } from "../keys/open-access.ts";
import { startTestServer, type TestServer } from "./server.fixture.ts";

let test: TestServer;
const keys = { ingest: "", read: "", stranger: "", other: "" };

beforeAll(async () => {
  test = await startTestServer({
    environment: { SPANLIGHT_KEYS_REQUIRED: "on" },
    async prepare(directory) {
      const limits = { maxRequestsPerSecond: null, maxBytesPerSecond: null };
      const make = async (project: string, scopes: Scope[]): Promise<string> => {
        const wanted = { name: scopes.join(), project, scopes, ...limits };
        return (await createKey(keyFilePath(directory), wanted, Date.now())).text;
      };
      keys.ingest = await make("default", ["ingest"]);
      keys.read = await make("default", ["read"]);
      keys.other = await make("other", ["ingest", "read", "admin"]);
    },
  });
}, 60_000);
afterAll(() => test.close());

/** Sends the path as it is written: `fetch` would tidy it. */
function send(key: keyof typeof keys, method: string, path: string): Promise<number> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (keys[key] !== "") headers["authorization"] = `Bearer ${keys[key]}`;
  const { port } = test.server;
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    sent.on("error", reject);
    sent.end(method === "GET" ? "" : '{"name":"mine","scopes":["ingest","read","admin"]}');
  });
}

const escapeLetter = (path: string): string =>
  path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`);

/** The path behind segments that lead elsewhere and back. */
const disguise = (path: string, before: string): string[] => [
  `${before}/..${path}`,
  `${before}/%2e%2e${path}`,
  `${before}/.%2E${path}`,
  `${before}/x/../..${path}`,
  `http://localhost${before}/..${path}`,
  `${before}/../%2e${path}`,
  `${before}/..${escapeLetter(path)}`,
  escapeLetter(path),
];

describe("a path that leads elsewhere and back", () => {
  it.each(disguise("/api/keys", "/v1"))(
    "lets a key that may only send make no key: POST %s",
    async (path) => {
      expect(await send("ingest", "POST", path)).toBe(403);
    },
  );

  it.each(disguise("/api/keys", "/prometheus"))(
    "lets a key that may only read make no key: POST %s",
    async (path) => {
      expect(await send("read", "POST", path)).toBe(403);
    },
  );

  it.each(disguise("/api/audit", "/traces"))(
    "shows no administration to a key that may only read: GET %s",
    async (path) => {
      expect(await send("read", "GET", path)).toBe(403);
    },
  );

  it.each(disguise("/api/traces", "/info"))(
    "shows nothing to a key that may only send: GET %s",
    async (path) => {
      expect(await send("ingest", "GET", path)).toBe(403);
    },
  );

  it.each(disguise("/metrics", "/traces"))(
    "shows the server's own metrics to no other project: GET %s",
    async (path) => {
      expect([403, 404]).toContain(await send("other", "GET", path));
    },
  );

  it.each(disguise("/api/traces", "/healthz"))(
    "shows nothing to whoever has no key: GET %s",
    async (path) => {
      expect(await send("stranger", "GET", path)).toBe(401);
    },
  );

  it("gets to the same door as the path written plainly", async () => {
    expect(await send("read", "GET", "/x/../api/traces")).toBe(200);
    expect(await send("read", "GET", "/%61pi/./traces")).toBe(200);
    expect(await send("ingest", "POST", "/x/../v1/%74races")).toBe(200);
  });

  it("may have no backslash: some read it as a slash", async () => {
    expect(await send("stranger", "PUT", "/api/public/media-upload/..\\..\\..\\api\\keys")).toBe(400);
  });
});
