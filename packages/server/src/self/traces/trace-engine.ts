import type { Engine, Query } from "../../store/engine.ts";
import { summariseQuery } from "./query-summary.ts";
import type { OpenSpan, SpanAttributes, Tracing } from "./tracing.ts";

/** Where the store is, if it is not in this process. */
export interface StorePlace {
  readonly address: string;
  readonly port: number;
}

/** More statements below one span are a number in it: whoever waits asks again and again whether something is done. */
const mostStatements = 200;
/** A read that had its turn sooner has not waited. */
const leastWaitMs = 1;

/**
 * The same engine, with a span for every statement that is asked for inside of one; elsewhere nothing is made. Of what a statement
 * says its verb and its tables are told. A read that waits for a free session has a span of its own for that.
 */
export function traceEngine(engine: Engine, tracing: Tracing, place?: StorePlace): Engine {
  const countStatement = createCount();
  const common: SpanAttributes = {
    "db.system.name": "clickhouse",
    ...(place === undefined ? {} : { "server.address": place.address, "server.port": place.port }),
  };

  function trace<Result>(sql: string, run: (span?: OpenSpan) => Promise<Result>): Promise<Result> {
    const above = tracing.current();
    if (above === undefined || !countStatement(above)) return run();
    const { operation, tables, summary } = summariseQuery(sql);
    const [table] = tables;
    const attributes = {
      ...common,
      "db.operation.name": operation,
      "db.query.summary": summary,
      ...(tables.length === 1 && table !== undefined ? { "db.collection.name": table } : {}),
    };
    return tracing.run({ name: summary, kind: "client", attributes }, run);
  }

  return {
    ...engine,
    query: <Row>(query: Query) =>
      trace(query.sql, async (span) => {
        const rows = await engine.query<Row>(span === undefined ? query : watchTurn(query, tracing));
        span?.note({ "db.response.returned_rows": rows.length });
        return rows;
      }),
    queryNative: (query, onBytes) =>
      trace(query.sql, (span) =>
        engine.queryNative(span === undefined ? query : watchTurn(query, tracing), onBytes),
      ),
    command: (sql, parameters, signal) => trace(sql, () => engine.command(sql, parameters, signal)),
    maintain: (sql) => trace(sql, () => engine.maintain(sql)),
    insertBlock: (block, signal) =>
      trace(`INSERT INTO ${block.table}`, () => engine.insertBlock(block, signal)),
    listBlocks: (table, fromBlock) =>
      trace(`SELECT block FROM ${table}`, () => engine.listBlocks(table, fromBlock)),
  };
}

/** The query, with a span from now until it has its turn. */
function watchTurn(query: Query, tracing: Tracing): Query {
  const askedAt = performance.now();
  return tracing.enter({ name: "wait for a session" }, (waiting) => ({
    ...query,
    onTurn() {
      query.onTurn?.();
      if (performance.now() - askedAt >= leastWaitMs) waiting.end();
    },
  }));
}

/** Counts what stands below a span; false once it is enough, which the span then says. */
function createCount(): (above: OpenSpan) => boolean {
  const counts = new WeakMap<OpenSpan, number>();
  return (above) => {
    const count = (counts.get(above) ?? 0) + 1;
    counts.set(above, count);
    if (count <= mostStatements) return true;
    above.note({ "spanlight.statements_left_out": count - mostStatements });
    return false;
  };
}
