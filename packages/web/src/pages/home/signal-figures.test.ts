import type { Overview, OverviewFigures, OverviewGroup } from "@spanlight/contract";
import { describe, expect, it } from "vitest";
import { assess } from "../../lib/assess.ts";
import { readView } from "../../lib/view.ts";
import { listTiles } from "./signal-figures.ts";
import type { HomeFigures } from "./use-home.ts";

const fromMs = Date.UTC(2026, 10, 21, 12);
const calm: OverviewFigures = {
  requests: 100,
  errors: 0,
  inputTokens: 1000,
  outputTokens: 100,
  cacheReadTokens: 0,
  costUsd: 0.2,
  unpricedRequests: 0,
  p50Ms: 600,
  p95Ms: 1100,
  p99Ms: 1900,
  ttftP95Ms: 400,
};

/** An hour by minutes; the last ten have errors. */
function hour(errors: number, requests = 100): Overview {
  const series = Array.from({ length: 60 }, (_, step) => ({
    ...calm,
    requests,
    errors: step >= 50 ? errors : 0,
    time: new Date(fromMs + step * 60_000).toISOString(),
  }));
  const totals = { ...calm, requests: requests * 60, errors: errors * 10 };
  const to = new Date(fromMs + 3_600_000).toISOString();
  return { from: new Date(fromMs).toISOString(), to, stepSeconds: 60, totals, series };
}

function home(errors: number): HomeFigures {
  const now = hour(errors);
  const { totals, series } = hour(errors);
  const byErrorType: OverviewGroup[] = [{ group: "429", totals, series }];
  const input = { now, before: hour(0), byEndpoint: [], byModel: [], byErrorType };
  return { ...input, byChosen: [], byChosenBefore: [], judged: input, assessment: assess(input) };
}

describe("the tile of errors", () => {
  const tell = (errors: number) => listTiles(home(errors), readView(""))[2];

  it("tells everything since the trouble began, while there is trouble", () => {
    expect(tell(40)).toMatchObject({ value: "40", note: "400 of 1,000", foot: "429 40 %", tone: "bad" });
  });

  it("tells the range while there is none", () => {
    expect(tell(1)).toMatchObject({ value: "0.2", note: "10 of 6,000", foot: "429 0.2 %", tone: "plain" });
  });
});
