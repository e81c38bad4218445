import { describe, expect, it } from "vitest";
import { againstShiftMs, describeRange, parseDurationText, resolveRange } from "./time-range.ts";
import {
  addressOf,
  DEFAULT_VIEW,
  readView,
  sharedView,
  writeParameter,
  writeView,
  type View,
} from "./view.ts";

const HOUR_MS = 3_600_000;

describe("the address of a view", () => {
  it("the default view has an empty query string", () => {
    expect(writeView(DEFAULT_VIEW)).toBe("");
    expect(readView("")).toEqual(DEFAULT_VIEW);
  });

  it("a view survives being written and read", () => {
    const view: View = {
      range: { kind: "between", fromMs: 1_795_000_000_000, toMs: 1_795_000_600_000 },
      against: "week",
      live: false,
      filters: { service: "support bot", model: "gpt-4o", minDurationMs: "2000", q: "refund & co" },
    };
    expect(readView(writeView(view))).toEqual(view);
  });

  it("a range that ends now is written by its length", () => {
    expect(writeView({ ...DEFAULT_VIEW, range: { kind: "last", text: "3h" } })).toBe("?range=3h");
    expect(readView("?range=3h").range).toEqual({ kind: "last", text: "3h" });
  });

  it("instants may be ISO 8601 or milliseconds", () => {
    const range = { kind: "between", fromMs: Date.UTC(2026, 10, 21, 2), toMs: Date.UTC(2026, 10, 21, 3) };
    expect(readView("?from=2026-11-21T02:00:00Z&to=2026-11-21T03:00:00Z").range).toEqual(range);
    expect(readView(`?from=${range.fromMs}&to=${range.toMs}`).range).toEqual(range);
  });

  it("nonsense falls back to the default", () => {
    const search = "?range=soon&against=tomorrow&from=x&to=y";
    expect(readView(search)).toEqual(DEFAULT_VIEW);
    expect(readView("?from=2026-11-21T03:00:00Z&to=2026-11-21T02:00:00Z").range).toEqual(DEFAULT_VIEW.range);
  });

  it("parameters of a page stay when the view changes", () => {
    expect(writeView({ ...DEFAULT_VIEW, live: false }, "?by=model&range=3h")).toBe("?by=model&live=off");
    expect(writeParameter("?by=model&range=3h", "by", undefined)).toBe("?range=3h");
  });

  it("another page keeps range, service and environment and drops what narrows a list", () => {
    const view = readView("?range=3h&service=bot&environment=production&q=refund&status=error");
    expect(addressOf("/", sharedView(view))).toBe("/?range=3h&service=bot&environment=production");
  });
});

describe("ranges", () => {
  it("a range that ends now resolves against the clock it is given", () => {
    expect(resolveRange({ kind: "last", text: "3h" }, 10 * HOUR_MS)).toEqual({
      fromMs: 7 * HOUR_MS,
      toMs: 10 * HOUR_MS,
    });
  });

  it("yesterday lies as many whole days back as the range needs", () => {
    expect(againstShiftMs("yesterday", HOUR_MS)).toBe(24 * HOUR_MS);
    expect(againstShiftMs("yesterday", 30 * HOUR_MS)).toBe(48 * HOUR_MS);
    expect(againstShiftMs("week", HOUR_MS)).toBe(168 * HOUR_MS);
    expect(againstShiftMs("previous", HOUR_MS)).toBe(HOUR_MS);
    expect(againstShiftMs("nothing", HOUR_MS)).toBeNull();
  });

  it("a range reads as words", () => {
    const now = new Date(2026, 10, 21, 15, 4).getTime();
    expect(describeRange({ kind: "last", text: "15m" }, now)).toBe("Last 15 min");
    const fromMs = new Date(2026, 10, 21, 14, 20).getTime();
    expect(describeRange({ kind: "between", fromMs, toMs: fromMs + HOUR_MS / 2 }, now)).toBe("14:20 – 14:50");
    expect(describeRange({ kind: "between", fromMs: fromMs - 24 * HOUR_MS, toMs: fromMs }, now)).toBe(
      "20 Nov 14:20 – 14:20",
    );
  });

  it("a duration needs a number and a unit", () => {
    expect(["15m", "2w", "0h", "h", "3x"].map(parseDurationText)).toEqual([
      900_000,
      1_209_600_000,
      null,
      null,
      null,
    ]);
  });
});
