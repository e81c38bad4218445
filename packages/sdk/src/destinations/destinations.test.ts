import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startOtlpReceiver, type OtlpReceiver } from "../../testing/otlp-receiver.ts";
import { ConfigurationError, init, trace, type ExportError, type Spanlight } from "../index.ts";
import type { DestinationPreset, PresetSettings } from "./destination.ts";
import {
  datadog,
  honeycomb,
  jaeger,
  langfuse,
  langsmith,
  opik,
  otlp,
  phoenix,
  spanlight,
  tempo,
} from "./presets.ts";
import { readNamedDestinations } from "./read-named.ts";

let receiver: OtlpReceiver;
let sdk: Spanlight | undefined;
let errors: ExportError[];
beforeEach(async () => {
  receiver = await startOtlpReceiver();
  errors = [];
});
afterEach(async () => {
  await sdk?.shutdown();
  sdk = undefined;
  await receiver.close();
});

const start = (...destinations: DestinationPreset[]): Spanlight => {
  sdk = init({
    service: "shop",
    flushOnExit: false,
    destinations,
    onExportError: (error) => errors.push(error),
  });
  return sdk;
};
const settings = (environment: PresetSettings["environment"]): PresetSettings => {
  return { environment, service: "shop", timeoutMs: 10_000, compression: "none" };
};

