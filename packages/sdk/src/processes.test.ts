import { spawn } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startHttpProvider, type HttpProvider } from "../testing/http-provider.ts";
import { startOtlpReceiver, type OtlpReceiver } from "../testing/otlp-receiver.ts";
import { runApp } from "../testing/run-app.ts";

describe("in processes of their own", () => {
  let provider: HttpProvider;
  let receiver: OtlpReceiver;
  let env: Record<string, string>;
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "spanlight-processes-"));
    const packages = fileURLToPath(new URL("../../../node_modules", import.meta.url));
    await symlink(packages, join(directory, "node_modules"));
    provider = await startHttpProvider();
    receiver = await startOtlpReceiver();
    env = {
      OPENAI_BASE_URL: provider.baseUrl,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      // Longer than any of these processes lives: what arrives was flushed at the end.
      OTEL_BSP_SCHEDULE_DELAY: "600000",
    };
  });
  afterEach(async () => {
    await provider.close();
    await receiver.close();
    await rm(directory, { recursive: true });
  });

  test("worker threads are traced like the main one", async () => {
    // Workers get the --import of their process; tsx, which runs the sources, does not reach into them.
    const register = await bundle("../src/register.ts");
    const run = await runNode(["--import", register, appFile("worker-app.mjs")], env);
    expect(run).toEqual({ code: 0, output: "" });
    const models = receiver.spans().map(({ attributes }) => String(attributes["gen_ai.request.model"]));
    expect(models.toSorted((a, b) => a.localeCompare(b))).toEqual(["gpt-main", "gpt-worker"]);
  });

  test.each([true, false])(
    "started twice and wrapped twice (registered: %s), each call is one span",
    async (registered) => {
      const run = await runApp("initialised-app.mjs", { env, registered });
      expect(run).toMatchObject({ code: 0, stdout: "true", stderr: "" });
      expect(receiver.spans()).toHaveLength(1);
    },
  );

  test("process.exit() right after shutdown() loses nothing", async () => {
    const run = await runApp("exiting-app.mjs", { env, registered: false });
    expect(run).toMatchObject({ code: 3, stderr: "" });
    expect(receiver.spans()).toHaveLength(1);
  });

  test("metrics and log records are pushed once at the end of a process that just ends", async () => {
    const run = await runApp("esm-app.mjs", {
      env: { ...env, OTEL_METRICS_EXPORTER: "otlp", OTEL_LOGS_EXPORTER: "otlp" },
      registered: true,
    });
    expect(run).toMatchObject({ code: 0, stdout: "Paris.\n", stderr: "" });
    expect(receiver.requests.map(({ path }) => path).toSorted((a, b) => a.localeCompare(b))).toEqual([
      "/v1/logs",
      "/v1/metrics",
      "/v1/traces",
    ]);
  });

  test("SPANLIGHT_DESTINATIONS sends to presets without a line of code, beside the endpoint that is named", async () => {
    const run = await runApp("esm-app.mjs", {
      env: {
        ...env,
        SPANLIGHT_DESTINATIONS: "phoenix",
        PHOENIX_COLLECTOR_ENDPOINT: `${receiver.url}/phoenix`,
      },
      registered: true,
    });
    expect(run).toMatchObject({ code: 0, stdout: "Paris.\n", stderr: "" });
    expect(receiver.requests.map(({ path }) => path).toSorted((a, b) => a.localeCompare(b))).toEqual([
      "/phoenix/v1/traces",
      "/v1/traces",
    ]);
  });

  test("an address that is none keeps no application from starting", async () => {
    const run = await runApp("esm-app.mjs", {
      env: { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: "nonsense" },
      registered: true,
    });
    expect(run).toMatchObject({ code: 0, stdout: "Paris.\n" });
    expect(run.stderr).toContain('"nonsense" is not a URL');
  });

  test("two copies of the SDK in one process, one of them bundled, are one", async () => {
    const app = await bundle("../testing/apps/initialised-app.mjs");
    const run = await runApp(app, { env, registered: true });
    expect(run).toMatchObject({ code: 0, stdout: "true", stderr: "" });
    expect(receiver.spans()).toHaveLength(1);
  });

  test("decorated methods are spans, as tsx compiles them", async () => {
    const run = await runApp("decorated-app.ts", { env, registered: false });
    expect(run).toMatchObject({ code: 0, stdout: "Hello, WHY 2 count 1", stderr: "" });
    expectDecorated();
  });

  test("decorated methods are spans, as esbuild lowers them into one file", async () => {
    const run = await runNode([await bundle("../testing/apps/decorated-app.ts")], env);
    expect(run).toEqual({ code: 0, output: "Hello, WHY 2 count 1" });
    expectDecorated();
  });

  /** One file of everything but the client, whose package has to be found from where the file lies. */
  async function bundle(entry: string): Promise<string> {
    const outfile = join(directory, `${basename(entry).replace(/\.\w+$/, "")}.mjs`);
    await build({
      entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
      bundle: true,
      platform: "node",
      target: "es2022",
      format: "esm",
      outfile,
      external: ["openai"],
      conditions: ["@spanlight/source"],
      logLevel: "silent",
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
    });
    return outfile;
  }

  function expectDecorated(): void {
    const [agent, search, count] = receiver.spans().toSorted((a, b) => (a.startNs < b.startNs ? -1 : 1));
    expect([agent?.name, search?.name, count?.name]).toEqual([
      "invoke_agent support",
      "retrieval search",
      "count",
    ]);
    expect(search?.parentSpanId).toBe(agent?.spanId);
    expect(count?.parentSpanId).toBe("");
  }
});

const appFile = (name: string): string => fileURLToPath(new URL(`../testing/apps/${name}`, import.meta.url));

/** Runs Node without anything between it and the files. */
function runNode(
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => {
      output += data.toString();
    });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}
