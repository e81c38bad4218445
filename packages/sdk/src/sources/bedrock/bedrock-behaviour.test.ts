import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { message, messageEvents } from "../../../testing/anthropic-answers.ts";
import {
  answerChunks,
  answerEvents,
  answerJson,
  type BedrockHandler,
} from "../../../testing/bedrock-handler.ts";
import { startRecordedSdk, type RecordedSdk } from "../../../testing/recorded-sdk.ts";
import { wrap } from "../../index.ts";

const modelId = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const converse = {
  modelId,
  system: [{ text: "Be brief." }],
  messages: [{ role: "user" as const, content: [{ text: "Where is Paris?" }] }],
  inferenceConfig: { maxTokens: 100, temperature: 0.2 },
};
const usage = {
  inputTokens: 10,
  outputTokens: 12,
  cacheReadInputTokens: 64,
  cacheWriteInputTokens: 50,
  totalTokens: 136,
};

describe("@aws-sdk/client-bedrock-runtime 3", () => {
  let recorded: RecordedSdk;
  const connect = (requestHandler: BedrockHandler): BedrockRuntimeClient =>
    wrap(
      new BedrockRuntimeClient({
        region: "eu-west-1",
        credentials: { accessKeyId: "a", secretAccessKey: "s" },
        requestHandler,
        maxAttempts: 1,
      }),
    );

  beforeEach(async () => {
    recorded = await startRecordedSdk({ captureContent: true });
  });
  afterEach(() => recorded.stop());

  const expected = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "aws.bedrock",
    "gen_ai.request.model": modelId,
    "gen_ai.response.finish_reasons": ["end_turn"],
    // 10 + 64 read from the cache + 50 written to it.
    "gen_ai.usage.input_tokens": 124,
    "gen_ai.usage.cache_read.input_tokens": 64,
    "gen_ai.usage.cache_creation.input_tokens": 50,
    "gen_ai.usage.output_tokens": 12,
    "server.address": "bedrock-runtime.eu-west-1.amazonaws.com",
    "gen_ai.output.messages":
      '[{"role":"assistant","parts":[{"type":"text","content":"In France."}],"finish_reason":"end_turn"}]',
  };

  test("Converse is one span, with inclusive tokens, cost and content", async () => {
    const answer = {
      output: { message: { role: "assistant", content: [{ text: "In France." }] } },
      stopReason: "end_turn",
      usage,
    };
    const result = await connect(answerJson(answer)).send(new ConverseCommand(converse));
    expect(result.output?.message?.content?.[0]?.text).toBe("In France.");
    const span = await recorded.flushOne();
    expect(span).toMatchObject({ name: `chat ${modelId}`, kind: 3 });
    expect(span.attributes).toMatchObject({
      ...expected,
      "gen_ai.request.max_tokens": 100,
      "gen_ai.request.temperature": 0.2,
      "gen_ai.system_instructions": '[{"type":"text","content":"Be brief."}]',
      "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"Where is Paris?"}]}]',
      "aws.request_id": "aws-1",
    });
    expect(span.attributes["app.cost.usd"]).toBeGreaterThan(0);
  });

  test("ConverseStream is one span over the whole stream", async () => {
    const events = [
      { messageStart: { role: "assistant" } },
      { contentBlockDelta: { contentBlockIndex: 0, delta: { text: "In " } } },
      { contentBlockDelta: { contentBlockIndex: 0, delta: { text: "France." } } },
      { contentBlockStop: { contentBlockIndex: 0 } },
      { messageStop: { stopReason: "end_turn" } },
      { metadata: { usage, metrics: { latencyMs: 5 } } },
    ];
    const { stream = [] } = await connect(answerEvents(events)).send(new ConverseStreamCommand(converse));
    let count = 0;
    for await (const _ of stream) count++;
    expect(count).toBe(6);
    const span = await recorded.flushOne();
    expect(span.attributes).toMatchObject({
      ...expected,
      "app.stream.end": "completed",
      "gen_ai.request.stream": true,
    });
    expect(span.attributes["gen_ai.response.time_to_first_chunk"]).toBeGreaterThan(0);
  });

  test("a break ends the span of a stream at once", async () => {
    const events = [
      { contentBlockDelta: { contentBlockIndex: 0, delta: { text: "In " } } },
      { contentBlockDelta: { contentBlockIndex: 0, delta: { text: "France." } } },
    ];
    const { stream = [] } = await connect(answerEvents(events)).send(new ConverseStreamCommand(converse));
    for await (const _ of stream) break;
    expect((await recorded.flushOne()).attributes).toMatchObject({
      "app.stream.end": "break",
      "app.usage.estimated": true,
    });
  });

  test("InvokeModel of an Anthropic model is read in Anthropic's format, streamed and not", async () => {
    const body = JSON.stringify({
      anthropic_version: "bedrock-2023-05-31",
      max_tokens: 9,
      messages: [{ role: "user", content: "Hi" }],
    });
    await connect(answerJson(message)).send(new InvokeModelCommand({ modelId, body }));
    const streamed = await connect(answerChunks(messageEvents)).send(
      new InvokeModelWithResponseStreamCommand({ modelId, body }),
    );
    for await (const _ of streamed.body ?? []);
    const spans = await recorded.flush();
    expect(spans).toHaveLength(2);
    for (const { attributes } of spans) {
      expect(attributes).toMatchObject({
        "gen_ai.response.id": "msg_1",
        "gen_ai.usage.input_tokens": 124,
        "gen_ai.usage.output_tokens": 12,
        "gen_ai.request.max_tokens": 9,
      });
      expect(attributes["gen_ai.output.messages"]).toContain("Paris.");
    }
  });

  test("older text models are read too, with counts from body, stream or headers", async () => {
    const titan = JSON.stringify({ inputText: "Hi", textGenerationConfig: { maxTokenCount: 5 } });
    const answer = {
      inputTextTokenCount: 3,
      results: [{ tokenCount: 2, outputText: "Ho", completionReason: "FINISH" }],
    };
    await connect(answerJson(answer)).send(
      new InvokeModelCommand({ modelId: "amazon.titan-text-express-v1", body: titan }),
    );
    const claude = JSON.stringify({ prompt: "Hi", max_tokens_to_sample: 5 });
    const headers = { "x-amzn-bedrock-input-token-count": "16", "x-amzn-bedrock-output-token-count": "82" };
    await connect(answerJson({ completion: "Ho", stop_reason: "stop_sequence" }, { headers })).send(
      new InvokeModelCommand({ modelId: "anthropic.claude-v2", body: claude }),
    );
    const llama = [
      { generation: "H", prompt_token_count: 9, generation_token_count: 1, stop_reason: null },
      {
        generation: "o",
        generation_token_count: 2,
        stop_reason: "stop",
        "amazon-bedrock-invocationMetrics": { inputTokenCount: 9, outputTokenCount: 2 },
      },
    ];
    const streamed = await connect(answerChunks(llama)).send(
      new InvokeModelWithResponseStreamCommand({
        modelId: "meta.llama2-13b-chat-v1",
        body: JSON.stringify({ prompt: "Hi" }),
      }),
    );
    for await (const _ of streamed.body ?? []);
    const spans = await recorded.flush();
    const told = spans.map(({ attributes }) => [
      attributes["gen_ai.usage.input_tokens"],
      attributes["gen_ai.usage.output_tokens"],
      attributes["gen_ai.response.finish_reasons"],
      (JSON.parse(attributes["gen_ai.output.messages"] as string) as { parts: { content: string }[] }[])[0]
        ?.parts[0]?.content,
    ]);
    expect(told).toEqual([
      [3, 2, ["FINISH"], "Ho"],
      [16, 82, ["stop_sequence"], "Ho"],
      [9, 2, ["stop"], "Ho"],
    ]);
  });

  test("a throttled call is one failed span and the client's own error", async () => {
    const refusal = answerJson(
      { message: "slow down" },
      { status: 429, headers: { "x-amzn-errortype": "ThrottlingException" } },
    );
    await expect(connect(refusal).send(new ConverseCommand(converse))).rejects.toThrow("slow down");
    const span = await recorded.flushOne();
    expect(span.status.code).toBe(2);
    expect(span.attributes).toMatchObject({ "error.type": "429", "app.error.code": "ThrottlingException" });
  });

  test("wrapping twice is once", async () => {
    const answer = { output: { message: { role: "assistant", content: [] } }, stopReason: "end_turn", usage };
    const client = connect(answerJson(answer));
    expect(wrap(client)).toBe(client);
    await client.send(new ConverseCommand(converse));
    await recorded.flushOne();
  });
});
