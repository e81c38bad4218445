import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startHttpProvider, type HttpProvider } from "../testing/http-provider.ts";
import { startOtlpReceiver, type OtlpReceiver } from "../testing/otlp-receiver.ts";
import { runApp } from "../testing/run-app.ts";

describe("an application started with --import @spanlight/sdk/register", () => {
  let provider: HttpProvider;
  let receiver: OtlpReceiver;
  let env: Record<string, string>;

  beforeEach(async () => {
    provider = await startHttpProvider();
    receiver = await startOtlpReceiver();
    env = {
      OPENAI_BASE_URL: provider.baseUrl,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_SERVICE_NAME: "registered",
      // Longer than any of these processes lives: what arrives was flushed at the end.
      OTEL_BSP_SCHEDULE_DELAY: "600000",
    };
  });
  afterEach(async () => {
    await provider.close();
    await receiver.close();
  });

  test.each(["esm-app.mjs", "esm7-app.mjs"])("%s is traced without a line of its own", async (app) => {
    const run = await runApp(app, { env, registered: true });
    expect(run).toMatchObject({ code: 0, stdout: "Paris.\n", stderr: "" });
    expect(receiver.traceRequests()[0]?.resource["service.name"]).toBe("registered");
    const [span] = receiver.spans();
    expect(receiver.spans()).toHaveLength(1);
    expect(span?.attributes).toMatchObject({
      "gen_ai.usage.input_tokens": 120,
      "server.address": "127.0.0.1",
      "server.port": provider.port,
    });
  });

  test.each(["run-tools-app.mjs", "run-tools-app.cjs"])(
    "the tool loops of openai 4 are traced, %s",
    async (app) => {
      const file = fileURLToPath(new URL(`../../../tests/older-clients/${app}`, import.meta.url));
      // What openai 4 stands on is deprecated in newer versions of Node, which say so.
      const run = await runApp(file, { env, registered: true, nodeOptions: ["--no-deprecation"] });
      expect(run).toMatchObject({ code: 0, stdout: "Paris.\n", stderr: "" });
      const names = receiver.spans().map(({ name }) => name);
      expect(names.toSorted()).toEqual(["chat gpt-4o-mini", "invoke_agent runTools"]);
    },
  );

  test("CommonJS is traced too, both majors in one process", async () => {
    const run = await runApp("cjs-app.cjs", { env, registered: true });
    expect(run).toMatchObject({ code: 0, stdout: "Paris.Paris.", stderr: "" });
    const streams = receiver.spans().map(({ attributes }) => attributes["app.stream.end"]);
    expect(streams).toEqual(["completed", "completed"]);
  });

  test.each(["langchain-app.mjs", "langchain-app.cjs"])(
    "%s is traced too: chain, tool, and one span for the model call",
    async (app) => {
      const run = await runApp(app, { env, registered: true });
      expect(run).toMatchObject({ code: 0, stdout: "Paris.\n", stderr: "" });
      const spans = receiver.spans().toSorted((a, b) => (a.startNs < b.startNs ? -1 : 1));
      expect(spans.map(({ name }) => name)).toEqual([
        "invoke_workflow greeting",
        "invoke_workflow RunnableLambda",
        "execute_tool greet",
        "chat gpt-4o-mini",
      ]);
      expect(spans[3]?.attributes).toMatchObject({
        "server.port": provider.port,
        "gen_ai.usage.input_tokens": 120,
      });
    },
  );

  test("the Agents SDK is traced too: run, agent, and one span for the model call", async () => {
    const run = await runApp("agents-app.mjs", { env, registered: true });
    expect(run).toMatchObject({ code: 0, stdout: "Paris.\n" });
    const spans = receiver.spans().toSorted((a, b) => (a.startNs < b.startNs ? -1 : 1));
    expect(spans.map(({ name }) => name)).toEqual([
      "invoke_workflow Agent workflow",
      "invoke_agent greeter",
      "chat gpt-4o-mini",
    ]);
    expect(spans[2]?.parentSpanId).toBe(spans[1]?.spanId);
  });

  test("a stream of LangChain that nobody reads to its end is ended by the garbage collector", async () => {
    const run = await runApp("dropped-langchain-app.mjs", {
      env,
      registered: true,
      nodeOptions: ["--expose-gc"],
    });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(receiver.spans().map(({ attributes }) => attributes["app.stream.end"])).toEqual(["dropped"]);
  });

  test("streams that nobody reads to their end are ended by the garbage collector", async () => {
    const run = await runApp("dropped-stream-app.mjs", {
      env,
      registered: true,
      nodeOptions: ["--expose-gc"],
    });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    const ends = receiver.spans().map(({ attributes }) => attributes["app.stream.end"]);
    expect(ends).toEqual(["dropped", "dropped"]);
  });

  test.each(["ends", "is terminated"])("a stream that is open when the process %s is told", async (end) => {
    const isTerminated = end === "is terminated";
    const run = await runApp("held-stream-app.mjs", {
      env: { ...env, WAITS: String(isTerminated) },
      registered: true,
      onOutput: (child, text) => {
        if (isTerminated && text.includes("ready")) child.kill("SIGTERM");
      },
    });
    expect(run).toMatchObject({ stdout: "ready\n", stderr: "" });
    expect(receiver.spans().map(({ attributes }) => attributes["app.stream.end"])).toEqual(["dropped"]);
  });

  test("SIGTERM flushes and then ends the process as it would have", async () => {
    const run = await runApp("waiting-app.mjs", {
      env,
      registered: true,
      onOutput: (child, text) => {
        if (text.includes("ready")) child.kill("SIGTERM");
      },
    });
    expect(run).toMatchObject({ code: null, signal: "SIGTERM" });
    expect(receiver.spans()).toHaveLength(1);
  });

  test("a server that is not there costs the application a warning, not its result", async () => {
    await receiver.close();
    const run = await runApp("esm-app.mjs", { env, registered: true });
    expect(run).toMatchObject({ code: 0, stdout: "Paris.\n" });
  });

  test("OTEL_SDK_DISABLED leaves the application as it is", async () => {
    const run = await runApp("esm-app.mjs", { env: { ...env, OTEL_SDK_DISABLED: "true" }, registered: true });
    expect(run).toMatchObject({ code: 0, stdout: "Paris.\n", stderr: "" });
    expect(receiver.requests).toEqual([]);
  });
});
