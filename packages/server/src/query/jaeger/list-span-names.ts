import type { Engine } from "../../store/engine.ts";

export interface SpanNamesQuestion {
  readonly project: string;
  readonly service: string;
  /** Unix seconds, `[from, to)`. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

export interface SpanName {
  readonly name: string;
  /** OTLP SpanKind. */
  readonly kind: number;
}

const MAX_NAMES = 10_000;

/** The names of a service's spans with their kinds, in order. */
export async function listSpanNames(
  store: Engine,
  question: SpanNamesQuestion,
  signal?: AbortSignal,
): Promise<SpanName[]> {
  return store.query<SpanName>({
    sql: `SELECT name, kind FROM spans
WHERE project = {project:String} AND service = {service:String}
  AND slot >= toDateTime({fromSeconds:UInt32}, 'UTC') AND slot < toDateTime({toSeconds:UInt32}, 'UTC')
GROUP BY name, kind
ORDER BY name, kind
LIMIT ${MAX_NAMES}`,
    parameters: { ...question },
    signal,
  });
}
