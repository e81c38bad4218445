import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKey, revokeKey, type NewKey } from "./change-keys.ts";
import type { Caller } from "./identify.ts";
import { readKeyFile } from "./key-file.ts";
import { keyFilePath, openAccess, type Access, type AccessOptions } from "./open-access.ts";
import { findNeed } from "./routes.ts";

const wanted: NewKey = {
  name: "checkout",
  project: "shop",
  scopes: ["ingest", "read"],
  maxRequestsPerSecond: null,
  maxBytesPerSecond: null,
};

let directory: string;
let now: number;
let reports: unknown[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "spanlight-keys-"));
  now = Date.UTC(2026, 10, 21);
  reports = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

const open = (options: Partial<AccessOptions> = {}): Access =>
  openAccess({
    directory,
    keysPath: keyFilePath(directory),
    host: "0.0.0.0",
    isBehindProxy: false,
    isKeyRequired: false,
    environmentKey: undefined,
    defaultLimits: { maxRequestsPerSecond: null, maxBytesPerSecond: null },
    now: () => now,
    report: (error) => reports.push(error),
    ...options,
  });

const create = async (key: Partial<NewKey> = {}): Promise<{ id: string; text: string }> => {
  const { key: made, text } = await createKey(keyFilePath(directory), { ...wanted, ...key }, now);
  return { id: made.id, text };
};

function admit(
  access: Access,
  headers: Record<string, string>,
  request: { method?: string; path?: string; bytes?: number } = {},
): Caller {
  const { method = "GET", path = "/api/traces", bytes = 0 } = request;
  return access.gate.admit({
    header: (name) => headers[name],
    need: findNeed(method, path),
    isWrite: method !== "GET",
    bytes,
  });
}

const bearer = (text: string): Record<string, string> => ({ authorization: `Bearer ${text}` });
const basic = (user: string, password: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
});
const failsWith = (code: string): unknown => expect.objectContaining({ code });

describe("a start", () => {
  it("is refused outside loopback without a key, in one sentence that says what to do", () => {
    expect(() => open()).toThrow(failsWith("key_missing"));
    expect(() => open()).toThrow(/0\.0\.0\.0 .*spanlight keys create.*SPANLIGHT_BEHIND_PROXY=on/);
  });

  it.each(["127.0.0.1", "127.8.0.1", "localhost", "::1", "[::1]"])("on %s needs no key", (host) => {
    const access = open({ host });
    expect(admit(access, {})).toMatchObject({ project: "default", key: null });
    expect(admit(access, bearer("anything"))).toMatchObject({ project: "default" });
  });

  it.each(["127.0.0.1.example.com", "192.168.0.7", "::", "example.com"])("on %s needs one", (host) => {
    expect(() => open({ host })).toThrow(failsWith("key_missing"));
  });

  it("needs a key on loopback where one is asked for", () => {
    expect(() => open({ host: "127.0.0.1", isKeyRequired: true })).toThrow(/SPANLIGHT_KEYS_REQUIRED/);
  });

  it("behind a proxy is open until there is a key, and stays shut when the last one is revoked", async () => {
    const access = open({ isBehindProxy: true });
    expect(admit(access, {})).toMatchObject({ project: "default" });
    const { id, text } = await create();
    now += 1000;
    expect(() => admit(access, {})).toThrow(failsWith("unauthenticated"));
    expect(admit(access, bearer(text))).toMatchObject({ project: "shop" });
    await revokeKey(keyFilePath(directory), id, now);
    now += 1000;
    expect(() => admit(access, {})).toThrow(failsWith("unauthenticated"));
    expect(() => admit(access, bearer(text))).toThrow(failsWith("unauthenticated"));
  });
});

