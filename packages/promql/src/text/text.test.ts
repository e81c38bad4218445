import { describe, expect, it } from "vitest";
import { formatDurationMs, parseDurationMs } from "./duration-text.ts";
import { compareText, quote, unquote } from "./go-text.ts";
import {
  formatDecimal,
  formatGeneral,
  formatGeneralWith,
  formatScientific,
  formatValue,
  parseNumber,
} from "./number-text.ts";
import { xxhash64 } from "./xxhash.ts";

describe("numbers as text", () => {
  it.each([
    [0, "0"],
    [-0, "-0"],
    [1, "1"],
    [0.1, "0.1"],
    [1e20, "100000000000000000000"],
    [1e21, "1e+21"],
    [1.5e-7, "1.5e-07"],
    [0.000001, "0.000001"],
    [9.9e-7, "9.9e-07"],
    [123456.789, "123456.789"],
    [5e-324, "5e-324"],
    [NaN, "NaN"],
    [Infinity, "+Inf"],
    [-Infinity, "-Inf"],
  ])("the HTTP API writes %d as %s", (value, text) => {
    expect(formatValue(value)).toBe(text);
  });

  it("the forms of Go's %g, %.2g, %e and full decimals differ as in Go", () => {
    expect([123456, 1234567, 0.0001, 0.00001].map(formatGeneral)).toEqual([
      "123456",
      "1.234567e+06",
      "0.0001",
      "1e-05",
    ]);
    expect([10, 123, 0.0123].map((value) => formatGeneralWith(value, 2))).toEqual(["10", "1.2e+02", "0.012"]);
    expect([2, 0.05, NaN].map(formatScientific)).toEqual(["2e+00", "5e-02", "NaN"]);
    expect([1e21, 1e-7, 2.5].map(formatDecimal)).toEqual(["1000000000000000000000", "0.0000001", "2.5"]);
  });

  it("literals are read in every base", () => {
    expect(
      ["12", "0x1f", "0b11", "0o17", "017", "089", "1_000", ".5", "2.", "1e3", "-inf", "x"].map(parseNumber),
    ).toEqual([12, 31, 3, 15, 15, 89, 1000, 0.5, 2, 1000, -Infinity, null]);
  });
});

describe("durations", () => {
  it("are read and written the shortest way", () => {
    expect(parseDurationMs("1w2d3h4m5s6ms")).toBe(788_645_006);
    expect(formatDurationMs(788_645_006)).toBe("9d3h4m5s6ms");
    expect([0, 1209600000, 31536000000, -90000, 7_776_000_000].map(formatDurationMs)).toEqual([
      "0s",
      "2w",
      "1y",
      "-1m30s",
      "90d",
    ]);
  });

  it("that are none are refused in Prometheus' words", () => {
    expect(parseDurationMs("")).toEqual({ error: "empty duration string" });
    expect(parseDurationMs("1x")).toEqual({ error: 'unknown unit "x" in duration "1x"' });
    expect(parseDurationMs("1s1m")).toEqual({ error: 'not a valid duration string: "1s1m"' });
    expect(parseDurationMs("300y")).toEqual({ error: "duration out of range" });
  });
});

describe("strings", () => {
  it("are unquoted as in Go, bytes outside UTF-8 kept", () => {
    expect(unquote('"a\\n\\t\\\\\\"\\x41\\102\\u00fc\\U0001F600"')).toBe('a\n\t\\"ABü😀');
    expect(unquote("'it\\'s'")).toBe("it's");
    expect(unquote("`raw \\n`")).toBe("raw \\n");
    expect(unquote('"\\xc3\\xbc"')).toBe("ü");
    expect(quote(unquote('"a\\xc5z"'))).toBe('"a\\xc5z"');
  });

  it("that are no literals are refused", () => {
    expect(() => unquote('"a')).toThrow(SyntaxError);
    expect(() => unquote('"\\q"')).toThrow(SyntaxError);
  });

  it("are ordered by their UTF-8 bytes", () => {
    const words = ["b", "a", "Z", "ü", "😀", "\uffee", "ab", ""];
    expect(words.toSorted(compareText)).toEqual(["", "Z", "a", "ab", "b", "ü", "\uffee", "😀"]);
  });
});

describe("xxhash64", () => {
  it("gives the published values", () => {
    const hash = (text: string): string => xxhash64(new TextEncoder().encode(text)).toString(16);
    expect(hash("")).toBe("ef46db3751d8e999");
    expect(hash("a")).toBe("d24ec4f1a98c6e5b");
    expect(hash("as")).toBe("1c330fb2d66be179");
    expect(hash("asd")).toBe("631c37ce72a97393");
    expect(hash("asdf")).toBe("415872f599cea71e");
    expect(hash("Call me Ishmael. Some years ago--never mind how long precisely-")).toBe("2a2e85470d6fd96");
  });
});
