import type { TraceFacets } from "@spanlight/contract";
import { describe, expect, it } from "vitest";
import { suggest } from "./suggest.ts";

const facets: TraceFacets = {
  sampledOneIn: 1,
  facets: [
    {
      name: "model",
      values: [
        { value: "gpt-4o", count: 1980 },
        { value: "claude sonnet", count: 118 },
      ],
    },
  ],
  histogram: { stepSeconds: 60, points: [] },
  totals: { traces: 0, errors: 0, p95Ms: null, costUsd: null },
};
const textsOf = (word: string) => suggest(word, facets).map(({ text }) => text);

describe("suggestions", () => {
  it("a word that has begun suggests fields", () => {
    expect(textsOf("mo")).toEqual(["model:"]);
    expect(textsOf("du")).toEqual(["duration>", "duration<"]);
    expect(textsOf("refund")).toEqual([]);
  });

  it("a field suggests the values that there are, those with spaces in quotes", () => {
    expect(textsOf("model:")).toEqual(["model:gpt-4o", 'model:"claude sonnet"']);
    expect(textsOf("model:gpt")).toEqual(["model:gpt-4o"]);
    expect(suggest("model:gpt", facets)[0]).toEqual({ text: "model:gpt-4o", note: "1,980", complete: true });
    expect(textsOf("status:")).toEqual(["status:ok", "status:error"]);
  });

  it("what is typed out suggests nothing more", () => {
    expect(textsOf("model:gpt-4o")).toEqual([]);
  });
});
