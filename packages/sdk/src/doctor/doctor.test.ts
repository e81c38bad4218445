import { spawn } from "node:child_process";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startHttpProvider, type HttpProvider } from "../../testing/http-provider.ts";
import { startOtlpReceiver, type OtlpReceiver } from "../../testing/otlp-receiver.ts";
import { examine } from "./examine.ts";
import type { Finding } from "./finding.ts";

let receiver: OtlpReceiver;
beforeEach(async () => {
  receiver = await startOtlpReceiver();
});
afterEach(() => receiver.close());

const look = (
  environment: Record<string, string>,
  now: () => number = Date.now,
): Promise<readonly Finding[]> =>
  examine({
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...environment },
    command: [],
    execArgv: [],
    nodeVersion: "20.20.2",
    timeoutMs: 1000,
    now,
  });
const failures = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ state }) => state === "failed");
const find = (findings: readonly Finding[], step: string): Finding | undefined =>
  findings.find((finding) => finding.step === step);

describe("the doctor, on the environment alone", () => {
  test("finds nothing where everything is right, having sent a probe through every signal", async () => {
    const findings = await look({ OTEL_SERVICE_NAME: "shop", OTEL_METRICS_EXPORTER: "otlp" });
    expect(failures(findings)).toEqual([]);
    expect(receiver.requests.map(({ path }) => path).toSorted((a, b) => a.localeCompare(b))).toEqual([
      "/v1/logs",
      "/v1/metrics",
      "/v1/traces",
    ]);
    expect(receiver.spans()[0]?.name).toBe("spanlight doctor");
    expect(find(findings, "settings")?.message).toBe("service shop, sends to otlp");
    expect(find(findings, "otlp clock")?.state).toBe("ok");
  });

  test("server down", async () => {
    const gone = await startOtlpReceiver();
    await gone.close();
    const findings = await look({ OTEL_EXPORTER_OTLP_ENDPOINT: gone.url });
    expect(find(findings, "otlp traces")).toMatchObject({ state: "failed" });
    expect(find(findings, "otlp traces")?.message).toMatch(/^nothing listens at 127\.0\.0\.1:\d+$/);
    expect(find(findings, "otlp traces")?.mend).toContain("start the server");
  });

  test.each([
    [401, "the key is missing or wrong", "SPANLIGHT_API_KEY"],
    [403, "may not write here", "right to write"],
    [404, "no OTLP endpoint at this path", "base address alone"],
    [415, "another protocol", "http/protobuf"],
    [500, "the server has a fault", "log of the server"],
    [301, "a redirect", "redirects to"],
  ])("an answer of %i says what is wrong and how it is mended", async (status, message, mend) => {
    receiver.answerWith({ status });
    const finding = find(await look({}), "otlp traces");
    expect(finding?.state).toBe("failed");
    expect(finding?.message).toContain(message);
    expect(finding?.mend).toContain(mend);
  });

  test("wrong protocol: a port that speaks gRPC", async () => {
    // What an HTTP/2 server sends to whoever connects: a SETTINGS frame.
    const grpc = createTcpServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", () => socket.end(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])));
    });
    await new Promise<void>((resolve) => grpc.listen(0, "127.0.0.1", resolve));
    const { port } = grpc.address() as AddressInfo;
    const findings = await look({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
    grpc.close();
    expect(find(findings, "otlp traces")?.message).toContain("does not speak HTTP/1.1: wrong protocol");
    expect(find(findings, "otlp traces")?.mend).toContain("4318 where gRPC has 4317");
  });

  test("wrong protocol: one the SDK does not send", async () => {
    const findings = await look({ OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" });
    expect(failures(findings)).toHaveLength(1);
    expect(failures(findings)[0]?.message).toContain("OTEL_EXPORTER_OTLP_PROTOCOL=grpc");
    expect(failures(findings)[0]?.mend).toContain("4318 where gRPC has 4317");
  });

  test("a web page where the endpoint should be", async () => {
    receiver.answerWith({ status: 200, body: Buffer.from("<!doctype html>") });
    expect(find(await look({}), "otlp traces")?.message).toContain("answered with a web page");
  });

  test("clock skew", async () => {
    const behind = await look({}, () => Date.now() - 90_000);
    expect(find(behind, "otlp clock")).toMatchObject({ state: "failed" });
    expect(find(behind, "otlp clock")?.message).toMatch(/^this clock is (89|90|91) s behind the server's$/);
    const ahead = await look({}, () => Date.now() + 90_000);
    expect(find(ahead, "otlp clock")?.message).toContain("ahead of");
  });

  test.each([
    [{ OTEL_TRACES_SAMPLER: "always_off" }, "sampling", "keeps no trace"],
    [{ OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0" }, "sampling", "keeps no trace"],
    [{ OTEL_SDK_DISABLED: "true" }, "settings", "OTEL_SDK_DISABLED is true"],
    [{ OTEL_TRACES_EXPORTER: "none" }, "settings", "OTEL_TRACES_EXPORTER is none"],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "nonsense" }, "settings", "is not a URL"],
    [{ SPANLIGHT_DESTINATIONS: "langfuse" }, "settings", "LANGFUSE_PUBLIC_KEY"],
  ])("%j", async (environment, step, message) => {
    const found = failures(await look(environment)).find((finding) => finding.message.includes(message));
    expect(found).toMatchObject({ step, state: "failed" });
    expect(found?.mend).not.toBe("");
  });

  test("half of the traces sampled out, and content that stays, are notes", async () => {
    const findings = await look({ OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.5" });
    expect(find(findings, "sampling")).toMatchObject({ state: "note" });
    expect(find(findings, "content")).toMatchObject({ state: "note" });
    expect(find(findings, "content")?.mend).toContain("SPANLIGHT_CAPTURE_CONTENT=true");
    expect(find(await look({ SPANLIGHT_CAPTURE_CONTENT: "true" }), "content")?.state).toBe("ok");
  });
});

describe("the doctor, with an application", () => {
  let provider: HttpProvider;
  let env: Record<string, string | undefined>;
  beforeEach(async () => {
    provider = await startHttpProvider();
    env = {
      PATH: process.env["PATH"],
      OPENAI_BASE_URL: provider.baseUrl,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    };
  });
  afterEach(() => provider.close());

  test("that is traced: sees its calls, its provider and its deliveries", async () => {
    const { code, output } = await runDoctor(["initialised-app.mjs"], env);
    expect(output).toContain("✓ start");
    expect(output).toContain("1 model call recorded");
    expect(output).toContain("the SDK's own tracer provider is in place");
    expect(output).toContain("of the application: 1 delivered");
    expect(output).toContain("0 failed");
    expect(code).toBe(0);
  });

  test("client imported before init in ESM", async () => {
    const { code, output } = await runDoctor(["unwatched-app.mjs"], env);
    expect(code).toBe(1);
    expect(output).toContain("openai was imported before init()");
    expect(output).toContain("1 requests to model providers, 0 calls recorded");
    expect(output).toContain("→ start it with node --import @spanlight/sdk/register, or wrap(client)");
  });

  test("provider replaced by another library; its own endpoint is probed, not that of the environment", async () => {
    const own = await startOtlpReceiver();
    const { code, output } = await runDoctor(["replaced-app.mjs"], { ...env, APP_ENDPOINT: own.url });
    await own.close();
    expect(code).toBe(1);
    expect(output).toContain("the tracer provider was replaced by another library (BasicTracerProvider)");
    expect(output).toContain(`${own.url}/v1/traces took the probe`);
    expect(receiver.requests).toEqual([]);
  });

  test("that never starts the SDK, and a server that does not end by itself", async () => {
    const { code, output } = await runDoctor(["waiting-app.mjs"], env, ["--seconds", "4"]);
    expect(code).toBe(1);
    expect(output).toContain("the application ran without the SDK");
  });
});

describe("the command line", () => {
  test("examines the environment alone when it is given no application", async () => {
    const env = { PATH: process.env["PATH"], OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    const { code, output } = await runNode(["doctor", "--json"], env);
    expect(code).toBe(0);
    expect(JSON.parse(output)).toContainEqual({
      step: "otlp traces",
      state: "ok",
      message: `${receiver.url}/v1/traces took the probe`,
    });
  });

  test("says how it is used", async () => {
    const run = await runNode(["nonsense"], { PATH: process.env["PATH"] });
    expect(run.code).toBe(2);
    expect(run.output).toContain("usage: spanlight-sdk doctor");
  });
});

const source = ["--conditions=@spanlight/source", "--import", "tsx"];

function runDoctor(
  [app = ""]: readonly string[],
  env: Record<string, string | undefined>,
  options: readonly string[] = [],
): Promise<{ code: number | null; output: string }> {
  const file = fileURLToPath(new URL(`../../testing/apps/${app}`, import.meta.url));
  return runNode(["doctor", ...options, "--", process.execPath, ...source, file], env);
}

function runNode(
  args: readonly string[],
  env: Record<string, string | undefined>,
): Promise<{ code: number | null; output: string }> {
  const doctor = fileURLToPath(new URL("./run.ts", import.meta.url));
  const child = spawn(process.execPath, [...source, doctor, ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => {
      output += data.toString();
    });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}
