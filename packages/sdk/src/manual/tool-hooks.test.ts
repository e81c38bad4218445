import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startRecordedSdk, type RecordedSdk } from "../../testing/recorded-sdk.ts";
import { observe, runLoop, tool, type StepFinish, type ToolCall, type ToolCallStart } from "../index.ts";

describe("the tool hooks", () => {
  let recorded: RecordedSdk;
  beforeEach(async () => {
    recorded = await startRecordedSdk({ captureContent: true });
  });
  afterEach(() => recorded.stop());

  test("watch a tool's start and end, its input, output, error and step", async () => {
    const starts: ToolCallStart[] = [];
    const ends: ToolCall[] = [];
    recorded.sdk.hooks.on("onToolCallStart", (event) => starts.push(event));
    recorded.sdk.hooks.on("onToolCall", (event) => ends.push(event));
    await tool({ name: "add", arguments: [1, 2], callId: "c1", stepNumber: 3 }, ([a = 0, b = 0]) => a + b);
    const failed = tool({ name: "fail" }, () => Promise.reject(new Error("no")));
    await expect(failed).rejects.toThrow("no");
    recorded.sdk.hooks.drain();
    expect(starts[0]).toEqual({ toolName: "add", toolCallId: "c1", input: [1, 2], stepNumber: 3 });
    expect(ends[0]).toMatchObject({ toolName: "add", output: 3, error: undefined });
    expect(ends[0]?.latencyMs).toBeGreaterThanOrEqual(0);
    expect(ends[1]).toMatchObject({ toolName: "fail", output: undefined, error: new Error("no") });
  });

  test("beforeToolExecute skips a tool and answers in its place", async () => {
    recorded.sdk.hooks.intercept("beforeToolExecute", ({ toolName }) =>
      toolName === "delete" ? { skip: true, output: "not allowed" } : undefined,
    );
    let ran = 0;
    const result = await tool<string>({ name: "delete" }, () => `${ran++}`);
    expect([result, ran]).toEqual(["not allowed", 0]);
    const span = await recorded.flushOne();
    expect(span.attributes).toMatchObject({
      "app.tool.skipped": true,
      "gen_ai.tool.call.result": "not allowed",
    });
  });

  test("beforeToolExecute changes the input, afterToolExecute the output and adds metadata", async () => {
    recorded.sdk.hooks.intercept("beforeToolExecute", () => ({ input: 20 }));
    recorded.sdk.hooks.intercept("afterToolExecute", ({ output }) => ({
      output: (output as number) + 1,
      metadata: { cached: false },
    }));
    expect(await tool({ name: "double", arguments: 1 }, (value) => value * 2)).toBe(41);
    const span = await recorded.flushOne();
    expect(span.attributes).toMatchObject({
      "app.tool.input_overridden": true,
      "app.tool.output_modified": true,
      "app.metadata.cached": false,
      "gen_ai.tool.call.result": "41",
    });
  });

  test("a later interceptor replaces the earlier, and one that throws counts as silent", async () => {
    recorded.sdk.hooks.intercept("beforeToolExecute", () => ({ skip: true }));
    recorded.sdk.hooks.intercept("beforeToolExecute", () => {
      throw new Error("interceptor");
    });
    expect(await tool({ name: "run" }, () => "ran")).toBe("ran");
    await recorded.flushOne();
  });

  test("an observed tool stays synchronous while nobody has to be asked", () => {
    const double = observe((value: number) => value * 2, { as: "tool", name: "double" });
    expect(double(4)).toBe(8);
  });

  test("the arguments of a tool whose input was changed are those it ran with", async () => {
    recorded.sdk.hooks.intercept("beforeToolExecute", () => ({ input: { city: "Rome" } }));
    const steps: StepFinish[] = [];
    recorded.sdk.hooks.on("onStepFinish", (step) => steps.push(step));
    await runLoop({ name: "weather", maxSteps: 1 }, async (step) => {
      await step.tool({ name: "get_weather", arguments: { city: "Paris" } }, ({ city }) => city);
    });
    const span = (await recorded.flush()).find(({ name }) => name.startsWith("execute_tool"));
    expect(span?.attributes["gen_ai.tool.call.arguments"]).toBe('{"city":"Rome"}');
    expect(steps[0]?.toolCalls[0]).toMatchObject({ input: { city: "Rome" }, output: "Rome" });
  });
});
