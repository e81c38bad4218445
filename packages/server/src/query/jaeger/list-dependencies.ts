import type { Engine } from "../../store/engine.ts";

export interface DependenciesQuestion {
  readonly project: string;
  /** Unix seconds, `[from, to)`. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** One service called another so many times. */
export interface Dependency {
  readonly parent: string;
  readonly child: string;
  readonly callCount: number;
}

/** Which services call which: spans whose parent belongs to another service. */
export async function listDependencies(
  store: Engine,
  question: DependenciesQuestion,
  signal?: AbortSignal,
): Promise<Dependency[]> {
  const range = `project = {project:String}
    AND slot >= toDateTime({fromSeconds:UInt32}, 'UTC') AND slot < toDateTime({toSeconds:UInt32}, 'UTC')`;
  return store.query<Dependency>({
    sql: `SELECT parents.service AS parent, children.service AS child, toFloat64(count()) AS callCount
FROM (SELECT trace_id, parent_span_id, service FROM spans WHERE ${range} AND parent_span_id != toFixedString('', 8)) AS children
INNER JOIN (SELECT trace_id, span_id, service FROM spans WHERE ${range}) AS parents
  ON children.trace_id = parents.trace_id AND children.parent_span_id = parents.span_id
WHERE parents.service != children.service
GROUP BY parent, child
ORDER BY parent, child`,
    parameters: { ...question },
    timeoutMs: 30_000,
    signal,
  });
}
