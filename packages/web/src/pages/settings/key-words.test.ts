import type { KeyAccounting } from "@spanlight/contract";
import { expect, it } from "vitest";
import { chooseShownKeys, describeLimits, describeRefused, isToldByKey, parseLimit } from "./key-words.ts";

const none = { received: 0, stored: 0, rejected: {}, duplicates: 0, inSpool: 0, unpriced: 0, late: 0 };
const account = (keyId: string | null, received: number): KeyAccounting => ({
  keyId,
  name: null,
  isRevoked: false,
  traces: { ...none, received },
  metrics: none,
  logs: none,
  lastReceivedAt: null,
  requests: 0,
  bytes: 0,
  refusedRequests: {},
});

it("keys are told apart once there is one", () => {
  expect(isToldByKey([])).toBe(false);
  expect(isToldByKey([account(null, 5)])).toBe(false);
  expect(isToldByKey([account(null, 5), account("a", 0)])).toBe(true);
});

it("of many keys those that sent the most are shown, in their order", () => {
  const keys = Array.from({ length: 20 }, (_, index) => account(`k${index}`, index % 2 === 0 ? index : 0));
  const shown = chooseShownKeys(keys).map(({ keyId }) => keyId);
  expect(shown).toHaveLength(12);
  expect(shown).toEqual(expect.arrayContaining(["k2", "k18"]));
  expect(shown.indexOf("k2")).toBeLessThan(shown.indexOf("k18"));
  expect(chooseShownKeys(keys.slice(0, 3))).toHaveLength(3);
});

it("limits and refusals are told in words", () => {
  const key = { maxRequestsPerSecond: 50, maxBytesPerSecond: 5 * 1024 * 1024 };
  const told = (limits: typeof key | { maxRequestsPerSecond: null; maxBytesPerSecond: null }): string =>
    describeLimits({
      id: "",
      name: "",
      project: "",
      scopes: [],
      createdAt: null,
      revokedAt: null,
      ...limits,
    });
  expect(told(key)).toBe("50 requests/s, 5.00 MiB/s");
  expect(told({ maxRequestsPerSecond: null, maxBytesPerSecond: null })).toBe("");
  expect(describeRefused({ rate_limited: 1200, forbidden: 1 })).toBe(
    "1,200 refused: rate limited, 1 refused: forbidden",
  );
  expect(describeRefused({})).toBeNull();
});

it.each([
  ["", null],
  [" ", null],
  ["50", 50],
  ["0.5", 0.5],
  ["5,000,000", 5_000_000],
  ["5 MB", 5_000_000],
  ["5 MiB", 5 * 1024 * 1024],
  ["2k", 2000],
  ["0", undefined],
  ["-1", undefined],
  ["fast", undefined],
  ["9999999 GB", undefined],
])("the limit %j is %j", (text, limit) => {
  expect(parseLimit(text)).toBe(limit);
});