describe("without a key on loopback", () => {
  const local = { host: "localhost:4318" };

  it.each([
    "localhost:4318",
    "127.0.0.1:4318",
    "[::1]:4318",
    "spanlight",
    "host.docker.internal",
    "app.localhost:80",
  ])("the name %s is answered", (host) => {
    expect(admit(open({ host: "127.0.0.1" }), { host })).toMatchObject({ project: "default" });
  });

  it("a name that anybody may point at this machine is not, unless a proxy decides", async () => {
    const access = open({ host: "127.0.0.1" });
    expect(() => admit(access, { host: "evil.example" })).toThrow(
      /not as evil\.example.*SPANLIGHT_BEHIND_PROXY/,
    );
    expect(admit(open({ host: "127.0.0.1", isBehindProxy: true }), { host: "spans.example" }).key).toBeNull();
    const { text } = await create();
    now += 1000;
    expect(admit(access, { host: "spans.example", ...bearer(text) })).toMatchObject({ project: "shop" });
  });

  it("a page of another site changes nothing where a proxy lets its visitor through either", () => {
    const access = open({ host: "127.0.0.1", isBehindProxy: true });
    const page = { host: "10.0.0.7:4318", origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    const change = { method: "POST", path: "/api/reprice" };
    expect(() => admit(access, page, change)).toThrow(failsWith("forbidden"));
    expect(admit(access, page).key).toBeNull();
    const own = { ...page, origin: "https://spans.example", "sec-fetch-site": "same-origin" };
    expect(admit(access, own, change).key).toBeNull();
    expect(admit(access, { host: "10.0.0.7:4318" }, change).key).toBeNull();
  });

  it("a page of another site changes nothing, programs and the server's own pages do", () => {
    const access = open({ host: "127.0.0.1" });
    const change = { method: "POST", path: "/api/alerts/silences" };
    admit(access, local, change);
    admit(access, { ...local, origin: "http://localhost:4318", "sec-fetch-site": "same-origin" }, change);
    admit(access, { ...local, origin: "http://localhost:4318" }, change);
    const foreign = { ...local, origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    expect(() => admit(access, foreign, change)).toThrow(failsWith("forbidden"));
    expect(() => admit(access, { ...local, origin: "null" }, change)).toThrow(failsWith("forbidden"));
  });
});

describe("a key", () => {
  it("is taken as Bearer, bare, in the SDKs' own headers, and from either half of Basic", async () => {
    const { text } = await create();
    const access = open();
    const offers = [
      bearer(text),
      { authorization: `bearer  ${text}` },
      { authorization: text },
      { "x-api-key": text },
      { api_key: text },
      basic("pk-lf-anything", text),
      basic(text, ""),
    ];
    for (const headers of offers) expect(admit(access, headers)).toMatchObject({ project: "shop" });
  });

  it("is refused without, unknown, changed in one character, or with another's secret", async () => {
    const { text } = await create();
    const other = await create();
    const access = open();
    const last = text.at(-1) === "A" ? "B" : "A";
    const mixed = `${text.slice(0, 17)}${other.text.slice(17)}`;
    for (const offer of [
      "",
      "nonsense",
      `${text.slice(0, -1)}${last}`,
      mixed,
      text.slice(0, -1),
      `${text}A`,
    ]) {
      expect(() => admit(access, bearer(offer))).toThrow(failsWith("unauthenticated"));
    }
    expect(access.gate.refusals().get("")).toEqual({ unauthenticated: 6 });
  });

  it("that was revoked is refused on loopback too", async () => {
    const { id, text } = await create();
    const access = open({ host: "127.0.0.1" });
    await revokeKey(keyFilePath(directory), id, now);
    now += 1000;
    expect(() => admit(access, bearer(text))).toThrow(failsWith("unauthenticated"));
    expect(admit(access, {})).toMatchObject({ project: "default" });
  });

  it("made or revoked while the server runs counts a second later", async () => {
    const first = await create();
    const access = open();
    const second = await create({ project: "other" });
    await revokeKey(keyFilePath(directory), first.id, now);
    now += 1000;
    expect(admit(access, bearer(second.text))).toMatchObject({ project: "other" });
    expect(() => admit(access, bearer(first.text))).toThrow(failsWith("unauthenticated"));
  });

  it("lies in the file as a hash, for its owner's eyes alone", async () => {
    const { id, text } = await create();
    const file = keyFilePath(directory);
    expect(readFileSync(file, "utf8")).not.toContain(text.slice(17));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readKeyFile(file)).toMatchObject([{ id, project: "shop", scopes: ["ingest", "read"] }]);
  });

  it("from the environment has every scope of the default project", () => {
    const access = open({ environmentKey: "sixteen characters" });
    expect(
      admit(access, bearer("sixteen characters"), { method: "POST", path: "/api/silences" }),
    ).toMatchObject({
      project: "default",
    });
    expect(() => admit(access, bearer("sixteen character"))).toThrow(failsWith("unauthenticated"));
  });

  it.each(["Shop", "a b", "", "../x", "a".repeat(64)])(
    "of a project named %o is refused",
    async (project) => {
      await expect(create({ project })).rejects.toMatchObject({ code: "key_file" });
    },
  );

  it("may do what its scopes say and nothing else", async () => {
    const send = await create({ scopes: ["ingest"] });
    const look = await create({ scopes: ["read"] });
    const change = await create({ scopes: ["admin"] });
    const access = open();
    const allowed = (text: string, method: string, path: string): boolean => {
      try {
        admit(access, bearer(text), { method, path });
        return true;
      } catch (error) {
        expect(error).toMatchObject({ code: "forbidden" });
        return false;
      }
    };
    const asked = [
      ["POST", "/v1/traces"],
      ["POST", "/api/public/ingestion"],
      ["POST", "/prometheus/api/v1/write"],
      ["GET", "/api/traces"],
      ["POST", "/prometheus/api/v1/query"],
      ["POST", "/api/silences"],
      ["DELETE", "/nowhere"],
    ] as const;
    const table = asked.map(([method, path]) =>
      [send, look, change].map(({ text }) => allowed(text, method, path)),
    );
    const [ingest, read, admin] = [
      [true, false, false],
      [false, true, false],
      [false, false, true],
    ];
    expect(table).toEqual([ingest, ingest, ingest, read, read, admin, admin]);
  });

  it("of another project than the default one does not read the server's own metrics", async () => {
    const { text } = await create();
    const own = await create({ project: "default" });
    const access = open();
    expect(() => admit(access, bearer(text), { path: "/metrics" })).toThrow(failsWith("forbidden"));
    expect(admit(access, bearer(own.text), { path: "/metrics" })).toMatchObject({ project: "default" });
  });

  it("of nobody but the data directory's owner is the operator's", async () => {
    const { text } = await create({ project: "default", scopes: ["ingest", "read", "admin"] });
    const access = open();
    const path = "/api/operator/backup";
    expect(() => admit(access, bearer(text), { method: "POST", path })).toThrow(failsWith("forbidden"));
    expect(admit(access, bearer(access.operatorToken), { method: "POST", path })).toMatchObject({
      isOperator: true,
    });
  });
});

describe("limits", () => {
  it("of requests refuse what is past them and say when to try again", async () => {
    const { text } = await create({ maxRequestsPerSecond: 2 });
    const access = open();
    for (let count = 0; count < 4; count += 1) admit(access, bearer(text));
    expect(() => admit(access, bearer(text))).toThrow(
      expect.objectContaining({ code: "rate_limited", retryAfterSeconds: 1 }),
    );
    now += 1000;
    admit(access, bearer(text));
    admit(access, bearer(text));
    expect(() => admit(access, bearer(text))).toThrow(failsWith("rate_limited"));
    expect(access.gate.refusals().get("shop")).toEqual({ rate_limited: 2 });
  });

  it("of bytes let a large request through and wait off its debt, declared or not", async () => {
    const { text } = await create({ maxBytesPerSecond: 100 });
    const access = open();
    admit(access, bearer(text), { bytes: 1500 });
    expect(() => admit(access, bearer(text))).toThrow(
      expect.objectContaining({ code: "byte_limited", retryAfterSeconds: 6 }),
    );
    now += 6000;
    const caller = admit(access, bearer(text));
    access.gate.takeBytes(caller, 400);
    expect(() => admit(access, bearer(text))).toThrow(expect.objectContaining({ retryAfterSeconds: 4 }));
  });

  it("of the server hold for keys without their own, each for itself", async () => {
    const first = await create();
    const second = await create();
    const own = await create({ maxRequestsPerSecond: 100 });
    const access = open({ defaultLimits: { maxRequestsPerSecond: 0.5, maxBytesPerSecond: null } });
    admit(access, bearer(first.text));
    expect(() => admit(access, bearer(first.text))).toThrow(
      expect.objectContaining({ retryAfterSeconds: 2 }),
    );
    admit(access, bearer(second.text));
    for (let count = 0; count < 50; count += 1) admit(access, bearer(own.text));
  });
});

describe("a signed-in browser", () => {
  it("is its key, across a restart, until the key is revoked or it signs out", async () => {
    const { id } = await create();
    const token = open().sessions.start(id);
    const access = open();
    const cookie = { cookie: `theme=dark; spanlight_session=${token}` };
    expect(admit(access, cookie)).toMatchObject({ project: "shop" });
    expect(readFileSync(join(directory, "sessions.json"), "utf8")).not.toContain(token);
    const other = access.sessions.start(id);
    access.sessions.end(other);
    expect(() => admit(access, { cookie: `spanlight_session=${other}` })).toThrow(
      failsWith("unauthenticated"),
    );
    await revokeKey(keyFilePath(directory), id, now);
    now += 1000;
    expect(() => admit(access, cookie)).toThrow(failsWith("unauthenticated"));
  });

  it("is signed out after thirty days", async () => {
    const { id } = await create();
    const access = open();
    const cookie = { cookie: `spanlight_session=${access.sessions.start(id)}` };
    now += 30 * 86_400_000 - 1;
    admit(access, cookie);
    now += 1;
    expect(() => admit(access, cookie)).toThrow(failsWith("unauthenticated"));
  });

  it("changes something only from the server's own pages", async () => {
    const { id } = await create({ scopes: ["read", "admin"] });
    const access = open();
    const cookie = `spanlight_session=${access.sessions.start(id)}`;
    const change = { method: "POST", path: "/api/silences" };
    const own = { cookie, host: "spanlight.example", origin: "https://spanlight.example" };
    admit(access, own, change);
    admit(access, { cookie, "sec-fetch-site": "same-origin" }, change);
    for (const foreign of [
      { cookie },
      { ...own, origin: "https://evil.example" },
      { ...own, "sec-fetch-site": "cross-site" },
    ]) {
      expect(() => admit(access, foreign, change)).toThrow(failsWith("forbidden"));
    }
  });
});

describe("the file of keys", () => {
  it("changed by many at once keeps every change", async () => {
    const made = await Promise.all(Array.from({ length: 8 }, (_, index) => create({ name: `key ${index}` })));
    const kept = readKeyFile(keyFilePath(directory)).map(({ id }) => id);
    expect(kept.toSorted()).toEqual(made.map(({ id }) => id).toSorted());
  });

  it("that becomes unusable leaves the keys read before in force and is reported", async () => {
    const { text } = await create();
    const access = open();
    writeFileSync(keyFilePath(directory), "{");
    now += 1000;
    expect(admit(access, bearer(text))).toMatchObject({ project: "shop" });
    expect(reports).toHaveLength(1);
    expect(() => open()).toThrow(failsWith("key_file"));
  });

  it("names a key that it does not have", async () => {
    await expect(revokeKey(keyFilePath(directory), "nobody", now)).rejects.toThrow(/no key "nobody"/);
  });
});
