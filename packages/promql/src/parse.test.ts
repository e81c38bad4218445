import { describe, expect, it } from "vitest";
import { ParseError } from "./errors.ts";
import { parseExpression, parseSelector, type ParseOptions } from "./parse.ts";

function errorOf(query: string, options?: ParseOptions): string {
  try {
    parseExpression(query, options);
  } catch (error) {
    if (error instanceof ParseError) return error.message;
    throw error;
  }
  return "no error";
}

/** Queries and the message they are refused with. */
const REFUSED: readonly (readonly [query: string, message: string])[] = [
  // Nothing, or not the end of it.
  ["", "unknown position: parse error: no expression found in input"],
  ["# only a comment\n\n", "1:1: parse error: no expression found in input"],
  ["1+", "1:3: parse error: unexpected end of input"],
  ["1 /", "1:4: parse error: unexpected end of input"],
  ["(", "1:2: parse error: unclosed left parenthesis"],
  ["((1)", "1:5: parse error: unclosed left parenthesis"],
  ["(1))", "1:5: parse error: unexpected right parenthesis ')'"],
  ["sum(up", "1:7: parse error: unclosed left parenthesis"],
  ["up up", '1:4: parse error: unexpected identifier "up"'],
  ["\n\n  up up", '3:6: parse error: unexpected identifier "up"'],
  ['{a="ü"} up', '1:10: parse error: unexpected identifier "up"'],
  // Operators.
  ["*1", "1:1: parse error: unexpected <op:*>"],
  ["*up", "1:1: parse error: unexpected <op:*>"],
  ["@@", "1:1: parse error: unexpected <op:@>"],
  ["-=", '1:2: parse error: unexpected "="'],
  ["++-++-+-+-<", "1:11: parse error: unexpected <op:<>"],
  ["up - on(a) ignoring(b) up", "1:12: parse error: unexpected <ignoring>"],
  ["up + group_left(a) up", "1:6: parse error: unexpected <group_left>"],
  ["1 !~ 1", "1:3: parse error: unexpected character after '!': '~'"],
  ["1 =~ 1", "1:3: parse error: unexpected character after '=': '~'"],
  ["up ? 1", "1:4: parse error: unexpected character: '?'"],
  ["}", "1:1: parse error: unexpected character: '}'"],
  // Numbers and strings.
  ["2.5.", '1:1: parse error: bad number or duration syntax: "2.5."'],
  ["100..4", '1:1: parse error: bad number or duration syntax: "100.."'],
  ["0deadbeef", '1:1: parse error: bad number or duration syntax: "0de"'],
  [
    `1${"0".repeat(400)}`,
    `1:1: parse error: error parsing number: strconv.ParseFloat: parsing "1${"0".repeat(400)}": value out of range`,
  ],
  ["`\\``", "1:4: parse error: unterminated raw string"],
  ['"a', "1:1: parse error: unterminated quoted string"],
  ['"\\', "1:1: parse error: escape sequence not terminated"],
  ['"\\c"', "1:1: parse error: unknown escape sequence U+0063 'c'"],
  ['"\\x."', "1:1: parse error: illegal character U+002E '.' in escape sequence"],
  ['"\\ud800"', "1:1: parse error: escape sequence is an invalid Unicode code point"],
  // Selectors.
  ["{", "1:2: parse error: unexpected end of input inside braces"],
  ["up{", "1:4: parse error: unexpected end of input inside braces"],
  ["up}", "1:3: parse error: unexpected character: '}'"],
  ["up{a=b}", '1:6: parse error: unexpected identifier "b" in label matching, expected string'],
  ['up{a:b="c"}', "1:5: parse error: unexpected character inside braces: ':'"],
  ['up{a>="b"}', "1:5: parse error: unexpected character inside braces: '>'"],
  ["up{1}", "1:4: parse error: unexpected character inside braces: '1'"],
  ["up{a}", '1:5: parse error: unexpected "}" in label matching, expected label matching operator'],
  ["up{,}", '1:4: parse error: unexpected "," in label matching, expected identifier or "}"'],
  ['up{a="b" c}', '1:10: parse error: unexpected identifier "c" in label matching, expected "," or "}"'],
  ['up{"a"=}', '1:8: parse error: unexpected "}" in label matching, expected string'],
  ["{}", "1:1: parse error: vector selector must contain at least one non-empty matcher"],
  ['{a=""}', "1:1: parse error: vector selector must contain at least one non-empty matcher"],
  ['{a=~".*"}', "1:1: parse error: vector selector must contain at least one non-empty matcher"],
  ['{a!~".+"}', "1:1: parse error: vector selector must contain at least one non-empty matcher"],
  ['up{__name__="down"}', '1:1: parse error: metric name must not be set twice: "up" or "down"'],
  // Ranges, subqueries, modifiers.
  ["up[5mm]", '1:4: parse error: bad number or duration syntax: "5mm"'],
  ["up[5m1]", '1:4: parse error: bad number or duration syntax: "5m1"'],
  ["up[5m1m]", '1:4: parse error: not a valid duration string: "5m1m"'],
  ["up[5y1hs]", '1:4: parse error: unknown unit "hs" in duration "5y1hs"'],
  ["up[0m]", "1:4: parse error: duration must be greater than 0"],
  ["up[-1]", "1:4: parse error: duration must be greater than 0"],
  ["up[1m / 0]", "1:7: parse error: division by zero"],
  ["up[1m % 0]", "1:7: parse error: modulo by zero"],
  ["up[1e300]", "1:4: parse error: duration out of range"],
  ["up[", "1:4: parse error: unexpected end of input in duration expression"],
  [
    "up[]",
    '1:4: parse error: unexpected "]" in subquery or range selector, expected number, duration, step(), or range()',
  ],
  ['up["5m"]', "1:4: parse error: unexpected character in duration expression: '\"'"],
  ["up[5m", "1:6: parse error: unexpected end of input in duration expression"],
  ["up[:1m]", "1:5: parse error: unexpected colon before duration in duration expression"],
  ["up[5m:1m:1m]", "1:10: parse error: unexpected repeated colon in duration expression"],
  [
    "up[5m] offset",
    "1:14: parse error: unexpected end of input in offset, expected number, duration, step(), or range()",
  ],
  ["up offset 1m[5m]", "1:13: parse error: no offset modifiers allowed before range"],
  ["up @ 100 [5m]", "1:10: parse error: no @ modifiers allowed before range"],
  ["(up + up)[5m]", "1:10: parse error: ranges only allowed for vector selectors"],
  ["up[5m] @", "1:9: parse error: unexpected end of input in @, expected timestamp"],
  ["up @ Inf", "1:1: parse error: timestamp out of bounds for @ modifier: +Inf"],
  ["up @ -Inf", "1:1: parse error: timestamp out of bounds for @ modifier: -Inf"],
  ["up @ NaN", "1:1: parse error: timestamp out of bounds for @ modifier: NaN"],
  ["up @ 1 @ 2", "1:1: parse error: @ <timestamp> may not be set multiple times"],
  ["up @ start() @ 2", "1:1: parse error: @ <timestamp> may not be set multiple times"],
  ["up offset 1s offset 2s", "1:1: parse error: offset may not be set multiple times"],
  [
    "1 offset 1d",
    "1:1: parse error: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery",
  ],
  [
    "rate(up[5m]) @ 1",
    "1:1: parse error: @ modifier must be preceded by an instant vector selector or range vector selector or a subquery",
  ],
  [
    "up[5d] offset 10s [10m:5s]",
    "1:1: parse error: subquery is only allowed on instant vector, got matrix instead",
  ],
  // Aggregations.
  ["sum without(==)(up)", "1:13: parse error: unexpected <op:==> in grouping opts, expected label"],
  ["sum without(,)(up)", '1:13: parse error: unexpected "," in grouping opts, expected label'],
  ["sum without(a,,)(up)", '1:15: parse error: unexpected "," in grouping opts, expected label'],
  ["sum by (a b)(up)", '1:11: parse error: unexpected identifier "b" in grouping opts, expected "," or ")"'],
  ["sum (up) by a", '1:13: parse error: unexpected identifier "a" in grouping opts, expected "("'],
  ["sum up by (a)", '1:5: parse error: unexpected identifier "up"'],
  ["sum () by (a)", "1:1: parse error: no arguments for aggregate expression provided"],
  ["sum(up) without (a) by (a)", "1:21: parse error: unexpected <by>"],
  ["sum by (a) (up) by (b)", "1:17: parse error: unexpected <by>"],
  ["sum(,)", '1:5: parse error: unexpected "," in aggregation'],
  [
    "sum(up, up)",
    "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 1, got 2",
  ],
  [
    "topk(up)",
    "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1",
  ],
  ["topk(up,)", "1:8: parse error: trailing commas not allowed in function call args"],
  ["topk(up, up)", "1:6: parse error: expected type scalar in aggregation parameter, got instant vector"],
  ["count_values(5, up)", "1:14: parse error: expected type string in aggregation parameter, got scalar"],
  [
    "sum(up[5m])",
    "1:5: parse error: expected type instant vector in aggregation expression, got range vector",
  ],
  // Functions.
  ["floor()", '1:1: parse error: expected 1 argument(s) in call to "floor", got 0'],
  ["floor(up, up)", '1:1: parse error: expected 1 argument(s) in call to "floor", got 2'],
  ["floor(1)", '1:7: parse error: expected type instant vector in call to function "floor", got scalar'],
  ["hour(up, up, up)", '1:1: parse error: expected at most 1 argument(s) in call to "hour", got 3'],
  ['label_join(up, "a")', '1:1: parse error: expected at least 3 argument(s) in call to "label_join", got 2'],
  ["time(up)", '1:1: parse error: expected 0 argument(s) in call to "time", got 1'],
  ["rate(up)", '1:6: parse error: expected type range vector in call to function "rate", got instant vector'],
  [
    "rate(avg)",
    '1:6: parse error: expected type range vector in call to function "rate", got instant vector',
  ],
  ["1 + far_away()", '1:5: parse error: unknown function with name "far_away"'],
  ["abs(up", "1:7: parse error: unclosed left parenthesis"],
  ["abs(,)", '1:5: parse error: unexpected ","'],
  // Types.
  ["1 and 1", '1:1: parse error: set operator "and" not allowed in binary scalar expression'],
  ["up or 1", '1:1: parse error: set operator "or" not allowed in binary scalar expression'],
  ["1 == 1", "1:3: parse error: comparisons between scalars must use BOOL modifier"],
  ["up + bool up", "1:4: parse error: bool modifier can only be used on comparison operators"],
  ["up == on(a) 10", "1:1: parse error: vector matching only allowed between instant vectors"],
  ["up and on(a) group_left(b) up", '1:1: parse error: no grouping allowed for "and" operation'],
  [
    "up / on(a) group_left(a) up",
    '1:4: parse error: label "a" must not occur in ON and GROUP clause at once',
  ],
  [
    '-"a"',
    '1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, got "string"',
  ],
  [
    "-up[5m]",
    '1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, got "range vector"',
  ],
  ["up[5m] + 1", "1:1: parse error: binary expression must contain only scalar and instant vector types"],
  ['1 + "a"', "1:5: parse error: binary expression must contain only scalar and instant vector types"],
  // Behind a feature flag.
  ["info(up)", '1:1: parse error: function "info" is not enabled'],
  [
    "limitk(1, up)",
    "1:1: parse error: limitk() is experimental and must be enabled with --enable-feature=promql-experimental-functions",
  ],
  ["up + fill(1) up", "1:6: parse error: binop fill modifiers are experimental and not enabled"],
  ["up[5m] smoothed", "1:1: parse error: smoothed modifier is experimental and not enabled"],
];

