import { readFileSync } from "node:fs";
import type { InitOptions } from "../config.ts";
import { readNumber, readPairs, type Environment } from "../environment.ts";
import { ConfigurationError } from "../errors.ts";
import type { HttpTarget } from "./http-sender.ts";

type Warn = (sentence: string) => void;
type OtlpSignal = "traces" | "metrics" | "logs";

/** Where one signal goes by the standard variables: `OTEL_EXPORTER_OTLP_<SIGNAL>_…` wins over `OTEL_EXPORTER_OTLP_…`. */
export function readOtlpTarget(
  signal: OtlpSignal,
  options: InitOptions,
  environment: Environment,
  warn: Warn,
): HttpTarget {
  const own = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}`;
  const read = (name: string): string | undefined =>
    environment[`${own}_${name}`] ?? environment[`OTEL_EXPORTER_OTLP_${name}`];
  const protocol = read("PROTOCOL") ?? "http/protobuf";
  if (protocol !== "http/protobuf" && signal === "traces")
    warn(`OTEL_EXPORTER_OTLP_PROTOCOL=${protocol} is not supported: http/protobuf is sent instead`);
  const apiKey = options.apiKey ?? environment["SPANLIGHT_API_KEY"];
  return {
    url: readUrl(signal, options, environment),
    headers: {
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      ...readPairs(environment, "OTEL_EXPORTER_OTLP_HEADERS"),
      ...readPairs(environment, `${own}_HEADERS`),
      ...options.headers,
    },
    compression: read("COMPRESSION") === "gzip" ? "gzip" : "none",
    timeoutMs:
      readNumber(environment, `${own}_TIMEOUT`, warn) ??
      readNumber(environment, "OTEL_EXPORTER_OTLP_TIMEOUT", warn) ??
      10_000,
    tls: {
      ca: readFile(read("CERTIFICATE"), warn),
      cert: readFile(read("CLIENT_CERTIFICATE"), warn),
      key: readFile(read("CLIENT_KEY"), warn),
    },
  };
}

/** Whether anybody said where to send to. */
export function namesOtlpTarget(options: InitOptions, environment: Environment): boolean {
  return [
    options.endpoint,
    environment["OTEL_EXPORTER_OTLP_ENDPOINT"],
    environment["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"],
  ].some((endpoint) => endpoint !== undefined && endpoint !== "");
}

function readUrl(signal: OtlpSignal, options: InitOptions, environment: Environment): string {
  const base = options.endpoint ?? environment["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? "http://localhost:4318";
  const variable = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`;
  const own = options.endpoint === undefined ? environment[variable] : undefined;
  const url = own ?? `${base.replace(/\/+$/, "")}/v1/${signal}`;
  if (!URL.canParse(url)) {
    throw new ConfigurationError(
      `the OTLP endpoint "${own ?? base}" is not a URL: give one like http://localhost:4318`,
    );
  }
  return url;
}

function readFile(path: string | undefined, warn: Warn): Buffer | undefined {
  if (path === undefined || path === "") return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    warn(`the certificate file ${path} cannot be read: ${String(error)}`);
    return undefined;
  }
}
