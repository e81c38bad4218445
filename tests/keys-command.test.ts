// Keys, the schema and migrations by the command line, beside a server that runs.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launcher, runNode, startServerProcess, type Ended } from "./server-process.ts";

let data: string;

beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), "spanlight-keys-"));
});
afterAll(() => rmSync(data, { recursive: true, force: true }));

const run = (args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  runNode([launcher, ...args], { env: { SPANLIGHT_DATA: data, SPANLIGHT_LOG_LEVEL: "error", ...env } });

describe("spanlight keys", () => {
  it("is what a server outside loopback asks for in one sentence", async () => {
    const ended = await run(["--host", "0.0.0.0", "--port", "0"]);
    expect([ended.code, ended.stdout]).toEqual([1, ""]);
    expect(ended.stderr.trim().split("\n")).toHaveLength(1);
    expect(ended.stderr).toMatch(/there is no API key.*spanlight keys create.*SPANLIGHT_BEHIND_PROXY/);
  });

  it("makes, lists and revokes keys while the server runs, which follows within five seconds", async () => {
    const made = await run(["keys", "create", "--scopes", "read", "--name", "dashboards"]);
    const key = made.stdout.trim();
    expect([made.code, key]).toEqual([0, expect.stringMatching(/^spk_[a-z2-7]{12}_[\w-]{43}$/)]);
    const server = await startServerProcess({ SPANLIGHT_DATA: data, SPANLIGHT_HOST: "0.0.0.0" });
    const ask = async (text: string): Promise<number> =>
      (await fetch(`${server.url}/api/traces`, { headers: { authorization: `Bearer ${text}` } })).status;
    try {
      expect(await ask("nonsense")).toBe(401);
      expect(await ask(key)).toBe(200);
      const second = (await run(["keys", "create", "--project", "shop", "--json"])).stdout;
      const other = JSON.parse(second) as { id: string; key: string; project: string; hash?: string };
      expect(other).toMatchObject({ project: "shop", scopes: ["ingest", "read"] });
      expect(other.hash).toBeUndefined();
      await expect.poll(() => ask(other.key), { timeout: 5000 }).toBe(200);
      const list = await run(["keys", "list"]);
      expect(list.stdout).toMatch(/default +read .* in force +dashboards\n/);
      expect(list.stdout + readFileSync(join(data, "keys.json"), "utf8")).not.toContain(key.slice(17));
      const changed = await run([
        "keys",
        "change",
        other.id,
        "--name",
        "till",
        "--max-bytes-per-second",
        "9",
      ]);
      expect([changed.code, changed.stdout]).toEqual([0, `${other.id} of the project shop is changed\n`]);
      const kept = JSON.parse((await run(["keys", "list", "--json"])).stdout) as unknown[];
      expect(kept).toContainEqual(
        expect.objectContaining({
          id: other.id,
          name: "till",
          maxRequestsPerSecond: null,
          maxBytesPerSecond: 9,
        }),
      );
      expect((await run(["keys", "revoke", other.id])).stdout).toContain("is revoked");
      await expect.poll(() => ask(other.key), { timeout: 5000 }).toBe(401);
      expect(await ask(key)).toBe(200);
      const audit = await run(["audit", "--json"]);
      expect(JSON.parse(audit.stdout)).toMatchObject([
        {
          action: "key.create",
          project: "default",
          actor: { kind: "owner" },
          detail: { name: "dashboards" },
        },
        { action: "key.create", project: "shop", target: other.id },
        { action: "key.change", target: other.id, detail: { name: "till", maxBytesPerSecond: 9 } },
        { action: "key.revoke", project: "shop", target: other.id },
      ]);
      expect((await run(["audit", "--project", "shop", "--limit", "1"])).stdout).toMatch(
        /^time +project +who +what +detail\n\S+Z +shop +owner.* +key\.revoke \S+ +\{.*\}\n$/,
      );
      const answer = await run(["promql", "vector(1)", "--url", server.url], { SPANLIGHT_API_KEY: key });
      expect([answer.code, answer.stdout]).toEqual([0, expect.stringContaining("1 @")]);
    } finally {
      await server.stop();
    }
  }, 120_000);

  it.each([
    [["keys"], /Use: spanlight keys create/],
    [["keys", "revoke", "nobody"], /no key "nobody"/],
    [["keys", "change", "nobody"], /Use: spanlight keys create/],
    [["keys", "change", "nobody", "--name", "x"], /no key "nobody"/],
    [["keys", "create", "--scopes", "write"], /--scopes takes ingest, read, admin/],
    [["keys", "create", "--project", "No"], /no name of a project/],
    [["keys", "create", "--max-bytes-per-second", "0"], /above 0/],
    [["audit", "--limit", "no"], /--limit takes a whole number above 0/],
  ])("refuses %o in one sentence", async (args, sentence) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

describe("the schema", () => {
  it("is printed as SQL for one server and for a cluster", async () => {
    const one = (await run(["schema"])).stdout;
    expect(one).toContain("CREATE TABLE IF NOT EXISTS spans\n");
    expect(one).not.toContain("Replicated");
    const cluster = (await run(["schema", "--cluster", "main", "--database", "traces"])).stdout;
    expect(cluster).toContain("CREATE DATABASE IF NOT EXISTS traces ON CLUSTER 'main';");
    expect(cluster).toContain("CREATE TABLE IF NOT EXISTS traces.spans_local ON CLUSTER 'main'");
    expect(cluster).toContain("ENGINE = Distributed('main', 'traces', 'spans_local', rand());");
  });

  it("is brought to this version by migrate, once", async () => {
    const own = { SPANLIGHT_DATA: join(data, "new") };
    expect((await run(["migrate"], own)).stdout).toMatch(/^Applied 0001_spans, .*\.\n$/);
    expect(await run(["migrate"], own)).toEqual({
      code: 0,
      stdout: "The schema is this version's.\n",
      stderr: "",
    });
  }, 30_000);
});
