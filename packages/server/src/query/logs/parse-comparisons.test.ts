import { expect, it } from "vitest";
import { ComparisonError, parseComparisons } from "./parse-comparisons.ts";

it.each([
  ["tokens_used > 2000", [{ key: "tokens_used", operator: ">", value: 2000 }]],
  ["tokens_used>=2.5e3", [{ key: "tokens_used", operator: ">=", value: 2500 }]],
  ['gen_ai.request.model = "gpt-4o"', [{ key: "gen_ai.request.model", operator: "=", value: "gpt-4o" }]],
  ['code = "200"', [{ key: "code", operator: "=", value: "200" }]],
  ["plan != free", [{ key: "plan", operator: "!=", value: "free" }]],
  ['"a key" ~ "say \\"hi\\""', [{ key: "a key", operator: "~", value: 'say "hi"' }]],
  [
    "a=1 and b = two AND c<3 ",
    [
      { key: "a", operator: "=", value: 1 },
      { key: "b", operator: "=", value: "two" },
      { key: "c", operator: "<", value: 3 },
    ],
  ],
  ["", []],
])("reads %j", (text, expected) => {
  expect(parseComparisons(text)).toEqual(expected);
});

it.each(["a", "a >", "> 2", "a b c", "a = 1 or b = 2", "a = 1 and", 'a = "open', "a = = 1", "a = 1 b = 2"])(
  "does not read %j",
  (text) => {
    expect(() => parseComparisons(text)).toThrow(ComparisonError);
  },
);
