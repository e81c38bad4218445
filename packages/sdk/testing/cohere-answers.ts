/** Answers in Cohere's format, version 2, for tests. */
export const cohereAnswer = {
  id: "co_1",
  message: { role: "assistant", content: [{ type: "text", text: "Paris." }] },
  finish_reason: "COMPLETE",
  usage: {
    billed_units: { input_tokens: 12, output_tokens: 7 },
    tokens: { input_tokens: 507, output_tokens: 10 },
    cached_tokens: 448,
  },
};

export const cohereEvents = [
  { id: "co_1", type: "message-start", delta: { message: { role: "assistant", content: [] } } },
  { type: "content-start", index: 0, delta: { message: { content: { type: "text", text: "" } } } },
  { type: "content-delta", index: 0, delta: { message: { content: { text: "Par" } } } },
  { type: "content-delta", index: 0, delta: { message: { content: { text: "is." } } } },
  { type: "content-end", index: 0 },
  { type: "message-end", delta: { finish_reason: "COMPLETE", usage: cohereAnswer.usage } },
];
