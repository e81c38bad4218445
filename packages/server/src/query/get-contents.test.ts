import { expect, it } from "vitest";
import { mergeContents } from "./get-contents.ts";

const event = (name: string): string => JSON.stringify({ name, attributes: {} });

it("adds what a log event says to what the span says, and no event twice", () => {
  const span = { "gen_ai.output.messages": "[]", events: `[${event("gen_ai.choice")}]` };
  const log = { events: `[${event("gen_ai.choice")},${event("gen_ai.user.message")}]` };
  expect(mergeContents(span, log)).toEqual({
    "gen_ai.output.messages": "[]",
    events: `[${event("gen_ai.choice")},${event("gen_ai.user.message")}]`,
  });
});

it("believes the fuller row of a span that arrived twice", () => {
  expect(mergeContents({ a: "1", b: "2" }, { a: "old", c: "3" })).toEqual({ a: "1", b: "2", c: "3" });
});
