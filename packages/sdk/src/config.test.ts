import { describe, expect, test } from "vitest";
import { readConfig } from "./config.ts";
import { otlp } from "./destinations/presets.ts";
import { ConfigurationError } from "./errors.ts";

describe("the configuration", () => {
  test("without a word from anybody sends to the local server and records no content", () => {
    expect(readConfig({}, {})).toMatchObject({
      disabled: false,
      exportTraces: true,
      captureContent: false,
      requestStreamUsage: true,
      resource: { service: "unknown_service:node" },
      traces: { url: "http://localhost:4318/v1/traces", compression: "none", timeoutMs: 10_000, headers: {} },
      batch: { maxQueueSize: 2048, maxBatchSize: 512, scheduleDelayMs: 1000 },
      propagators: ["tracecontext", "baggage"],
      latestConventions: "off",
      warnings: [],
    });
  });

  test("reads the standard variables", () => {
    const config = readConfig(
      {},
      {
        OTEL_SERVICE_NAME: "shop",
        OTEL_RESOURCE_ATTRIBUTES: "service.name=other,team=a%20b,deployment.environment.name=prod",
        OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector:4318/base/",
        OTEL_EXPORTER_OTLP_HEADERS: "x-a=1,x-b=two%20words",
        OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-a=3",
        OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
        OTEL_EXPORTER_OTLP_TIMEOUT: "2000",
        OTEL_BSP_MAX_QUEUE_SIZE: "10",
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "5",
        OTEL_BSP_SCHEDULE_DELAY: "50",
        OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: "7",
        OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: "100",
        OTEL_PROPAGATORS: "tracecontext",
        OTEL_SDK_DISABLED: "TRUE",
        OTEL_SEMCONV_STABILITY_OPT_IN: "http,gen_ai_latest_experimental/dup",
      },
    );
    expect(config).toMatchObject({
      disabled: true,
      resource: { service: "shop", attributes: { team: "a b", "deployment.environment.name": "prod" } },
      traces: {
        url: "https://collector:4318/base/v1/traces",
        headers: { "x-a": "3", "x-b": "two words" },
        compression: "gzip",
        timeoutMs: 2000,
      },
      batch: { maxQueueSize: 10, maxBatchSize: 5, scheduleDelayMs: 50 },
      limits: { attributeCount: 7, valueLength: 100 },
      propagators: ["tracecontext"],
      latestConventions: "both",
      warnings: [],
    });
  });

  test("a traces endpoint is taken as it stands", () => {
    const environment = {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://host/otel",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://x",
    };
    expect(readConfig({}, environment).traces.url).toBe("http://host/otel");
  });

  test("what init() is given wins over the environment", () => {
    const environment = {
      OTEL_SERVICE_NAME: "a",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://a",
      SPANLIGHT_CAPTURE_CONTENT: "true",
      SPANLIGHT_API_KEY: "environment",
    };
    const config = readConfig(
      { service: "b", endpoint: "http://b", captureContent: false, apiKey: "given" },
      environment,
    );
    expect(config).toMatchObject({
      resource: { service: "b" },
      traces: { url: "http://b/v1/traces", headers: { authorization: "Bearer given" } },
      captureContent: false,
    });
    expect(readConfig({}, environment).captureContent).toBe(true);
  });

  test.each([
    ["SPAN_ONLY", true, "span"],
    ["span_and_event", true, "both"],
    ["true", true, "span"],
    ["NO_CONTENT", false, "span"],
    ["EVENT_ONLY", true, "event"],
  ])("the conventions' own switch for content, %s, is honoured", (value, captureContent, contentPlace) => {
    const environment = { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: value };
    expect(readConfig({}, environment)).toMatchObject({ captureContent, contentPlace });
  });

  test("settings that cannot be used are named, and the default holds", () => {
    const { warnings, batch, exportTraces } = readConfig(
      {},
      {
        OTEL_BSP_MAX_QUEUE_SIZE: "many",
        OTEL_TRACES_SAMPLER: "dice",
        OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
        OTEL_EXPORTER_OTLP_CERTIFICATE: "/nowhere/ca.pem",
      },
    );
    expect(batch.maxQueueSize).toBe(2048);
    expect(exportTraces).toBe(true);
    for (const name of [
      "OTEL_BSP_MAX_QUEUE_SIZE=many",
      "OTEL_TRACES_SAMPLER=dice",
      "PROTOCOL=grpc",
      "/nowhere/ca.pem",
    ])
      expect(warnings.filter((warning) => warning.includes(name))).toHaveLength(1);
  });

  test("an endpoint that is no URL is refused by name", () => {
    expect(() => readConfig({ endpoint: "localhost" }, {})).toThrow(ConfigurationError);
    expect(() => readConfig({ endpoint: "localhost" }, {})).toThrow('"localhost" is not a URL');
  });

  test.each([
    ["always_on", undefined, "dropped", true],
    ["always_off", undefined, "sampled", false],
    ["parentbased_always_on", undefined, "none", true],
    ["parentbased_always_on", undefined, "dropped", false],
    ["parentbased_always_off", undefined, "none", false],
    ["parentbased_always_off", undefined, "sampled", true],
    ["traceidratio", "0.25", "none", true],
    ["traceidratio", "0.125", "none", false],
    ["parentbased_traceidratio", "0", "sampled", true],
  ] as const)("the sampler %s (%s) under a parent that is %s keeps: %s", (name, share, parent, kept) => {
    const { sampler } = readConfig({}, { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: share });
    // The low eight digits, 2fffffff, are 0.1875 of their range.
    expect(sampler({ traceId: `${"0".repeat(24)}2fffffff`, parent })).toBe(kept);
  });

  test("metrics and logs go where traces go, unless their own variables say otherwise", () => {
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/",
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://metrics:9999/push",
      OTEL_EXPORTER_OTLP_HEADERS: "x-a=1",
      OTEL_EXPORTER_OTLP_LOGS_HEADERS: "x-a=2",
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "Delta",
    };
    const [only, ...others] = readConfig({}, environment).destinations;
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      name: "otlp",
      traces: { url: "http://collector:4318/v1/traces", headers: { "x-a": "1" } },
      metrics: { url: "http://metrics:9999/push", headers: { "x-a": "1" } },
      logs: { url: "http://collector:4318/v1/logs", headers: { "x-a": "2" } },
      temporality: "delta",
    });
  });

  test("metrics and log records are pushed only when somebody asks, and kept back where a variable says none", () => {
    expect(readConfig({}, {})).toMatchObject({
      exportMetrics: false,
      exportLogs: false,
      metricIntervalMs: 60_000,
    });
    const asked = {
      OTEL_METRICS_EXPORTER: "otlp",
      OTEL_LOGS_EXPORTER: "otlp",
      OTEL_METRIC_EXPORT_INTERVAL: "500",
    };
    expect(readConfig({}, asked)).toMatchObject({
      exportMetrics: true,
      exportLogs: true,
      metricIntervalMs: 500,
    });
    const none = { OTEL_METRICS_EXPORTER: "none", OTEL_LOGS_EXPORTER: "none" };
    expect(readConfig({}, none).destinations[0]).toMatchObject({ metrics: undefined, logs: undefined });
  });

  test.each([
    ["isolated", "isolated"],
    ["TRUE", true],
    ["false", false],
    ["", undefined],
  ])("SPANLIGHT_EXPORT_BESIDE_PROVIDER=%s is %s", (value, expected) => {
    expect(readConfig({}, { SPANLIGHT_EXPORT_BESIDE_PROVIDER: value }).exportBesideProvider).toBe(expected);
  });

  test.each([
    ["takes the place of the default endpoint", {}, {}, ["vendor"]],
    [
      "stands beside an endpoint of the environment",
      {},
      { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c" },
      ["otlp", "vendor"],
    ],
    ["stands beside an endpoint of the options", { endpoint: "http://c" }, {}, ["otlp", "vendor"]],
  ])("a list of destinations %s", (_case, options, environment, names) => {
    const vendor = otlp({ name: "vendor", endpoint: "http://vendor" });
    const { destinations } = readConfig({ ...options, destinations: [vendor] }, environment);
    expect(destinations.map(({ name }) => name)).toEqual(names);
  });
});
