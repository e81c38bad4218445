// What of the server's work has spans. Rooms that are watched are told functions: none of them knows of spans.
import type { AroundEvaluation } from "../alerts/engine/outside.ts";
import type { AroundReprice } from "../costs/reprice.ts";
import { findNeed } from "../keys/routes.ts";
import type { AroundDelivery } from "../notify/deliveries.ts";
import { RouteTable, type ListedRoute } from "../self/route-table.ts";
import type { SelfTraces } from "../self/traces/create-self-traces.ts";
import { isOwn } from "../self/traces/own-sender.ts";
import type { TraceIntake } from "../self/traces/store-destination.ts";
import type { SpanAttributes } from "../self/traces/tracing.ts";
import type { AroundInsert } from "../spool/watch-insert.ts";
import type { Engine } from "../store/engine.ts";
import type { AroundMigration } from "../store/migrate.ts";
import type { HttpApplication } from "./front-door.ts";

export interface ServerTraces {
  /** Where they go and what became of them; undefined where there are none. */
  readonly own: Pick<SelfTraces, "destination" | "report"> | undefined;
  /** The engine, with a span for every statement that belongs to a request or to a piece of work. */
  traceEngine(engine: Engine): Engine;
  /** The application, with a span for every request that asks or changes something. */
  traceRequests(application: HttpApplication, routes: readonly ListedRoute[]): HttpApplication;
  readonly around: Watchers;
  /** Tells the own way in, for spans that stay in the own store. */
  connect(intake: TraceIntake): void;
  /** Runs what goes on by itself afterwards: it belongs to nothing that is under way. */
  leave<Result>(outside: () => Result): Result;
  /** Sends what waits. */
  close(graceMs: number): Promise<void>;
}

/** Each of them runs the work it is given, once. */
export interface Watchers {
  /** A piece of work that begins a trace; `describe` tells of its outcome. */
  readonly work: <Result>(
    name: string,
    work: () => Promise<Result>,
    describe?: (result: Result) => SpanAttributes,
  ) => Promise<Result>;
  /** A part of what is under way. */
  readonly step: Watchers["work"];
  readonly migration?: AroundMigration;
  readonly insert?: AroundInsert;
  readonly evaluation?: AroundEvaluation;
  readonly delivery?: AroundDelivery;
  readonly reprice?: AroundReprice;
}

const alone: Watchers["work"] = (_name, work) => work();

/** No traces: everything as it is. */
export const noTraces: ServerTraces = {
  own: undefined,
  traceEngine: (engine) => engine,
  traceRequests: (application) => application,
  around: { work: alone, step: alone },
  connect: () => undefined,
  leave: (outside) => outside(),
  close: () => Promise.resolve(),
};

/** What the rooms are told, so that their work has spans. */
export function createWatchers(traces: SelfTraces): Watchers {
  return {
    work: (name, work, describe) =>
      traces.run({ name, isRoot: true }, async (span) => {
        const result = await work();
        if (describe !== undefined) span.note(describe(result));
        return result;
      }),
    step: (name, work, describe) =>
      traces.run({ name }, async (span) => {
        const result = await work();
        if (describe !== undefined) span.note(describe(result));
        return result;
      }),
    migration: (name, migration) =>
      traces.run({ name: "migrate", attributes: { "spanlight.migration": name } }, migration),
    insert: createAroundInsert(traces),
    evaluation: createAroundEvaluation(traces),
    delivery: ({ receiver, status, alertCount }, send) => {
      const attributes = {
        "spanlight.receiver": receiver,
        "spanlight.alert_status": status,
        "spanlight.alerts": alertCount,
      };
      return traces.run({ name: "send notification", isRoot: true, attributes }, send);
    },
    reprice: (name, work) => traces.run({ name, isRoot: name === "reprice" }, work),
  };
}

function createAroundInsert(traces: SelfTraces): AroundInsert {
  return (segment, insert) => {
    if (isOwn(segment.counts)) return traces.leave(insert);
    const attributes = {
      "spanlight.block": segment.block,
      "spanlight.tables": segment.tables.join(" "),
      "spanlight.rows": segment.rows,
      "spanlight.bytes": segment.bytes,
      "spanlight.waited_ms": segment.waitedMs,
      "spanlight.replayed": segment.isReplayed,
    };
    const name = segment.isReplayed ? "replay segment" : "insert segment";
    return traces.run({ name, isRoot: true, attributes }, async (span) => {
      const isStored = await insert();
      if (!isStored) span.fail("stopped");
      return isStored;
    });
  };
}

function createAroundEvaluation(traces: SelfTraces): AroundEvaluation {
  return ({ name, ruleCount }, evaluate) => {
    const attributes = { "spanlight.rule_group": name, "spanlight.rules": ruleCount };
    return traces.run({ name: "evaluate rules", isRoot: true, attributes }, async (span) => {
      const failed = await evaluate();
      span.note({ "spanlight.rules_failed": failed });
      if (failed > 0) span.fail("rule_failed");
      return failed;
    });
  };
}

/** Answers that are held back until there is something new, and what probes ask. */
const untraced = new Set(["/api/live", "/api/health"]);

/** Requests that ask or change something. What brings telemetry has no spans, nor have pages, probes and `/metrics`. */
export function isTraced(method: string, path: string): boolean {
  const need = findNeed(method, path);
  if (need.kind === "operator") return true;
  return need.kind === "scope" && !need.anyOf.includes("ingest") && !untraced.has(path);
}

/** Finds the template of a path. */
export function createRouteFinder(routes: readonly ListedRoute[]): (path: string) => string | undefined {
  const table = new RouteTable(routes);
  return (path) => table.find(path);
}
