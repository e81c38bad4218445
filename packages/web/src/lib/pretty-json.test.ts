import { describe, expect, it } from "vitest";
import { prettyJson } from "./pretty-json.ts";

describe("JSON for reading", () => {
  it("what is short stays on one line", () => {
    expect(prettyJson({ order_id: "88213" })).toBe('{ "order_id": "88213" }');
    expect(prettyJson([1, "a", null, {}])).toBe('[1, "a", null, {}]');
  });

  it("what is long is broken at its outer level first", () => {
    expect(prettyJson({ status: "delivered", total: { amount: 43.9, currency: "EUR" } }, 36)).toBe(
      '{\n  "status": "delivered",\n  "total": {\n    "amount": 43.9,\n    "currency": "EUR"\n  }\n}',
    );
    expect(prettyJson({ status: "delivered", total: { amount: 43.9 } }, 44)).toBe(
      '{\n  "status": "delivered",\n  "total": { "amount": 43.9 }\n}',
    );
  });

  it("text that holds JSON is read, other text stays as it is", () => {
    expect(prettyJson('{"a":1}')).toBe('{ "a": 1 }');
    expect(prettyJson("{not json")).toBe("{not json");
    expect(prettyJson("plain")).toBe("plain");
  });
});
