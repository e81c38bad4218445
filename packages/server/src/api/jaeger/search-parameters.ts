import type { TraceSearch } from "../../query/jaeger/find-trace-ids.ts";

/** A parameter of Jaeger's search that cannot be used. */
export class JaegerParameterError extends Error {
  override readonly name = "JaegerParameterError";
  readonly code = "jaeger_parameter";
}

const UNIT_NS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** A duration as Go writes it (`1.5s`, `300ms`, `1m30s`) in nanoseconds. */
export function parseGoDuration(name: string, text: string): bigint {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) {
    throw new JaegerParameterError(
      `unable to parse param '${name}': invalid duration ${JSON.stringify(text)}`,
    );
  }
  const totalNs = parts.reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (UNIT_NS[unit ?? ""] ?? 0),
    0,
  );
  return BigInt(Math.round(totalNs));
}

const DEFAULT_RANGE_NS = 24n * 3_600_000_000_000n;
const DEFAULT_LIMIT = 20;
/** Most traces of an answer. */
export const MAX_LIMIT = 200;

/** Reads the parameters of `/api/traces`. */
export function readSearch(
  form: URLSearchParams,
  { project, nowMs }: { project: string; nowMs: number },
): TraceSearch {
  const service = form.get("service") ?? "";
  if (service === "") throw new JaegerParameterError("parameter 'service' is required");
  const toNs = readMicroseconds(form, "end") ?? BigInt(Math.ceil(nowMs)) * 1_000_000n;
  const operation = form.get("operation") ?? "";
  return {
    project,
    service,
    name: operation === "" || operation === "all" ? undefined : operation,
    fromNs: readMicroseconds(form, "start") ?? toNs - DEFAULT_RANGE_NS,
    toNs,
    minDurationNs: readDuration(form, "minDuration"),
    maxDurationNs: readDuration(form, "maxDuration"),
    tags: readTags(form),
    limit: readLimit(form),
  };
}

/** Unix microseconds as nanoseconds. */
function readMicroseconds(form: URLSearchParams, name: string): bigint | undefined {
  const text = form.get(name) ?? "";
  if (text === "") return undefined;
  if (!/^\d{1,16}$/.test(text)) {
    throw new JaegerParameterError(`unable to parse param '${name}': give Unix microseconds`);
  }
  return BigInt(text) * 1000n;
}

function readDuration(form: URLSearchParams, name: string): bigint | undefined {
  const text = form.get(name) ?? "";
  return text === "" ? undefined : parseGoDuration(name, text);
}

function readLimit(form: URLSearchParams): number {
  const text = form.get("limit") ?? "";
  if (text === "") return DEFAULT_LIMIT;
  if (!/^\d{1,9}$/.test(text)) throw new JaegerParameterError("unable to parse param 'limit'");
  return Math.min(MAX_LIMIT, Math.max(1, Number(text)));
}

/** `tags` is a JSON object of texts; each `tag` is `key:value`. */
function readTags(form: URLSearchParams): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const text of form.getAll("tags")) Object.assign(tags, parseTags(text));
  for (const pair of form.getAll("tag")) {
    const at = pair.indexOf(":");
    if (at <= 0) throw new JaegerParameterError(`malformed 'tag' parameter, expecting key:value: ${pair}`);
    tags[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return tags;
}

function parseTags(text: string): Record<string, string> {
  if (text === "") return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new JaegerParameterError("malformed 'tags' parameter, expecting JSON", { cause });
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new JaegerParameterError("malformed 'tags' parameter, expecting a JSON object");
  }
  return Object.fromEntries(
    Object.entries(parsed).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}
