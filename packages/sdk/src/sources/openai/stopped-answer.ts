/** What a loop is given instead of a model's answer once a hook has stopped it: an empty last message. */
export function stoppedAnswer(model: string, stream: boolean): unknown {
  const common = { id: "stopped", created: 0, model };
  const message = { role: "assistant", content: null, refusal: null };
  if (!stream)
    return {
      ...common,
      object: "chat.completion",
      choices: [{ index: 0, finish_reason: "stop", logprobs: null, message }],
    };
  const chunk = {
    ...common,
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta: message, finish_reason: "stop", logprobs: null }],
  };
  return {
    controller: new AbortController(),
    async *[Symbol.asyncIterator](): AsyncGenerator<unknown> {
      yield await Promise.resolve(chunk);
    },
  };
}
