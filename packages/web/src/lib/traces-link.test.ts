import { describe, expect, it } from "vitest";
import { rangeAround, tracesAddress } from "./traces-link.ts";
import { readView } from "./view.ts";

const nowMs = Date.UTC(2026, 10, 21, 12);
const HOUR_MS = 3_600_000;

describe("links to traces", () => {
  it("a step of a chart leads to its traces in whole seconds, with the filters on top of the service", () => {
    const view = readView("?range=3h&service=bot&q=refund");
    const address = tracesAddress(view, { model: "gpt-4o" }, { fromMs: nowMs + 250, toMs: nowMs + 60_250 });
    expect(address).toBe(
      "/traces?from=2026-11-21T12:00:00.000Z&to=2026-11-21T12:01:01.000Z&service=bot&model=gpt-4o",
    );
  });

  it("what belongs to an old trace is looked for around its own time", () => {
    const range = { kind: "last", text: "1h" } as const;
    const recent = { fromMs: nowMs - HOUR_MS / 2, toMs: nowMs };
    expect(rangeAround(range, recent, nowMs)).toBe(range);
    const old = { fromMs: nowMs - 72 * HOUR_MS, toMs: nowMs - 71 * HOUR_MS };
    expect(rangeAround(range, old, nowMs)).toEqual({
      kind: "between",
      fromMs: nowMs - 84 * HOUR_MS,
      toMs: nowMs - 59 * HOUR_MS,
    });
  });
});
