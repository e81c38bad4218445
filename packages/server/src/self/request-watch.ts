// How long requests take, by route. On the way of every request that brings telemetry.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestTimes } from "@spanlight/contract";
import { findNeed } from "../keys/routes.ts";
import { Durations, summarise } from "./durations.ts";
import { RouteTable, type ListedRoute } from "./route-table.ts";

/** How requests end: by class of status, or whoever asked went away before. */
export const requestOutcomes = ["1xx", "2xx", "3xx", "4xx", "5xx", "abandoned"] as const;
export type RequestOutcome = (typeof requestOutcomes)[number];

const abandoned = requestOutcomes.indexOf("abandoned");

type Kind = RequestTimes["kind"];

/** One route with one method. */
export interface RouteTimes {
  readonly method: string;
  readonly route: string;
  readonly kind: Kind;
  /** By index of `requestOutcomes`; those that never were are absent. */
  readonly byOutcome: (Durations | undefined)[];
}

const otherMethod = "other";
/** The method of calls over gRPC. */
const grpc = "gRPC";
/** Codes that are the server's fault: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS; any other is the sender's. */
const outcomeOfCode: ReadonlyMap<number, RequestOutcome> = new Map([
  [0, "2xx"],
  ...[2, 4, 12, 13, 14, 15].map((code): [number, RequestOutcome] => [code, "5xx"]),
]);
const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
/** What the pages are made of. */
const pagesRoute = "pages";
const unknownRoute = "unknown";
/** Answers that are held back until there is something new. */
const waitingRoutes = new Set(["/api/live"]);

/** Requests by route, since the start and of the last minutes. */
export class RequestWatch {
  private readonly byMethod = new Map<string, Map<string, RouteTimes>>();
  private table = new RouteTable([]);

  /** Tells the routes there are; until then every one is unknown. */
  setRoutes(routes: readonly ListedRoute[]): void {
    this.table = new RouteTable(routes);
  }

  /** Counts the request when its answer is out, or nobody waits for it any more. */
  watch({ method = "", url = "" }: IncomingMessage, outgoing: ServerResponse): void {
    const startedAt = performance.now();
    outgoing.on("close", () => {
      const outcome = outgoing.writableFinished ? Math.floor(outgoing.statusCode / 100) - 1 : abandoned;
      this.record({ method, url, outcome }, startedAt);
    });
  }

  /** Counts a call of a gRPC method, whose path is its route; `code` is undefined where whoever asked went away. */
  noteCall({ path, code, durationMs }: { path: string; code: number | undefined; durationMs: number }): void {
    const times = this.openRoute(grpc, path);
    const outcome = code === undefined ? "abandoned" : (outcomeOfCode.get(code) ?? "4xx");
    recordOutcome(times, requestOutcomes.indexOf(outcome), { durationMs, atMs: performance.now() });
  }

  /** Every route that was ever asked. */
  *list(): Generator<RouteTimes> {
    for (const byRoute of this.byMethod.values()) yield* byRoute.values();
  }

  /** What was asked in the last minutes, the slowest first. */
  report(): RequestTimes[] {
    const now = performance.now();
    return [...this.list()]
      .map((times) => toReport(times, now))
      .filter(({ count }) => count > 0)
      .toSorted(compareSlowness);
  }

  private record(request: { method: string; url: string; outcome: number }, startedAt: number): void {
    const now = performance.now();
    recordOutcome(this.open(request), request.outcome, { durationMs: now - startedAt, atMs: now });
  }

  private open({ method, url, outcome }: { method: string; url: string; outcome: number }): RouteTimes {
    const knownMethod = methods.has(method) ? method : otherMethod;
    // Whatever else is answered well is a page, or something that a page is made of.
    const isPage = outcome <= 2 || outcome === abandoned;
    const route = this.table.find(url) ?? (isPage ? pagesRoute : unknownRoute);
    return this.openRoute(knownMethod, route);
  }

  private openRoute(method: string, route: string): RouteTimes {
    let byRoute = this.byMethod.get(method);
    if (byRoute === undefined) this.byMethod.set(method, (byRoute = new Map()));
    let times = byRoute.get(route);
    if (times === undefined) {
      times = { method, route, kind: findKind(method, route), byOutcome: [] };
      byRoute.set(route, times);
    }
    return times;
  }
}

function recordOutcome(
  { byOutcome }: RouteTimes,
  outcome: number,
  { durationMs, atMs }: { durationMs: number; atMs: number },
): void {
  const durations = (byOutcome[outcome] ??= new Durations());
  durations.record(durationMs, atMs);
}

function findKind(method: string, route: string): Kind {
  if (waitingRoutes.has(route)) return "wait";
  if (method === grpc) return route.endsWith("/Export") ? "ingest" : "other";
  if (route === pagesRoute || route === unknownRoute || method === otherMethod) return "other";
  const need = findNeed(method, route);
  if (need.kind !== "scope") return "other";
  if (need.anyOf.includes("admin")) return "change";
  return need.anyOf.includes("read") ? "read" : "ingest";
}

function toReport({ method, route, kind, byOutcome }: RouteTimes, atMs: number): RequestTimes {
  const countOf = (outcome: RequestOutcome): number =>
    byOutcome[requestOutcomes.indexOf(outcome)]?.countRecent(atMs) ?? 0;
  return {
    method,
    route,
    kind,
    ...summarise(
      byOutcome.filter((durations) => durations !== undefined),
      atMs,
    ),
    failed: countOf("5xx"),
    refused: countOf("4xx"),
    abandoned: countOf("abandoned"),
  };
}

function compareSlowness(left: RequestTimes, right: RequestTimes): number {
  const isHeldBack = (times: RequestTimes): number => Number(times.kind === "wait");
  return isHeldBack(left) - isHeldBack(right) || (right.p95Ms ?? 0) - (left.p95Ms ?? 0);
}
