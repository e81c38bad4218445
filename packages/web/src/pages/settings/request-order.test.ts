import type { RequestTimes } from "@spanlight/contract";
import { describe, expect, it } from "vitest";
import {
  DEFAULT_ORDER,
  directionOf,
  readOrder,
  sortRequests,
  turnTo,
  writeOrder,
  type SortColumn,
} from "./request-order.ts";

function request(route: string, figures: Partial<RequestTimes>): RequestTimes {
  return {
    method: "GET",
    route,
    kind: "read",
    count: 1,
    failed: 0,
    refused: 0,
    abandoned: 0,
    p50Ms: 1,
    p95Ms: 1,
    p99Ms: 1,
    maxMs: 1,
    ...figures,
  };
}

const requests = [
  request("/api/live", { kind: "wait", count: 99, p95Ms: 25_000 }),
  request("/b", { count: 3, p95Ms: 20 }),
  request("/a", { count: 7, p95Ms: 20 }),
  request("/none", { count: 0, p95Ms: null }),
  request("/slow", { count: 1, p95Ms: 900 }),
];

const routes = (column: SortColumn, isReversed = false): string[] =>
  sortRequests(requests, { column, isReversed }).map(({ route }) => route);

describe("the order of requests", () => {
  it("is the slowest first; those that wait on purpose stand last, those of the same time by name", () => {
    expect(routes("p95Ms")).toEqual(["/slow", "/a", "/b", "/none", "/api/live"]);
  });

  it("follows any column, and turns round without moving those that wait", () => {
    expect(routes("count")).toEqual(["/a", "/b", "/slow", "/none", "/api/live"]);
    expect(routes("count", true)).toEqual(["/none", "/slow", "/b", "/a", "/api/live"]);
    expect(routes("route")).toEqual(["/a", "/b", "/none", "/slow", "/api/live"]);
  });

  it("is turned round by choosing its column once more, and starts anew with another one", () => {
    const byCount = turnTo(DEFAULT_ORDER, "count");
    expect(byCount).toEqual({ column: "count", isReversed: false });
    const turned = turnTo(byCount, "count");
    expect(turned.isReversed).toBe(true);
    expect(turnTo(turned, "count")).toEqual(byCount);
    expect(turnTo(turned, "route")).toEqual({ column: "route", isReversed: false });
  });

  it("says which way it goes: figures fall, names rise", () => {
    expect(directionOf({ column: "count", isReversed: false })).toBe("descending");
    expect(directionOf({ column: "count", isReversed: true })).toBe("ascending");
    expect(directionOf({ column: "route", isReversed: false })).toBe("ascending");
    expect(directionOf({ column: "route", isReversed: true })).toBe("descending");
  });

  it("stands in the address and is read back; the usual one stands in none, nonsense is the usual one", () => {
    for (const isReversed of [false, true]) {
      for (const column of ["route", "count", "p99Ms"] as const) {
        expect(readOrder(writeOrder({ column, isReversed }) ?? null)).toEqual({ column, isReversed });
      }
    }
    expect(writeOrder(DEFAULT_ORDER)).toBeUndefined();
    expect(writeOrder({ ...DEFAULT_ORDER, isReversed: true })).toBe("-p95Ms");
    for (const text of [null, "", "-", "price"]) expect(readOrder(text)).toEqual(DEFAULT_ORDER);
  });
});
