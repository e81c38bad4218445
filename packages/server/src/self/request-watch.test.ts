import { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { RequestWatch } from "./request-watch.ts";
import { RouteTable } from "./route-table.ts";

const routes = ["/v1/traces", "/api/traces", "/api/traces/facets", "/api/traces/:traceId", "/api/live"].map(
  (path) => ({ method: "GET", path }),
);

describe("the table of routes", () => {
  const table = new RouteTable([...routes, { method: "ALL", path: "/api/*" }, { method: "GET", path: "/*" }]);

  it.each([
    ["/api/traces", "/api/traces"],
    ["/api/traces?q=a/b", "/api/traces"],
    ["/api/traces/facets", "/api/traces/facets"],
    ["/api/traces/4bf92f35", "/api/traces/:traceId"],
    ["/api/traces/4bf92f35?content=none", "/api/traces/:traceId"],
    ["/api/traces/", undefined],
    ["/api/traces/4bf92f35/spans", undefined],
    ["/traces", undefined],
    ["*", undefined],
    ["", undefined],
  ])("knows %s as %s", (url, template) => {
    expect(table.find(url)).toBe(template);
  });
});

describe("requests", () => {
  const watch = new RequestWatch();
  watch.setRoutes(routes);

  /** A request that is answered at once with the status; with none it is given up. */
  function answer(method: string, url: string, status?: number): void {
    const outgoing = Object.assign(new EventEmitter(), {
      statusCode: status ?? 200,
      writableFinished: status !== undefined,
    });
    watch.watch({ method, url } as IncomingMessage, outgoing as unknown as ServerResponse);
    outgoing.emit("close");
  }

  it("are counted by method, route and outcome, whatever anybody invents", () => {
    answer("POST", "/v1/traces", 200);
    answer("POST", "/v1/traces", 503);
    answer("POST", "/v1/traces", 429);
    answer("POST", "/v1/traces");
    answer("GET", "/assets/index.js", 200);
    answer("GET", "/traces", 304);
    for (const code of [0, 16, 14, undefined]) {
      watch.noteCall({ path: "/opentelemetry.TraceService/Export", code, durationMs: 1 });
    }
    for (const name of ["a", "b", "c"]) answer("GET", `/${name}.php`, 404);
    for (const method of ["PURGE", "MKCOL", "LOCK"]) answer(method, "/v1/traces", 405);
    const told = watch
      .report()
      .map(({ method, route, kind, count, failed, refused, abandoned }) => [
        `${method} ${route} ${kind}`,
        [count, failed, refused, abandoned],
      ]);
    expect(Object.fromEntries(told)).toEqual({
      "POST /v1/traces ingest": [4, 1, 1, 1],
      "gRPC /opentelemetry.TraceService/Export ingest": [4, 1, 1, 1],
      "GET pages other": [2, 0, 0, 0],
      "GET unknown other": [3, 0, 3, 0],
      "other /v1/traces other": [3, 0, 3, 0],
    });
  });
});
