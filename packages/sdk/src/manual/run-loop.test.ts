import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { completion, toolCompletion } from "../../testing/openai-answers.ts";
import { createProvider, json } from "../../testing/provider.ts";
import { startRecordedSdk, type RecordedSdk } from "../../testing/recorded-sdk.ts";
import { runLoop, wrap, type Finish, type LoopResult, type StepFinish } from "../index.ts";

describe("a hand-written loop", () => {
  let recorded: RecordedSdk;
  let steps: StepFinish[];
  let ends: Finish[];
  beforeEach(async () => {
    recorded = await startRecordedSdk();
    steps = [];
    ends = [];
    recorded.sdk.hooks.on("onStepFinish", (step) => steps.push(step));
    recorded.sdk.hooks.on("onFinish", (end) => ends.push(end));
  });
  afterEach(() => recorded.stop());

  const answerQuestion = (maxSteps: number): Promise<LoopResult<string>> => {
    const { fetch } = createProvider(json(toolCompletion), json(completion));
    const client = wrap(new OpenAI({ apiKey: "sk-test", fetch, maxRetries: 0 }));
    return runLoop<string>({ name: "support", maxSteps }, async (step) => {
      const { choices } = await client.chat.completions.create({ model: "gpt-4o-mini", messages: [] });
      const [call] = choices[0]?.message.tool_calls ?? [];
      if (call?.type !== "function") return step.finish(choices[0]?.message.content ?? "");
      await step.tool(
        { name: call.function.name, callId: call.id, arguments: call.function.arguments },
        () => "sunny",
      );
    });
  };

  test("is an agent span over its steps, and each call and tool stands in its step", async () => {
    expect(await answerQuestion(5)).toEqual({ value: "Paris.", steps: 2, terminationReason: "natural" });
    const spans = await recorded.flush();
    expect(spans.map(({ name }) => name)).toEqual([
      "invoke_agent support",
      "step 1",
      "chat gpt-4o-mini",
      "execute_tool get_weather",
      "step 2",
      "chat gpt-4o-mini",
    ]);
    const [agent, first, call, toolSpan, second] = spans;
    expect([first?.parentSpanId, second?.parentSpanId]).toEqual([agent?.spanId, agent?.spanId]);
    expect([call?.parentSpanId, toolSpan?.parentSpanId]).toEqual([first?.spanId, first?.spanId]);
    expect(agent?.attributes).toMatchObject({
      "app.loop.steps": 2,
      "app.loop.termination_reason": "natural",
    });
    expect(call?.attributes["app.step.number"]).toBe(1);
  });

  test("tells the hooks of each step and of the end", async () => {
    await answerQuestion(5);
    await recorded.flush();
    expect(steps).toMatchObject([
      {
        stepNumber: 1,
        finishReason: "tool_calls",
        toolCalls: [{ toolName: "get_weather", output: "sunny", stepNumber: 1 }],
      },
      { stepNumber: 2, finishReason: "stop", toolCalls: [] },
    ]);
    expect(steps[0]?.call?.usage?.outputTokens).toBe(40);
    expect(ends).toMatchObject([
      { steps: 2, terminationReason: "natural", inputTokens: 240, outputTokens: 80 },
    ]);
  });

  test("ends at its limit of steps", async () => {
    expect(await answerQuestion(1)).toEqual({ value: undefined, steps: 1, terminationReason: "max_steps" });
  });

  test("is stopped and fed by beforeStep", async () => {
    const injected: unknown[] = [];
    recorded.sdk.hooks.intercept("beforeStep", ({ stepNumber }) =>
      stepNumber === 3 ? { stop: true } : { injectMessages: [`note ${stepNumber}`] },
    );
    const result = await runLoop({ name: "endless", maxSteps: 10 }, (step) => {
      injected.push(...step.injectedMessages);
      return Promise.resolve();
    });
    expect(result).toEqual({ value: undefined, steps: 2, terminationReason: "hook_stopped" });
    expect(injected).toEqual(["note 1", "note 2"]);
    const [agent, step] = await recorded.flush();
    expect(agent?.attributes).toMatchObject({
      "app.loop.stopped_at_step": 3,
      "app.loop.termination_reason": "hook_stopped",
    });
    expect(step?.attributes["app.step.injected_messages"]).toBe(1);
  });

  test("that throws is a failed span, and the end is still told", async () => {
    const failing = runLoop({ name: "broken", maxSteps: 3 }, () => Promise.reject(new Error("no")));
    await expect(failing).rejects.toThrow("no");
    const spans = await recorded.flush();
    expect(spans.map(({ status }) => status.code)).toEqual([2, 2]);
    expect(ends).toMatchObject([{ steps: 1, error: new Error("no") }]);
  });
});
