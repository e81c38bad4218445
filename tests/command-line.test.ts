import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launcher, runNode, startServerProcess, type Ended } from "./server-process.ts";

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "spanlight-cli-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const run = (args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  runNode([launcher, ...args], {
    env: {
      SPANLIGHT_DATA: join(directory, "data"),
      SPANLIGHT_GRPC_PORT: "0",
      SPANLIGHT_LOG_LEVEL: "error",
      ...env,
    },
  });

/** One sentence on stderr, nothing on stdout, exit code 1. */
function expectSentence(ended: Ended, ...parts: (string | RegExp)[]): void {
  expect(ended.code).toBe(1);
  expect(ended.stdout).toBe("");
  expect(ended.stderr.trim().split("\n")).toHaveLength(1);
  for (const part of parts) expect(ended.stderr).toMatch(part);
}

describe("spanlight", () => {
  it("tells its version and how it is used", async () => {
    expect(await run(["--version"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    const help = await run(["--help"]);
    expect([help.code, help.stderr]).toEqual([0, ""]);
    for (const word of ["serve", "--port", "--data", "SPANLIGHT_PORT", "4318"])
      expect(help.stdout).toContain(word);
  });

  it("says in one sentence that the port is in use", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as AddressInfo;
    expectSentence(await run(["--port", String(port)]), `Port ${port}`, "in use", "--port");
    taken.close();
  });

  it.each(["--port", "--grpc-port"])("says nothing else when the port of %s is in use", async (option) => {
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as AddressInfo;
    const ended = await run(["--port", "0", option, String(port)], { SPANLIGHT_LOG_LEVEL: "info" });
    expectSentence(ended, `Port ${port}`, "in use", option);
    taken.close();
  });

  it("says in one sentence that the data directory cannot be written", async () => {
    writeFileSync(join(directory, "file"), "");
    expectSentence(
      await run(["--port", "0", "--data", join(directory, "file", "data")]),
      "cannot write",
      join(directory, "file"),
    );
  });

  it.runIf(process.platform === "linux")(
    "says in one sentence that a data directory cannot be made below /proc",
    async () => {
      expectSentence(await run(["--port", "0", "--data", "/proc/spanlight/data"]), "cannot write", "/proc");
      expectSentence(await run(["migrate", "--data", "/proc/spanlight"]), "cannot write", "/proc");
      expectSentence(await run(["keys", "create", "--data", "/proc/spanlight"]), "cannot write", "/proc");
      expectSentence(
        await run(["keys", "create"], { SPANLIGHT_KEYS_FILE: "/proc/spanlight/keys.json" }),
        "keys cannot be made",
        "/proc",
      );
      mkdirSync(join(directory, "data", "store"), { recursive: true });
      expectSentence(await run(["backup", "/proc/spanlight/backup"]), "cannot write a backup", "/proc");
    },
  );

  it("does not call it a backup when there is nothing where the data should be", async () => {
    const [backup, data] = [join(directory, "backup"), join(directory, "mistyped")];
    expectSentence(await run(["backup", backup, "--data", data]), "no data directory", data, "--data");
    expect([existsSync(backup), existsSync(data)]).toEqual([false, false]);
  });

  it("says in one sentence which process has the data directory", async () => {
    const server = await startServerProcess();
    expectSentence(await run(["--port", "0", "--data", server.directory]), server.directory, "in use");
    expect(await server.stop()).toBe(0);
  });

  it("says in one sentence that Node is too old", async () => {
    const preload = join(directory, "old-node.cjs");
    writeFileSync(
      preload,
      'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.4" } });',
    );
    expectSentence(await runNode(["--require", preload, launcher]), "20.19", "18.20.4");
  });

  it.skipIf(process.platform !== "linux")(
    "says in one sentence that too few files may be open, how many it needs and how to raise the limit",
    async () => {
      const starting = (files: number): Promise<Ended> =>
        new Promise((resolve, reject) => {
          const command = `ulimit -n ${files}; exec "$0" "$1" --version`;
          execFile("bash", ["-c", command, process.execPath, launcher], (error, stdout, stderr) => {
            if (error !== null && typeof error.code !== "number") reject(error);
            else resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
          });
        });
      for (const files of [64, 160, 319])
        expectSentence(await starting(files), `${files} files`, "320", "ulimit -n 4096", "LimitNOFILE");
      expect(await starting(320)).toMatchObject({ code: 0, stderr: "" });
    },
  );

  it.each([
    [["--port", "99999"], {}, "SPANLIGHT_PORT"],
    [["--port", "many"], {}, "SPANLIGHT_PORT"],
    [["--port", "many"], {}, '"many" is not a number'],
    [["--port", "many"], {}, "--port"],
    [["--port", "-1"], {}, "--port"],
    [["--prot", "1"], {}, "--prot"],
    [["keys", "create", "--prot"], {}, "--prot"],
    [["sevre"], {}, 'no command "sevre"'],
    [[], { SPANLIGHT_MAX_BODY_BYTES: "-1" }, "SPANLIGHT_MAX_BODY_BYTES"],
    [[], { SPANLIGHT_CONFIG: "/nowhere/spanlight.yaml" }, "/nowhere/spanlight.yaml"],
  ])("refuses %o with %o in one sentence", async (args, env, part) => {
    expectSentence(await run(args, env), part);
  });

  it("reads spanlight.yaml, and names a setting that does not exist", async () => {
    const file = join(directory, "spanlight.yaml");
    writeFileSync(file, "prot: 1\n");
    expectSentence(await run([], { SPANLIGHT_CONFIG: file }), "prot");
    writeFileSync(file, "port: [1\n");
    expectSentence(await run([], { SPANLIGHT_CONFIG: file }), file, "line 2");
  });
});