describe("each preset", () => {
  const presets = (url: string): [string, DestinationPreset, string, Record<string, string>][] => [
    ["otlp", otlp({ endpoint: url, headers: { "x-team": "a" } }), "/v1/traces", { "x-team": "a" }],
    ["spanlight", spanlight({ endpoint: url, apiKey: "k" }), "/v1/traces", { authorization: "Bearer k" }],
    [
      "langfuse",
      langfuse({ host: `${url}/`, publicKey: "pk", secretKey: "sk" }),
      "/api/public/otel/v1/traces",
      { authorization: "Basic cGs6c2s=", "x-langfuse-ingestion-version": "4" },
    ],
    [
      "langsmith",
      langsmith({ endpoint: url, apiKey: "ls", project: "p" }),
      "/otel/v1/traces",
      { "x-api-key": "ls", "langsmith-project": "p" },
    ],
    ["phoenix", phoenix({ endpoint: url, apiKey: "px" }), "/v1/traces", { authorization: "Bearer px" }],
    [
      "opik",
      opik({ endpoint: `${url}/opik/api`, apiKey: "ok", workspace: "w", project: "p" }),
      "/opik/api/v1/private/otel/v1/traces",
      { authorization: "ok", "comet-workspace": "w", projectname: "p" },
    ],
    ["jaeger", jaeger({ endpoint: url }), "/v1/traces", {}],
    [
      "tempo",
      tempo({ endpoint: `${url}/otlp`, tenant: "t", instanceId: "1", token: "x" }),
      "/otlp/v1/traces",
      { authorization: "Basic MTp4", "x-scope-orgid": "t" },
    ],
    [
      "datadog",
      datadog({ endpoint: url, apiKey: "dd" }),
      "/v1/traces",
      { "dd-api-key": "dd", "dd-otlp-source": "llmobs" },
    ],
    [
      "honeycomb",
      honeycomb({ endpoint: url, apiKey: "hc", dataset: "d" }),
      "/v1/traces",
      { "x-honeycomb-team": "hc", "x-honeycomb-dataset": "d" },
    ],
  ];

  test("sends protobuf to its address with its headers, and OpenTelemetry's own messages decode it", async () => {
    const file = fileURLToPath(new URL("../../../../bench/protos/trace-service.proto", import.meta.url));
    const root = await protobuf.load(file);
    const message = root.lookupType("opentelemetry.proto.ExportTraceServiceRequest");
    const all = presets(receiver.url);
    start(...all.map(([, preset]) => preset));
    trace("work", () => undefined, { attributes: { "app.tags": ["a"], n: 7 } });
    await sdk?.forceFlush();
    expect(receiver.requests).toHaveLength(all.length);
    for (const [name, , path, headers] of all) {
      const request = receiver.requests.find((received) => {
        const fits = Object.entries(headers).every(([key, value]) => received.headers[key] === value);
        return received.path === path && fits;
      });
      expect(request, name).toBeDefined();
      expect(request?.headers["content-type"]).toBe("application/x-protobuf");
      const decoded = message.toObject(message.decode(request?.bytes ?? Buffer.alloc(0)), { longs: Number });
      const span = decoded["resourceSpans"][0].scopeSpans[0].spans[0];
      expect(span.name).toBe("work");
      expect(span.attributes).toContainEqual({ key: "n", value: { intValue: 7 } });
    }
    expect(errors).toEqual([]);
    expect(sdk?.destinations.filter(({ signal }) => signal === "traces")).toHaveLength(all.length);
    expect(sdk?.counts.exported).toBe(all.length);
  });

  test("knows the vendor's own address, and takes its keys from the vendor's own variables", () => {
    const environment = {
      LANGFUSE_PUBLIC_KEY: "pk",
      LANGFUSE_SECRET_KEY: "sk",
      LANGFUSE_BASE_URL: "https://us.cloud.langfuse.com",
      LANGSMITH_API_KEY: "ls",
      LANGSMITH_PROJECT: "p",
      PHOENIX_API_KEY: "px",
      PHOENIX_COLLECTOR_ENDPOINT: "https://app.phoenix.arize.com/s/space",
      OPIK_API_KEY: "ok",
      OPIK_WORKSPACE: "w",
      DD_API_KEY: "dd",
      DD_SITE: "datadoghq.eu",
      HONEYCOMB_API_KEY: "hc",
      SPANLIGHT_API_KEY: "sp",
    };
    const resolved = [
      langfuse(),
      langsmith(),
      phoenix(),
      opik(),
      datadog(),
      honeycomb(),
      spanlight(),
      jaeger(),
      tempo(),
    ].map((preset) => preset.resolve(settings(environment)));
    expect(Object.fromEntries(resolved.map(({ name, traces }) => [name, traces?.url]))).toEqual({
      langfuse: "https://us.cloud.langfuse.com/api/public/otel/v1/traces",
      langsmith: "https://api.smith.langchain.com/otel/v1/traces",
      phoenix: "https://app.phoenix.arize.com/s/space/v1/traces",
      opik: "https://www.comet.com/opik/api/v1/private/otel/v1/traces",
      datadog: "https://otlp.datadoghq.eu/v1/traces",
      honeycomb: "https://api.honeycomb.io/v1/traces",
      spanlight: "http://localhost:4318/v1/traces",
      jaeger: "http://localhost:4318/v1/traces",
      tempo: "http://localhost:4318/v1/traces",
    });
    expect(resolved.map(({ traces }) => Object.values(traces?.headers ?? {})[0])).toEqual([
      "Basic cGs6c2s=",
      "ls",
      "Bearer px",
      "ok",
      "dd",
      "hc",
      "Bearer sp",
      undefined,
      undefined,
    ]);
    expect(resolved.find(({ name }) => name === "honeycomb")?.metrics?.headers).toMatchObject({
      "x-honeycomb-dataset": "shop_metrics",
    });
    expect(resolved.find(({ name }) => name === "datadog")?.temporality).toBe("delta");
  });

  test.each([
    ["langfuse", () => langfuse(), "LANGFUSE_PUBLIC_KEY"],
    ["langfuse", () => langfuse({ publicKey: "pk" }), "LANGFUSE_SECRET_KEY"],
    ["langsmith", () => langsmith(), "LANGSMITH_API_KEY"],
    ["opik", () => opik(), "OPIK_API_KEY"],
    ["datadog", () => datadog(), "DD_API_KEY"],
    ["honeycomb", () => honeycomb(), "HONEYCOMB_API_KEY"],
  ])("%s without a key names the variable to set", (_name, create, variable) => {
    expect(() => create().resolve(settings({}))).toThrow(ConfigurationError);
    expect(() => create().resolve(settings({}))).toThrow(variable);
  });

  test("Langfuse refuses an environment that Langfuse would refuse the batch for", () => {
    const preset = langfuse({ publicKey: "pk", secretKey: "sk", environment: "Production EU" });
    expect(() => preset.resolve(settings({}))).toThrow('no environment "Production EU"');
  });
});

