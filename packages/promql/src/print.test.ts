import { describe, expect, it } from "vitest";
import { parseExpression } from "./parse.ts";
import { prettyPrint } from "./pretty-print.ts";
import { printExpression } from "./print.ts";

function reprint(query: string): string {
  return printExpression(parseExpression(query, { experimental: true }));
}

/** Queries and how they are printed. */
const PRINTED: readonly (readonly [query: string, printed: string])[] = [
  ["sum   by()  (up)", "sum(up)"],
  ["sum(up) by (job, instance)", "sum by (job, instance) (up)"],
  ["sum without() (up)", "sum without () (up)"],
  ['sum by ("a.b") (up)', 'sum by ("a.b") (up)'],
  ['TOPK(5, up{a="b", c!~"d"})', 'topk(5, up{a="b",c!~"d"})'],
  ['up{c="d", a!="z", a="b"}', 'up{a!="z",a="b",c="d"}'],
  ["up{}", "up"],
  ['{"a.b", x="y"}', '{__name__="a.b",x="y"}'],
  ["a==bool on()b", "a == bool on () b"],
  ["a/ignoring(x)group_left()b", "a / ignoring (x) group_left () b"],
  ["a and on(x) b", "a and on (x) b"],
  ["a + fill(0) b", "a + fill (0) b"],
  ["a + fill_left(1) fill_right(2) b", "a + fill_left (1) fill_right (2) b"],
  ["up[60s] offset 1h30m", "up[1m] offset 1h30m"],
  ["up offset -90", "up offset -1m30s"],
  ["up[5m] @ 10.5 offset 1m", "up[5m] @ 10.500 offset 1m"],
  ["up @ END()", "up @ end()"],
  ["rate(up[5m])[1h:] @ start()", "rate(up[5m])[1h:] @ start()"],
  ["up[2*(5m+step())]", "up[2 * (5m + step())]"],
  ["up offset -(1m+1m)", "up offset -(1m + 1m)"],
  ["up[90d]", "up[90d]"],
  ["up[14d]", "up[2w]"],
  ["5m + 1e6", "5m + 1e+06"],
  ["0x1F - -1_000", "31 - -1000"],
  ["+Inf", "+Inf"],
  ["-(1+2)^x", "-(1 + 2) ^ x"],
  ['label_replace(up, "a", "b\\n", `c"`, "d")', 'label_replace(up, "a", "b\\n", "c\\"", "d")'],
  ['"\\xff☺"', '"\\xff☺"'],
];

describe("printExpression", () => {
  it.each(PRINTED)("prints %j", (query, printed) => {
    expect(reprint(query)).toBe(printed);
  });

  it.each(PRINTED)("prints %j so that it parses to the same again", (query) => {
    expect(reprint(reprint(query))).toBe(reprint(query));
  });
});

describe("prettyPrint", () => {
  it("leaves short expressions on one line", () => {
    expect(prettyPrint(parseExpression("sum(up)"))).toBe("sum(up)");
  });

  it("breaks long expressions and indents", () => {
    const query =
      'histogram_quantile(0.95, sum by (le, service) (rate(llm_latency_ms_bucket{environment="production"}[5m]))) > 3000';
    expect(prettyPrint(parseExpression(query)).split("\n")).toEqual([
      "  histogram_quantile(",
      "    0.95,",
      '    sum by (le, service) (rate(llm_latency_ms_bucket{environment="production"}[5m]))',
      "  )",
      ">",
      "  3000",
    ]);
  });
});
