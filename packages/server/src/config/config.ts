import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

/** A setting that cannot be used; the message names it and says what would do. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly code = "config_invalid";
}

const port = z.coerce.number().int().min(0).max(65_535);
const bytes = z.coerce.number().int().positive();
/** Timers take no more: 24 days. */
const milliseconds = z.coerce.number().int().positive().max(2_147_483_647);
/** A hundred years. */
const days = z.coerce.number().int().min(0).max(36_500);

const megabyte = 1024 * 1024;
/** Who says 10 means gigabytes, and would find everything dropped. */
const kept = bytes.min(megabyte, "give at least 1048576 bytes");

/** Origins, separated by commas, as browsers write them. */
const origins = z
  .string()
  .transform((text) => text.split(",").map((origin) => origin.trim()))
  .transform((all) => all.filter((origin) => origin !== ""))
  .refine((all) => all.every((origin) => origin === "*" || isOrigin(origin)), {
    error: "write origins as browsers do, such as https://shop.example, separated by commas, or *",
  });

function isOrigin(text: string): boolean {
  return /^https?:\/\/[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** Every setting: its name in `spanlight.yaml`; the environment variable is the same in capitals behind `SPANLIGHT_`. */
const settingsSchema = z.strictObject({
  /** Address to listen on. */
  host: z.string().min(1).default("127.0.0.1"),
  /** HTTP port for everything; 0 = any free one. */
  port: port.default(4318),
  /** OTLP/gRPC port; 0 = any free one. Where it is not given and `port` is 0, any free one too. */
  grpc_port: port.default(4317),
  /** Directory of the store and the spool. */
  data: z.string().min(1).default("./data"),
  log_level: z.enum(["debug", "info", "warn", "error"]).default("info"),
  /** Largest request body in bytes, before and after decompression. */
  max_body_bytes: bytes.default(64 * megabyte),
  /** Bytes of request bodies in the process at one time; past it senders are told to try again. */
  max_bytes_in_flight: bytes.default(256 * megabyte),
  /** How long a request may take to come in, headers and body. */
  request_timeout_ms: milliseconds.min(1000).max(3_600_000).default(120_000),
  /** How long an HTTP connection without a request is kept; longer than the proxy in front keeps it. */
  keep_alive_timeout_ms: milliseconds.min(1000).max(3_600_000).default(65_000),
  /** Connections at one time, at each of the two ports; unset = a quarter of the file descriptors, at most 10,000. */
  max_connections: z.coerce.number().int().min(1).optional(),
  /** Bytes on disk that may wait for the store; past it senders are told to try again. */
  max_spool_bytes: bytes.default(4096 * megabyte),
  /** Bytes that shall stay free on the disk of `data`; unset = 1 GiB, or 2 % of a disk on which that is less. */
  disk_reserve_bytes: bytes.optional(),
  /** How long a request that is sent again is recognised. */
  duplicate_window_ms: milliseconds.default(600_000),
  /** Longest time between an acknowledgement and the store, when the store is idle. */
  segment_age_ms: milliseconds.default(500),
  /** Time series remembered at a time (about 500 bytes each); new ones past it are refused until others fall silent. */
  max_series: z.coerce.number().int().positive().default(200_000),
  segment_rows: z.coerce.number().int().min(1).max(1_000_000).default(100_000),
  segment_bytes: bytes.max(240 * megabyte).default(160 * megabyte),
  /** Rule files and directories of them, separated by commas. */
  rules: z.string().default(""),
  /** Whether the rules that come with the product are evaluated. */
  shipped_rules: z.enum(["on", "off"]).default("off"),
  /** How often groups of rules that name no interval are evaluated. */
  evaluation_interval_ms: milliseconds.default(60_000),
  /** Where people reach this server, for links in messages; default `http://localhost` and the port. */
  external_url: z
    .url()
    .transform((url) => url.replace(/\/+$/, ""))
    .optional(),
  /** A ClickHouse server, `http(s)://user:password@host:8123/database?cluster=name`; unset = the embedded engine in `data`. */
  store: z.url({ protocol: /^https?$/ }).optional(),
  /** Which of the servers that share a ClickHouse database this is. */
  writer: z.coerce.number().int().min(0).max(8191).default(0),
  /** How long a start waits for a ClickHouse server that does not answer. */
  store_wait_ms: milliseconds.default(60_000),
  /** Most memory of the embedded engine in bytes; unset = half of the machine's. */
  store_memory_bytes: bytes.min(512 * megabyte).optional(),
  /** Queries at once; the rest waits. */
  store_readers: z.coerce.number().int().min(1).max(12).default(2),
  /** Threads that merge in the background; unset = as many as the machine has cores, two at least. */
  store_merge_threads: z.coerce.number().int().min(1).max(64).optional(),
  /** Whole days of receipt that are kept beside today, by signal; 0 = for good. Content is kept as long as spans unless told otherwise. */
  retention_traces_days: days.default(30),
  retention_content_days: days.optional(),
  retention_logs_days: days.default(30),
  retention_metrics_days: days.default(30),
  /** Most bytes on disk by signal; past it the oldest is dropped, today's too. Unset = as many as there are. */
  retention_traces_bytes: kept.optional(),
  retention_content_bytes: kept.optional(),
  retention_logs_bytes: kept.optional(),
  retention_metrics_bytes: kept.optional(),
  /** How often what is too old or too much is looked for. */
  housekeeping_interval_ms: milliseconds.default(600_000),
  /** Whether counts that dashboards ask for are kept up to date in idle moments, and on disk in `data`. */
  kept_series: z.enum(["on", "off"]).default("on"),
  /** How often they are. */
  kept_series_interval_ms: milliseconds.default(300_000),
  /** A key with every scope of the default project; commands send it. */
  api_key: z.string().min(16, "give at least 16 characters").optional(),
  /** The file of keys; unset = `keys.json` in `data`. Servers may share one. */
  keys_file: z.string().min(1).optional(),
  /** Whether a key is needed on loopback too. */
  keys_required: z.enum(["on", "off"]).default("off"),
  /** Whether a proxy in front terminates TLS and, while there are no keys, decides who comes in. */
  behind_proxy: z.enum(["on", "off"]).default("off"),
  /** Origins whose pages may send OTLP from browsers, separated by commas; `*` = all, none = none. */
  cors_origins: origins.prefault(""),
  /** Most bytes of the audit log; past them its oldest file is dropped, and that is in the log. */
  audit_max_bytes: bytes.min(megabyte).default(256 * megabyte),
  /** What a key without limits of its own may send; unset = as much as it likes. */
  key_max_requests_per_second: z.coerce.number().positive().optional(),
  key_max_bytes_per_second: z.coerce.number().positive().optional(),
  /** Where spans of what the server itself does go: nowhere, into its own store, or by OTLP/HTTP to a base URL. */
  self_traces: z
    .string()
    .refine(
      (place) => ["off", "store"].includes(place) || (/^https?:/.test(place) && URL.canParse(place)),
      'give "off", "store" or the base URL of an OTLP/HTTP endpoint, as http://collector:4318',
    )
    .default("off"),
  /** Headers of those requests, `name=value` separated by commas. */
  self_traces_headers: z.string().default(""),
  /** Which part of the traces that begin here is recorded. */
  self_traces_ratio: z.coerce.number().min(0).max(1).default(1),
  /** Who is told of alerts; only in the file. Read by who makes the receivers. */
  notify: z.array(z.unknown()).default([]),
  /** Prices of one's own; only in the file. Read by who prices. */
  prices: z.array(z.unknown()).default([]),
  /** The numbers of the shipped rules; only in the file. Read by who makes the rules. */
  alerts: z
    .strictObject({ thresholds: z.record(z.string(), z.unknown()).default({}) })
    .default({ thresholds: {} }),
});

export type Settings = z.infer<typeof settingsSchema>;

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the settings: flags before environment before file before defaults. Throws ConfigError naming the setting that is wrong. */
export function readSettings(sources: {
  environment: Environment;
  flags: Readonly<Record<string, string>>;
}): Settings {
  const merged: Record<string, unknown> = {
    ...readFile(sources.environment),
    ...fromEnvironment(sources.environment),
    ...sources.flags,
  };
  refuseOtherThanNumbers(merged, sources.flags);
  const result = settingsSchema.safeParse(withFreePorts(merged));
  if (result.success) return { ...result.data, data: resolve(result.data.data) };
  const issue = result.error.issues[0];
  const name = issue?.path.join(".") ?? "";
  if (issue?.code === "unrecognized_keys") {
    throw new ConfigError(`spanlight.yaml has a setting that does not exist: ${issue.keys.join(", ")}`);
  }
  const isNumberWanted = issue?.code === "invalid_type" && issue.expected === "number";
  const reason = isNumberWanted ? sayNoNumber(merged[name]) : issue?.message;
  throw toConfigError(name, reason ?? "invalid", sources.flags);
}

function toConfigError(name: string, reason: string, flags: Readonly<Record<string, string>>): ConfigError {
  return new ConfigError(
    `SPANLIGHT_${name.toUpperCase()} (or ${nameFlag(name, flags)}"${name}" in spanlight.yaml) cannot be used: ${reason}`,
  );
}

function sayNoNumber(value: unknown): string {
  return `${JSON.stringify(value)} is not a number`;
}

/** What JavaScript makes a number of by itself is none: `true` would be a byte, a list its only item, and a blank for good. */
function refuseOtherThanNumbers(
  merged: Readonly<Record<string, unknown>>,
  flags: Readonly<Record<string, string>>,
): void {
  for (const [name, schema] of Object.entries(settingsSchema.shape)) {
    const { [name]: value } = merged;
    if (value === undefined || !isOfNumber(schema)) continue;
    const isNumber = typeof value === "number" || (typeof value === "string" && value.trim() !== "");
    if (!isNumber) throw toConfigError(name, sayNoNumber(value), flags);
  }
}

function isOfNumber(schema: unknown): boolean {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) return isOfNumber(schema.unwrap());
  return schema instanceof z.ZodNumber;
}

function nameFlag(name: string, flags: Readonly<Record<string, string>>): string {
  return name in flags ? `--${name.replaceAll("_", "-")}, or ` : "";
}

/** Who asks for any free port wants no fixed one beside it. */
function withFreePorts(merged: Record<string, unknown>): Record<string, unknown> {
  return Number(merged["port"]) === 0 && merged["port"] !== "" ? { grpc_port: 0, ...merged } : merged;
}

function readFile(environment: Environment): Record<string, unknown> {
  const named = environment["SPANLIGHT_CONFIG"];
  const path = named ?? "spanlight.yaml";
  if (named === undefined && !existsSync(path)) return {};
  let parsed: unknown;
  try {
    parsed = parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new ConfigError(
      `the configuration file ${path} cannot be read: ${firstLine(cause instanceof Error ? cause.message : String(cause))}`,
      {
        cause,
      },
    );
  }
  if (parsed === null || parsed === undefined) return {};
  if (typeof parsed !== "object" || Array.isArray(parsed))
    throw new ConfigError(`the configuration file ${path} holds no settings`);
  // A name with nothing behind it is not set.
  return Object.fromEntries(Object.entries(parsed).filter(([, value]) => value !== null));
}

/** What YAML says of a mistake goes on with the lines around it. */
function firstLine(text: string): string {
  return (text.split("\n", 1)[0] ?? text).replace(/:$/, "");
}

function fromEnvironment(environment: Environment): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const name of Object.keys(settingsSchema.shape)) {
    const value = environment[`SPANLIGHT_${name.toUpperCase()}`];
    if (value !== undefined && value !== "") settings[name] = value;
  }
  return settings;
}