describe("several destinations at once", () => {
  test("one that lacks its key is left out and told; the others get everything", async () => {
    const told: string[] = [];
    const listener = vi
      .spyOn(process, "emitWarning")
      .mockImplementation((warning) => void told.push(String(warning)));
    start(honeycomb(), otlp({ endpoint: receiver.url }));
    listener.mockRestore();
    trace("work", () => undefined);
    await sdk?.forceFlush();
    expect(receiver.spans()).toHaveLength(1);
    expect(told).toEqual([
      "destination honeycomb has no apiKey: give it, or set HONEYCOMB_API_KEY; nothing is sent there",
    ]);
  });

  test("one that refuses, one that is down and one that never answers do not touch the rest", async () => {
    const refusing = await startOtlpReceiver();
    refusing.answerWith({ status: 401 });
    const down = await startOtlpReceiver();
    await down.close();
    const silent = await startOtlpReceiver();
    silent.answerWith("never");
    try {
      start(
        otlp({ name: "refusing", endpoint: refusing.url }),
        otlp({ name: "down", endpoint: down.url }),
        otlp({ name: "silent", endpoint: silent.url }),
        otlp({ name: "healthy", endpoint: receiver.url }),
      );
      for (let index = 0; index < 5; index++) trace(`work ${index}`, () => undefined);
      await sdk?.forceFlush(200);
      expect(receiver.spans()).toHaveLength(5);
      await sdk?.shutdown(1);
      const counts = Object.fromEntries(
        (sdk?.destinations ?? [])
          .filter(({ signal }) => signal === "traces")
          .map(({ name, counts: { exported, failed } }) => [name, { exported, failed }]),
      );
      expect(counts).toMatchObject({
        refusing: { exported: 0, failed: 5 },
        down: { exported: 0, failed: 5 },
        silent: { exported: 0, failed: 5 },
        healthy: { exported: 5, failed: 0 },
      });
      expect(errors.map(({ destination }) => destination).toSorted()).toEqual(["down", "refusing", "silent"]);
      expect(errors.find(({ destination }) => destination === "refusing")?.message).toContain(
        "key is missing or wrong",
      );
    } finally {
      await refusing.close();
      await silent.close();
    }
  });

  test("a dialect that throws costs its own destination the span, and nobody else", async () => {
    const broken: DestinationPreset = {
      name: "broken",
      resolve: (given) => ({
        ...otlp({ name: "broken", endpoint: `${receiver.url}/broken` }).resolve(given),
        translate: () => {
          throw new Error("dialect");
        },
      }),
    };
    start(broken, otlp({ endpoint: receiver.url }));
    expect(trace("work", () => 7)).toBe(7);
    await sdk?.forceFlush();
    expect(receiver.requests.map(({ path }) => path)).toEqual(["/v1/traces"]);
  });

  test("Langfuse's onFlushError hears of its own failures, and throwing there changes nothing", async () => {
    receiver.answerWith({ status: 400 });
    const heard: ExportError[] = [];
    start(
      langfuse({
        host: receiver.url,
        publicKey: "pk",
        secretKey: "sk",
        onFlushError: (error) => {
          heard.push(error);
          throw new Error("listener");
        },
      }),
    );
    trace("work", () => undefined);
    await sdk?.forceFlush();
    expect(heard).toMatchObject([{ code: "delivery_failed", destination: "langfuse", signal: "traces" }]);
    expect(errors).toHaveLength(1);
  });

  test("compressed where a destination is told to", async () => {
    start(
      otlp({ endpoint: receiver.url, compression: "gzip" }),
      jaeger({ endpoint: `${receiver.url}/plain` }),
    );
    trace("work", () => undefined);
    await sdk?.forceFlush();
    const encodings = receiver.requests.map(({ path, headers }) => `${path} ${headers["content-encoding"]}`);
    expect(encodings.toSorted()).toEqual(["/plain/v1/traces undefined", "/v1/traces gzip"]);
    expect(receiver.spans()).toHaveLength(2);
  });
});

describe("SPANLIGHT_DESTINATIONS", () => {
  test("names presets, and a name that is none is told with the known ones", async () => {
    const told: string[] = [];
    const presets = await readNamedDestinations(
      { SPANLIGHT_DESTINATIONS: "langfuse, honeycomb,nagios" },
      (sentence) => told.push(sentence),
    );
    expect(presets.map(({ name }) => name)).toEqual(["langfuse", "honeycomb"]);
    expect(told[0]).toContain('"nagios": known are spanlight, langfuse');
    expect(await readNamedDestinations({}, () => undefined)).toEqual([]);
  });
});
