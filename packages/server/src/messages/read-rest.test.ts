import { expect, it } from "vitest";
import { readRest } from "./read-rest.ts";

it("shows what no message shows, and nothing twice", () => {
  expect(
    readRest({
      "gen_ai.input.messages": "[]",
      "llm.input_messages.0.message.content": "hi",
      "ai.prompt.messages": "[]",
      "ai.value": "text",
      "input.value": "{}",
      events: "[]",
      "ai.schema": '{"type":"object"}',
      "ai.embedding": "[0.5]",
      "llm.prompt_template.template": "Hello {name}",
      "gen_ai.retrieval.query.text": "refunds",
    }),
  ).toEqual({
    "ai.schema": { type: "object" },
    "ai.embedding": [0.5],
    "llm.prompt_template.template": "Hello {name}",
    "gen_ai.retrieval.query.text": "refunds",
  });
});
