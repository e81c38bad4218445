/** Answers in OpenAI's formats, for tests. */
export const completion = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_770_000_000,
  model: "gpt-4o-mini-2024-07-18",
  service_tier: "default",
  system_fingerprint: "fp_1",
  choices: [
    { index: 0, message: { role: "assistant", content: "Paris.", refusal: null }, finish_reason: "stop" },
  ],
  usage: {
    prompt_tokens: 120,
    completion_tokens: 40,
    total_tokens: 160,
    prompt_tokens_details: { cached_tokens: 64, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 24, audio_tokens: 0 },
  },
};

const chunk = (delta: object, finishReason: string | null = null): object => ({
  id: "chatcmpl-2",
  object: "chat.completion.chunk",
  created: 1_770_000_000,
  model: "gpt-4o-mini-2024-07-18",
  choices: [{ index: 0, delta, finish_reason: finishReason }],
  usage: null,
});

/** The extra last chunk for those who asked for usage. */
export const usageChunk = {
  id: "chatcmpl-2",
  object: "chat.completion.chunk",
  created: 1_770_000_000,
  model: "gpt-4o-mini-2024-07-18",
  choices: [],
  usage: completion.usage,
};

export const chatChunks = [
  chunk({ role: "assistant", content: "" }),
  chunk({ content: "Par" }),
  chunk({ content: "is" }),
  chunk({ content: "." }),
  chunk({}, "stop"),
  usageChunk,
];

export const toolCompletion = {
  ...completion,
  choices: [
    {
      index: 0,
      message: {
        role: "assistant",
        content: null,
        tool_calls: [
          {
            id: "call_1",
            type: "function",
            function: { name: "get_weather", arguments: '{"city":"Paris"}' },
          },
        ],
      },
      finish_reason: "tool_calls",
    },
  ],
};

export const response = {
  id: "resp_1",
  object: "response",
  created_at: 1_770_000_000,
  status: "completed",
  error: null,
  incomplete_details: null,
  instructions: null,
  model: "gpt-5-mini-2025-08-07",
  service_tier: "default",
  output: [
    {
      id: "msg_1",
      type: "message",
      status: "completed",
      role: "assistant",
      content: [{ type: "output_text", text: '{"city":"Paris"}', annotations: [] }],
    },
  ],
  usage: {
    input_tokens: 50,
    input_tokens_details: { cached_tokens: 10 },
    output_tokens: 30,
    output_tokens_details: { reasoning_tokens: 12 },
    total_tokens: 80,
  },
};

export const responseEvents = [
  {
    type: "response.created",
    sequence_number: 0,
    response: { ...response, status: "in_progress", output: [], usage: null },
  },
  {
    type: "response.output_item.added",
    sequence_number: 1,
    output_index: 0,
    item: { ...response.output[0], status: "in_progress", content: [] },
  },
  {
    type: "response.content_part.added",
    sequence_number: 2,
    item_id: "msg_1",
    output_index: 0,
    content_index: 0,
    part: { type: "output_text", text: "", annotations: [] },
  },
  {
    type: "response.output_text.delta",
    sequence_number: 3,
    item_id: "msg_1",
    output_index: 0,
    content_index: 0,
    delta: '{"city":"Paris"}',
  },
  {
    type: "response.output_text.done",
    sequence_number: 4,
    item_id: "msg_1",
    output_index: 0,
    content_index: 0,
    text: '{"city":"Paris"}',
  },
  {
    type: "response.content_part.done",
    sequence_number: 5,
    item_id: "msg_1",
    output_index: 0,
    content_index: 0,
    part: response.output[0]?.content[0],
  },
  { type: "response.output_item.done", sequence_number: 6, output_index: 0, item: response.output[0] },
  { type: "response.completed", sequence_number: 7, response },
];

export const embedding = {
  object: "list",
  model: "text-embedding-3-small",
  data: [
    {
      object: "embedding",
      index: 0,
      embedding: Buffer.from(new Float32Array([0.5, -0.25]).buffer).toString("base64"),
    },
  ],
  usage: { prompt_tokens: 8, total_tokens: 8 },
};

export const rateLimit = {
  error: { message: "Rate limit reached", type: "requests", param: null, code: "rate_limit_exceeded" },
};
