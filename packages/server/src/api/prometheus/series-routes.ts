import { eachLabel, type Labels, labelsToRecord, type Matcher } from "@spanlight/promql";
import type { Context, Hono } from "hono";
import type { MetricMetadata } from "../../query/series/list-metadata.ts";
import { answerData, badParameter, PrometheusApiError } from "./answer.ts";
import { cutToLimit, readForm, readLimit, readMatcherSets, readSignal, readTime } from "./parameters.ts";

interface Window {
  /** Unix milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly signal: AbortSignal;
}

export interface SeriesRoutesOptions {
  readonly listSeries: (
    question: Window & {
      readonly matcherSets: ReadonlyArray<readonly Matcher[]>;
      readonly dimensions?: readonly string[];
    },
  ) => Promise<readonly Labels[]>;
  readonly listMetricNames: (question: Window) => Promise<readonly string[]>;
  readonly listMetadata: (
    metric: string | undefined,
    signal: AbortSignal,
  ) => Promise<ReadonlyMap<string, readonly MetricMetadata[]>>;
  /** Labels that series have only when they are asked for. */
  readonly optionalLabels: readonly string[];
  /** Names that are derived from spans: one of them tells what the others would. */
  readonly derivedNames: ReadonlySet<string>;
  readonly now: () => number;
}

/** How far back lists look when a request says no start. */
const DEFAULT_RANGE_MS = 86_400_000;

/** `series`, `labels`, `label/…/values` and `metadata`. */
export function addSeriesRoutes(api: Hono, options: SeriesRoutesOptions): void {
  const both = ["GET", "POST"];
  api.on(both, "/series", async (context) => {
    const form = await readForm(context);
    const matcherSets = readMatcherSets(form);
    if (matcherSets.length === 0) throw new PrometheusApiError("bad_data", "no match[] parameter provided");
    const found = await options.listSeries({ matcherSets, ...readWindow(context, form, options) });
    const { items, warnings } = cutToLimit(found, readLimit(form));
    return answerData(`[${items.map((labels) => JSON.stringify(labelsToRecord(labels))).join(",")}]`, {
      warnings,
    });
  });
  api.on(both, "/labels", (context) => answerLabels(context, options));
  api.get("/label/:name/values", (context) => answerValues(context, options));
  api.get("/metadata", async (context) => {
    const form = await readForm(context);
    const metric = form.get("metric") ?? "";
    const found = await options.listMetadata(metric === "" ? undefined : metric, readSignal(context));
    const limit = readLimit(form);
    return answerData(
      JSON.stringify(Object.fromEntries([...found].slice(0, limit === 0 ? undefined : limit))),
    );
  });
}

function readWindow(context: Context, form: URLSearchParams, { now }: SeriesRoutesOptions): Window {
  const endMs = readTime(form, "end", now());
  const startMs = readTime(form, "start", endMs - DEFAULT_RANGE_MS);
  if (endMs < startMs) throw badParameter("end", "end timestamp must not be before start timestamp");
  return { startMs, endMs, signal: readSignal(context) };
}

async function answerLabels(context: Context, options: SeriesRoutesOptions): Promise<Response> {
  const form = await readForm(context);
  const given = readMatcherSets(form);
  const matcherSets = given.length > 0 ? given : everySeries(options);
  const found = await options.listSeries({ matcherSets, ...readWindow(context, form, options) });
  const names = new Set(found.flatMap((labels) => [...eachLabel(labels)].map(([name]) => name)));
  const hasDerived = found.some((labels) =>
    options.derivedNames.has(labelsToRecord(labels)["__name__"] ?? ""),
  );
  if (hasDerived) {
    for (const name of options.optionalLabels) names.add(name);
    if (given.length === 0) names.add("le");
  }
  const { items, warnings } = cutToLimit([...names].toSorted(), readLimit(form));
  return answerData(JSON.stringify(items), { warnings });
}

async function answerValues(context: Context, options: SeriesRoutesOptions): Promise<Response> {
  const form = await readForm(context);
  const name = unescapeName(context.req.param("name") ?? "");
  if (name === "") throw new PrometheusApiError("bad_data", `invalid label name: ${JSON.stringify(name)}`);
  const window = readWindow(context, form, options);
  const given = readMatcherSets(form);
  const values =
    name === "__name__" && given.length === 0
      ? await options.listMetricNames(window)
      : await listValues(name, given, { options, window });
  const { items, warnings } = cutToLimit(values, readLimit(form));
  return answerData(JSON.stringify(items), { warnings });
}

async function listValues(
  name: string,
  given: ReadonlyArray<readonly Matcher[]>,
  { options, window }: { options: SeriesRoutesOptions; window: Window },
): Promise<string[]> {
  const wide = given.length > 0 || name === "le" ? given : everySeries(options);
  const sets = wide.length > 0 ? wide : [[{ name: "__name__", type: "!=" as const, value: "" }]];
  const present = { name, type: "!=" as const, value: "" };
  const matcherSets = sets.map((matchers) => (name === "__name__" ? matchers : [...matchers, present]));
  const found = await options.listSeries({ matcherSets, ...window });
  return [...new Set(found.map((labels) => labelsToRecord(labels)[name] ?? ""))]
    .filter((value) => value !== "")
    .toSorted();
}

/** All pushed series, and of the derived ones those that have every label the others have. */
function everySeries({ derivedNames }: SeriesRoutesOptions): Array<readonly Matcher[]> {
  const name = "__name__";
  return [
    [{ name, type: "=~", value: "llm_requests_total|llm_errors_total|llm_tool_calls_total" }],
    [{ name, type: "!~", value: [...derivedNames].join("|") }],
  ];
}

/** Names that are no plain ones come as `U__` with `_` doubled and other characters as `_hex_`. */
function unescapeName(text: string): string {
  if (!text.startsWith("U__")) return text;
  return text
    .slice(3)
    .replaceAll(/__|_([0-9a-fA-F]{1,6})_/g, (_match, hex: string | undefined) =>
      hex === undefined ? "_" : String.fromCodePoint(Math.min(0x10ffff, Number.parseInt(hex, 16))),
    );
}
