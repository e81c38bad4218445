// Projects made over the API while the server runs: what their first key may do, what it does not see, and who may make one.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  auditListSchema,
  createdProjectSchema,
  newProjectSchema,
  projectListSchema,
  type AuditEntry,
  type CreatedProject,
} from "@spanlight/contract";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createKey } from "../keys/change-keys.ts";
import { keyFilePath, openAccess } from "../keys/open-access.ts";
import { createProjectsDesk } from "./projects-desk.ts";
import { startTestServer, type TestServer } from "./server.fixture.ts";

const limits = { maxRequestsPerSecond: null, maxBytesPerSecond: null };
const server = "key-of-the-environment";
let test: TestServer;
/** Administrators of a project that is not the default one. */
let shop: string;

beforeAll(async () => {
  test = await startTestServer({
    environment: { SPANLIGHT_KEYS_REQUIRED: "on", SPANLIGHT_API_KEY: server },
    async prepare(directory) {
      const scopes = ["ingest" as const, "read" as const, "admin" as const];
      const wanted = { name: "admin", project: "shop", scopes, ...limits };
      shop = (await createKey(keyFilePath(directory), wanted, Date.now())).text;
    },
  });
}, 60_000);
afterAll(() => test.close());

interface Answered {
  readonly status: number;
  readonly body: unknown;
}

async function ask(key: string, path: string, sent?: unknown): Promise<Answered> {
  const response = await fetch(`${test.server.url}${path}`, {
    method: sent === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text };
}

async function create(wanted: object): Promise<CreatedProject> {
  const { status, body } = await ask(server, "/api/projects", wanted);
  expect([status, body]).toEqual([201, expect.anything()]);
  return createdProjectSchema.strict().parse(body);
}

async function listAudit(key: string): Promise<AuditEntry[]> {
  return auditListSchema.parse((await ask(key, "/api/audit")).body).items;
}

function traces(name: string): object {
  const endNs = BigInt(Date.now() - 1000) * 1_000_000n;
  const times = { startTimeUnixNano: String(endNs - 1_000_000n), endTimeUnixNano: String(endNs) };
  const span = { traceId: "d".repeat(32), spanId: "d".repeat(16), name, ...times };
  return { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] };
}

describe("a project made over the API", () => {
  it("comes with a key that sends to it, reads it, makes its other keys, and sees nothing else", async () => {
    const made = await create({ name: "checkout", keyName: "gateway" });
    expect(made).toMatchObject({
      name: "checkout",
      keysInForce: 1,
      key: { project: "checkout", name: "gateway", scopes: ["ingest", "read", "admin"] },
    });
    const { key } = made.key;
    expect((await ask(shop, "/v1/traces", traces("work of shop"))).status).toBe(200);
    expect((await ask(key, "/v1/traces", traces("work of checkout"))).status).toBe(200);
    const readTrace = async (by: string): Promise<string> =>
      JSON.stringify((await ask(by, `/api/traces/${"d".repeat(32)}`)).body);
    await vi.waitFor(async () => expect(await readTrace(key)).toContain("work of checkout"), 20_000);
    await vi.waitFor(async () => expect(await readTrace(shop)).toContain("work of shop"), 20_000);
    expect(await readTrace(key)).not.toContain("shop");
    expect(await readTrace(shop)).not.toContain("checkout");
    expect((await ask(server, `/api/traces/${"d".repeat(32)}`)).status).toBe(404);
    expect((await ask(key, "/api/keys", { scopes: ["read"] })).status).toBe(201);
  });

  it("is in the server's audit log and its own, with its key's id and never its text", async () => {
    const { key } = await create({ name: "billing", scopes: ["admin"] });
    const [entry] = await listAudit(server);
    expect(entry).toMatchObject({
      action: "project.create",
      target: "billing",
      actor: { keyId: "environment" },
      detail: { keyId: key.id, scopes: ["admin"] },
    });
    expect(await listAudit(key.key)).toMatchObject([{ action: "key.create", target: key.id }]);
    const told = JSON.stringify([await listAudit(server), (await ask(server, "/api/projects")).body]);
    expect(told + test.logged.join("\n")).not.toContain(key.key.slice(17));
  });

  it("is listed with the others, in the order in which they were made", async () => {
    await create({ name: "last" });
    const { items } = projectListSchema.strict().parse((await ask(server, "/api/projects")).body);
    expect(items.map(({ name }) => name).slice(0, 2)).toEqual(["default", "shop"]);
    expect(items[0]).toEqual({ name: "default", createdAt: null, keysInForce: 1 });
    expect(items.at(-1)).toMatchObject({ name: "last", keysInForce: 1 });
  });

  it("is made once, however many ask for it at a time", async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => ask(server, "/api/projects", { name: "raced" })),
    );
    const count = (wanted: number): number => answers.filter(({ status }) => status === wanted).length;
    expect([count(201), count(409)]).toEqual([1, 4]);
  });

  it.each(["shop", "default"])("is not made where there is one of that name: %s", async (name) => {
    const before = await listAudit(server);
    expect(await ask(server, "/api/projects", { name })).toMatchObject({
      status: 409,
      body: { code: "project_exists" },
    });
    expect(await listAudit(server)).toEqual(before);
  });

  it.each([
    [{ name: "Shop" }, "name"],
    [{ name: "../shop" }, "name"],
    [{ name: "-shop" }, "name"],
    [{ name: "a".repeat(64) }, "name"],
    [{}, "name"],
    [{ name: "fine", scopes: [] }, "scopes"],
    [{ name: "fine", scopes: ["owner"] }, "scopes"],
    [{ name: "fine", project: "shop" }, "project"],
  ])("is not made of %j", async (wanted, named) => {
    expect(await ask(server, "/api/projects", wanted)).toMatchObject({
      status: 400,
      body: { code: "bad_parameter", detail: expect.stringContaining(named) },
    });
  });

  it("is nothing that another project's administrators list or make", async () => {
    expect((await ask(shop, "/api/projects")).status).toBe(404);
    expect((await ask(shop, "/api/projects", { name: "mine" })).status).toBe(404);
    expect(JSON.stringify((await ask(server, "/api/projects")).body)).not.toContain("mine");
  });
});

it("behind a proxy that lets everybody in, no other project's key may be the first one", async () => {
  const directory = mkdtempSync(join(tmpdir(), "spanlight-projects-desk-"));
  try {
    const access = openAccess({
      directory,
      keysPath: keyFilePath(directory),
      host: "127.0.0.1",
      isBehindProxy: true,
      isKeyRequired: false,
      environmentKey: undefined,
      defaultLimits: limits,
      now: Date.now,
      report: () => undefined,
    });
    const desk = createProjectsDesk({ ...access, path: access.keysPath, now: Date.now });
    const wanted = newProjectSchema.parse({ name: "shop" });
    await expect(desk.create(wanted)).rejects.toMatchObject({ code: "first_key_must_administer" });
    const scopes = ["read" as const, "admin" as const];
    await createKey(access.keysPath, { name: "", project: "default", scopes, ...limits }, Date.now());
    access.keyring.reload();
    expect(await desk.create(wanted)).toMatchObject({ name: "shop", keysInForce: 1 });
  } finally {
    rmSync(directory, { recursive: true });
  }
});
