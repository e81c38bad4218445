import type { Pickers } from "@spanlight/contract";
import type { Engine, Query } from "../store/engine.ts";

export interface PickersQuestion {
  readonly project: string;
  /** Ends of the spans looked at, Unix seconds, `[from, to)`. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

type Row = { readonly [Name in keyof Pickers]: readonly string[] };

/** What there is to choose from in the range: services, environments, endpoints, providers, models, operations, each sorted. */
export async function listPickers(
  store: Engine,
  question: PickersQuestion,
  signal?: AbortSignal,
): Promise<Pickers> {
  const [row] = await store.query<Row>({ ...renderPickers(question), signal });
  const list = (values: readonly string[] | undefined): string[] =>
    (values ?? []).filter((value) => value !== "");
  return {
    services: list(row?.services),
    environments: list(row?.environments),
    endpoints: list(row?.endpoints),
    providers: list(row?.providers),
    models: list(row?.models),
    operations: list(row?.operations),
  };
}

/** An aggregate over keys of the rollup, so the rollup answers it. */
export function renderPickers(question: PickersQuestion): Query {
  return {
    sql: `SELECT
  arraySort(groupUniqArray(1000)(service)) AS services,
  arraySort(groupUniqArray(1000)(environment)) AS environments,
  arraySort(groupUniqArray(1000)(endpoint)) AS endpoints,
  arraySort(groupUniqArray(1000)(provider)) AS providers,
  arraySort(groupUniqArrayIf(1000)(model, billed = 1)) AS models,
  arraySort(groupUniqArrayIf(1000)(operation, billed = 1)) AS operations
FROM (
  SELECT project, service, environment, endpoint, provider, model, operation, billed, count()
  FROM spans
  WHERE project = {project:String} AND slot >= toDateTime({fromSeconds:UInt32}, 'UTC') AND slot < toDateTime({toSeconds:UInt32}, 'UTC')
  GROUP BY project, service, environment, endpoint, provider, model, operation, billed
)`,
    parameters: { ...question },
    timeoutMs: 10_000,
  };
}
