import { describe, expect, it } from "vitest";
import { listChips, parseDurationMs, parseQuery, parseWord, writeChip } from "./trace-query.ts";

describe("the query bar", () => {
  it("a field and a value become a filter", () => {
    expect(parseQuery("service:support-bot model:gpt-4o user:u-1 session:s-2")).toEqual({
      service: "support-bot",
      model: "gpt-4o",
      user: "u-1",
      session: "s-2",
    });
  });

  it("quotes keep a value with spaces together", () => {
    expect(parseQuery('endpoint:"POST /support" refund')).toEqual({ endpoint: "POST /support", q: "refund" });
  });

  it("duration and cost are compared", () => {
    expect(parseQuery("duration>2s cost>0.05")).toEqual({ minDurationMs: "2000", minCostUsd: "0.05" });
    expect(parseQuery("duration<500ms cost>$1")).toEqual({ maxDurationMs: "500", minCostUsd: "1" });
  });

  it("everything else is text to search for", () => {
    expect(parseQuery('where is "my order"')).toEqual({ q: "where is my order" });
    expect(parseWord("https://example.org")).toBeNull();
    expect(parseWord("status:maybe")).toBeNull();
    expect(parseWord("duration>soon")).toBeNull();
    expect(parseWord("model:")).toBeNull();
  });

  it("errors are found by their type", () => {
    expect(parseQuery("status:error error:429")).toEqual({ status: "error", errorType: "429" });
  });

  it("a chip typed again gives the same filter", () => {
    const filters = {
      service: "support bot",
      errorType: "timeout",
      minDurationMs: "2000",
      maxDurationMs: "90000",
      minCostUsd: "0.05",
      q: "my order",
    };
    const chips = listChips(filters);
    expect(chips.map((chip) => `${chip.field}${chip.separator}${chip.value}`)).toEqual([
      "service:support bot",
      "error:timeout",
      "duration>2s",
      "duration<1min30s",
      "cost>$0.05",
      "text:my order",
    ]);
    expect(parseQuery(chips.map(writeChip).join(" "))).toEqual(filters);
  });

  it("durations take a unit", () => {
    expect(["2s", "1.5s", "500ms", "250", "2min", "1h", "1min30s", "x"].map(parseDurationMs)).toEqual([
      2000,
      1500,
      500,
      250,
      120_000,
      3_600_000,
      90_000,
      null,
    ]);
  });
});
