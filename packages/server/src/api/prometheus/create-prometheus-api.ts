import type { SeriesReader } from "@spanlight/promql";
import { Hono } from "hono";
import { compress } from "hono/compress";
import type { SeriesQueries } from "../../query/series/create-series-queries.ts";
import { answerData, answerFailure } from "./answer.ts";
import { addQueryRoutes } from "./query-routes.ts";
import { addRuleRoutes, type RuleGroup } from "./rule-routes.ts";
import { addSeriesRoutes } from "./series-routes.ts";

export interface PrometheusApiOptions {
  readonly series: SeriesQueries;
  /** Where queries read; `series.reader` unless something is joined to it. */
  readonly reader?: SeriesReader;
  /** Version of this server. */
  readonly version: string;
  /** The groups of the rule engine; none where there is no rule engine. */
  readonly listRuleGroups?: () => readonly RuleGroup[];
  /** Unix milliseconds. */
  readonly now: () => number;
  /** The longest a query may take. Default 2 minutes. */
  readonly timeoutMs?: number;
  /** Queries evaluated at once. Default 4. */
  readonly maxConcurrency?: number;
  /** Hears of errors that are nobody's request's fault. */
  readonly report: (error: unknown) => void;
}

/** The release of Prometheus whose language and API this is; Grafana chooses by it what it asks. */
const COMPATIBLE_VERSION = "3.14.0";
const DEFAULT_TIMEOUT_MS = 120_000;
const DEFAULT_CONCURRENCY = 4;

/** The HTTP API of Prometheus as Grafana and promtool use it, under `/prometheus/api/v1`. To be mounted at the root. */
export function createPrometheusApi(options: PrometheusApiOptions): Hono {
  const { series, now, report } = options;
  const api = new Hono();
  api.onError((error) => answerFailure(error, report));
  api.use(compress());
  addQueryRoutes(api, {
    reader: options.reader ?? series.reader,
    listExemplars: series.listExemplars,
    now,
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    maxConcurrency: options.maxConcurrency ?? DEFAULT_CONCURRENCY,
  });
  addSeriesRoutes(api, { ...series, now });
  addRuleRoutes(api, options.listRuleGroups ?? (() => []));
  api.get("/status/buildinfo", () =>
    answerData(
      JSON.stringify({
        version: COMPATIBLE_VERSION,
        revision: `spanlight ${options.version}`,
        branch: "",
        buildUser: "",
        buildDate: "",
        goVersion: "",
      }),
    ),
  );
  api.options("/*", (context) => context.body(null, 204));
  const door = new Hono();
  door.onError((error) => answerFailure(error, report));
  door.route("/prometheus/api/v1", api);
  door.get("/prometheus/-/healthy", (context) => context.text("Spanlight is Healthy.\n"));
  door.get("/prometheus/-/ready", (context) => context.text("Spanlight is Ready.\n"));
  return door;
}
