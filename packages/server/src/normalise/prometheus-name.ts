// Names of OTLP metrics and attributes in Prometheus' form: "UnderscoreEscapingWithSuffixes", Prometheus' default for OTLP.
// Source: OpenTelemetry specification 1.38, compatibility/prometheus_and_openmetrics.md; behaviour of Prometheus 3.

export type PrometheusMetricType = "counter" | "gauge" | "histogram" | "summary";

const units: Readonly<Record<string, string>> = {
  d: "days",
  h: "hours",
  min: "minutes",
  s: "seconds",
  ms: "milliseconds",
  us: "microseconds",
  ns: "nanoseconds",
  By: "bytes",
  KiBy: "kibibytes",
  MiBy: "mebibytes",
  GiBy: "gibibytes",
  TiBy: "tibibytes",
  KBy: "kilobytes",
  MBy: "megabytes",
  GBy: "gigabytes",
  TBy: "terabytes",
  m: "meters",
  V: "volts",
  A: "amperes",
  J: "joules",
  W: "watts",
  g: "grams",
  Cel: "celsius",
  Hz: "hertz",
  "1": "",
  "%": "percent",
};

const perUnits: Readonly<Record<string, string>> = {
  s: "second",
  m: "minute",
  h: "hour",
  d: "day",
  w: "week",
  mo: "month",
  y: "year",
};

/** The Prometheus name of a metric; empty when nothing of the name can be kept. */
export function toPrometheusName(metric: {
  readonly name: string;
  readonly unit: string;
  readonly type: PrometheusMetricType;
}): string {
  const tokens = metric.name.split(/[^A-Za-z0-9:]+/).filter((token) => token !== "");
  if (tokens.length === 0) return "";
  addUnit(tokens, metric.unit);
  if (metric.type === "counter") moveToEnd(tokens, "total");
  if (metric.type === "gauge" && metric.unit === "1") moveToEnd(tokens, "ratio");
  const name = tokens.join("_");
  return /^\d/.test(name) ? `_${name}` : name;
}

function addUnit(tokens: string[], unit: string): void {
  const slash = unit.indexOf("/");
  const main = cleanUnit(nameUnit(slash < 0 ? unit : unit.slice(0, slash), units)).replace(/_$/, "");
  const per = cleanUnit(nameUnit(slash < 0 ? "" : unit.slice(slash + 1), perUnits)).replace(/_$/, "");
  const suffixes = [main, per === "" ? "" : `per_${per}`];
  for (const suffix of suffixes.filter((each) => each !== "" && !tokens.includes(each))) tokens.push(suffix);
}

/** A unit in braces is a remark about what is counted. */
function nameUnit(unit: string, names: Readonly<Record<string, string>>): string {
  const text = unit.trim();
  return /[{}]/.test(text) ? "" : Object.hasOwn(names, text) ? (names[text] ?? "") : text;
}

function cleanUnit(unit: string): string {
  return unit
    .replaceAll(/[^A-Za-z0-9:]/g, "_")
    .replaceAll(/_+/g, "_")
    .replace(/^_/, "");
}

function moveToEnd(tokens: string[], word: string): void {
  const others = tokens.filter((token) => token !== word);
  tokens.splice(0, tokens.length, ...others, word);
}

/** The unit in words, as metadata say it. */
export function toPrometheusUnit(unit: string): string {
  const tokens: string[] = [];
  addUnit(tokens, unit);
  return tokens.join("_");
}

/** The label name of an attribute key; empty when nothing of the key can be kept. Runs of underscores stay, as in Prometheus 3. */
export function toLabelName(key: string): string {
  const name = key.replaceAll(/[^A-Za-z0-9_]/gu, "_");
  if (/^_*$/.test(name) && name !== key) return "";
  if (/^\d/.test(name)) return `key_${name}`;
  return /^_[^_]/.test(name) || name === "_" ? `key${name}` : name;
}

/** The text of a bucket's bound: shortest decimal that means the number, never with an exponent. */
export function formatBound(bound: number): string {
  if (bound === Infinity) return "+Inf";
  if (bound === -Infinity) return "-Inf";
  if (Number.isNaN(bound)) return "NaN";
  const text = String(bound);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign = "", first = "", rest = "", exponentText = "0"] = match;
  const digits = first + rest;
  const exponent = Number(exponentText);
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  return sign + digits.padEnd(exponent + 1, "0");
}
