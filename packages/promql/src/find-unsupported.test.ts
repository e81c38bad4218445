import { describe, expect, it } from "vitest";
import { evaluate } from "./evaluate.ts";
import { UnsupportedFeatureError } from "./errors.ts";
import { findUnsupported } from "./find-unsupported.ts";
import { listFunctions } from "./function-table.ts";
import { parseExpression } from "./parse.ts";
import { createMemoryStore } from "./script/memory-store.ts";

const EXAMPLE = { "instant vector": "up", "range vector": "up[5m]", scalar: "1", string: '"a"' } as const;

/** A call of every function there is, without what may be left out. */
const CALLS = listFunctions().map(({ name, parameters, variadic }) => {
  const given = parameters
    .slice(0, parameters.length - Math.min(1, Math.abs(variadic)))
    .map((type, index) => (type === "scalar" ? `0.${index + 3}` : EXAMPLE[type]));
  return `${name}(${given.join(", ")})`;
});

async function isRefused(query: string): Promise<boolean> {
  try {
    const expression = parseExpression(query, { experimental: true });
    await evaluate({ query, expression, reader: createMemoryStore(), startMs: 0, endMs: 0 });
    return false;
  } catch (error) {
    if (error instanceof UnsupportedFeatureError) return true;
    throw error;
  }
}

describe("findUnsupported", () => {
  const queries = [...CALLS, "up", "up anchored", "sum(rate(up[5m] smoothed))", "rate(up[5m] anchored) + 1"];

  it.each(queries)("tells beforehand whether %s is refused", async (query) => {
    const expression = parseExpression(query, { experimental: true });
    expect(findUnsupported(expression) !== null).toBe(await isRefused(query));
  });

  it("says what is refused and where", () => {
    const expression = parseExpression("1 + sum(info(up))", { experimental: true });
    expect(findUnsupported(expression)).toEqual({
      message: "function info() is not supported yet",
      position: { start: 8, end: 16 },
    });
  });
});
