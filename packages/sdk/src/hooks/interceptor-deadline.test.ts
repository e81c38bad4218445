import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startRecordedSdk, type RecordedSdk } from "../../testing/recorded-sdk.ts";
import { runLoop, tool } from "../index.ts";

const never = (): Promise<never> => new Promise(() => undefined);

describe("an interceptor that does not answer", () => {
  let recorded: RecordedSdk;
  const start = async (interceptorDeadlineMs?: number): Promise<void> => {
    recorded = await startRecordedSdk(interceptorDeadlineMs === undefined ? {} : { interceptorDeadlineMs });
  };
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await recorded.stop();
  });

  /** What the work resolves to, with every timer run that it waits for. */
  async function settle<T>(work: Promise<T>): Promise<T> {
    let isSettled = false;
    const settled = work.finally(() => (isSettled = true));
    while (!isSettled) await vi.advanceTimersByTimeAsync(1000);
    vi.useRealTimers();
    return settled;
  }

  test("before a tool lets the tool run with its own input, and is noted", async () => {
    await start();
    recorded.sdk.hooks.intercept("beforeToolExecute", never);
    expect(await settle(tool({ name: "double", arguments: 4 }, (value) => value * 2))).toBe(8);
    const { attributes } = await recorded.flushOne();
    expect(attributes["app.hook.deadline_exceeded"]).toEqual(["beforeToolExecute"]);
    expect(attributes).not.toHaveProperty("app.tool.skipped");
  });

  test("after a tool leaves its output, and is noted", async () => {
    await start(30);
    recorded.sdk.hooks.intercept("afterToolExecute", never);
    expect(await settle(tool({ name: "double", arguments: 4 }, (value) => value * 2))).toBe(8);
    const { attributes } = await recorded.flushOne();
    expect(attributes["app.hook.deadline_exceeded"]).toEqual(["afterToolExecute"]);
  });

  test("before and after a tool is noted of both", async () => {
    await start(30);
    recorded.sdk.hooks.intercept("beforeToolExecute", never);
    recorded.sdk.hooks.intercept("afterToolExecute", never);
    expect(await settle(tool({ name: "double", arguments: 4 }, (value) => value * 2))).toBe(8);
    const { attributes } = await recorded.flushOne();
    expect(attributes["app.hook.deadline_exceeded"]).toEqual(["beforeToolExecute", "afterToolExecute"]);
  });

  test("before a step lets the step begin, and is noted on the loop", async () => {
    await start();
    recorded.sdk.hooks.intercept("beforeStep", never);
    const work = runLoop({ name: "loop", maxSteps: 3 }, (step) => Promise.resolve(step.finish("done")));
    expect(await settle(work)).toMatchObject({ value: "done", steps: 1 });
    const [loop] = await recorded.flush();
    expect(loop?.attributes["app.hook.deadline_exceeded"]).toEqual(["beforeStep"]);
  });

  test("within its deadline is heard, and without one is waited for", async () => {
    await start(0);
    recorded.sdk.hooks.intercept(
      "beforeToolExecute",
      () => new Promise((resolve) => void setTimeout(resolve, 60_000, { input: 5 })),
    );
    expect(await settle(tool({ name: "double", arguments: 4 }, (value) => value * 2))).toBe(10);
    expect((await recorded.flushOne()).attributes).not.toHaveProperty("app.hook.deadline_exceeded");
  });
});
