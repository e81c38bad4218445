/** What the AI SDK is given instead of a model's answer once a hook has stopped its loop: an empty answer. */
export function stoppedResult(version: unknown, isStream: boolean): unknown {
  const answer = answerOf(version);
  if (!isStream) return answer;
  const parts = [
    ...(version === "v1" ? [] : [{ type: "stream-start", warnings: [] }]),
    { type: "finish", finishReason: answer["finishReason"], usage: answer["usage"] },
  ];
  const stream = new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
  return version === "v1" ? { stream, rawCall: answer["rawCall"], warnings: [] } : { stream };
}

function answerOf(version: unknown): Readonly<Record<string, unknown>> {
  if (version === "v1")
    return {
      text: "",
      finishReason: "stop",
      usage: { promptTokens: 0, completionTokens: 0 },
      rawCall: { rawPrompt: undefined, rawSettings: {} },
      warnings: [],
    };
  const common = { content: [], warnings: [] };
  if (version === "v2")
    return {
      ...common,
      finishReason: "stop",
      usage: { inputTokens: 0, outputTokens: 0, totalTokens: 0 },
    };
  return {
    ...common,
    finishReason: { unified: "stop", raw: undefined },
    usage: {
      inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: 0, text: 0, reasoning: 0 },
    },
  };
}