describe("parseExpression", () => {
  it.each(REFUSED)("refuses %j as Prometheus does", (query, message) => {
    expect(errorOf(query)).toBe(message);
  });

  it("tells a broken regular expression with its place", () => {
    expect(errorOf('up{a=~"("}')).toMatch(/^1:4: parse error: error parsing regexp: missing closing \)/);
  });

  it("accepts experimental features only when asked", () => {
    expect(errorOf("limitk(1, up)", { experimental: true })).toBe("no error");
    expect(errorOf("double_exponential_smoothing(up[5m], 0.1, 0.1)")).toMatch(/is not enabled$/);
  });

  it("lists every type problem of a query", () => {
    try {
      parseExpression("floor(1) + ceil(2)");
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      expect(error.problems.map(({ position }) => position.start)).toEqual([6, 16]);
      expect(error.errorType).toBe("bad_data");
    }
  });

  it("refuses nesting that would overflow the stack", () => {
    expect(errorOf(`${"(".repeat(5000)}1${")".repeat(5000)}`)).toMatch(/nested too deeply$/);
    expect(errorOf(`1${"+1".repeat(5000)}`)).toMatch(/nested too deeply$/);
  });

  it("gives every node the part of the query it stands for", () => {
    const query = "sum by (a) (rate(up[5m] offset 1m)) > 2";
    const expression = parseExpression(query);
    if (expression.kind !== "binary" || expression.left.kind !== "aggregation") {
      return expect.unreachable();
    }
    const call = expression.left.expression;
    const texts = [expression.left, call, call.kind === "call" ? call.arguments[0]! : call];
    expect(texts.map(({ position: { start, end } }) => query.slice(start, end))).toEqual([
      "sum by (a) (rate(up[5m] offset 1m))",
      "rate(up[5m] offset 1m)",
      "up[5m] offset 1m",
    ]);
  });
});

describe("parseSelector", () => {
  it("reads the matchers of a selector, the name last", () => {
    expect(parseSelector('up{job=~"a|b",x!=""}')).toEqual([
      { type: "=~", name: "job", value: "a|b" },
      { type: "!=", name: "x", value: "" },
      { type: "=", name: "__name__", value: "up" },
    ]);
  });

  it("refuses anything else", () => {
    expect(() => parseSelector("sum(up)")).toThrow("parse error");
    expect(() => parseSelector("up[5m]")).toThrow('unexpected "["');
    expect(() => parseSelector("{}")).toThrow("non-empty matcher");
  });
});
