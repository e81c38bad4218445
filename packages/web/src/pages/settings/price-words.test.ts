import { expect, it } from "vitest";
import { describeList, describeOwnPrices, describeRepeated, nameModel, warnOfAge } from "./price-words.ts";

const list = { name: "the-list", version: "1.2", publishedOn: "2026-09-23" };

it("tells the age of the price list, and warns of an old one", () => {
  expect(describeList({ ...list, ageDays: 59 })).toBe("the-list 1.2, 59 days old");
  expect(describeList({ ...list, ageDays: 1 })).toBe("the-list 1.2, 1 day old");
  expect(describeList({ ...list, ageDays: 0 })).toBe("the-list 1.2, of today");
  expect(warnOfAge({ ...list, ageDays: 90 })).toBeNull();
  expect(warnOfAge({ ...list, ageDays: 91 })).toContain("newer version");
});

it("tells where prices of one's own stand", () => {
  const price = { id: "a", provider: "", model: "m", serviceTier: "", from: null, to: null };
  const own = (origin: "file" | "api") => ({
    ...price,
    origin,
    usdPerMillion: { input: 1 },
    changedAt: null,
    changedBy: null,
  });
  expect(describeOwnPrices([])).toBe("none");
  expect(describeOwnPrices([own("file"), own("file"), own("api")])).toBe("2 in spanlight.yaml, 1 by the API");
});

it("tells of calls that were reported twice, when there were any", () => {
  const calls = { onArrival: 1, later: 0, laterCostUsd: 0, lastLaterAt: null };
  expect(describeRepeated({ ...calls, onArrival: 0 })).toEqual([]);
  expect(describeRepeated(calls)).toEqual([
    "1 call not billed, for another span reports the same call (since the start)",
  ]);
  expect(
    describeRepeated({ onArrival: 0, later: 1200, laterCostUsd: 3.2, lastLaterAt: "2026-11-21T10:00:00Z" }),
  ).toEqual(["1,200 calls taken off the bill later, $3.20"]);
});

it("names a model as the one that answered, else the one that was asked for", () => {
  const model = {
    provider: "",
    serviceTier: "",
    requests: 1,
    inputTokens: 1,
    outputTokens: 1,
    firstSeen: "",
    lastSeen: "",
    example: { traceId: "", spanId: "" },
  };
  expect(nameModel({ ...model, requestModel: "a", responseModel: "b" })).toBe("b");
  expect(nameModel({ ...model, requestModel: "a", responseModel: "" })).toBe("a");
  expect(nameModel({ ...model, requestModel: "", responseModel: "" })).toBe("(no model named)");
});
