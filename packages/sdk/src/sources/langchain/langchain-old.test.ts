import { CallbackManager } from "langchain-core-old/callbacks/manager";
import { RunnableLambda } from "langchain-core-old/runnables";
import { tool as defineTool } from "langchain-core-old/tools";
import { FakeListChatModel, FakeRetriever, FakeStreamingChatModel } from "langchain-core-old/utils/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { LangChainHandler, wrap } from "../../index.ts";
import { startRecordedSdk, type RecordedSdk } from "../../../testing/recorded-sdk.ts";

describe("@langchain/core 0.3", () => {
  let recorded: RecordedSdk;
  let callbacks: never[];
  beforeEach(async () => {
    recorded = await startRecordedSdk({ captureContent: true });
    callbacks = [new LangChainHandler() as never];
  });
  afterEach(() => recorded.stop());

  test("chains, models, tools and retrievers are spans in their places", async () => {
    const model = new FakeListChatModel({ responses: ["Paris."] });
    const retriever = new FakeRetriever();
    const city = defineTool(({ of }: { of: string }) => `${of}: Paris`, {
      name: "city",
      description: "a capital",
      schema: z.object({ of: z.string() }) as never,
    });
    const chain = RunnableLambda.from(async (question: string, config) => {
      await retriever.invoke(question, config);
      return String(await city.invoke({ of: "France" }, config));
    }).pipe(model);
    const answer = await chain.invoke("Where?", { callbacks, runName: "answer" });
    expect(answer.content).toBe("Paris.");
    const spans = await recorded.flush();
    expect(spans.map(({ name }) => name)).toEqual([
      "invoke_workflow answer",
      "invoke_workflow RunnableLambda",
      "retrieval FakeRetriever",
      "execute_tool city",
      "chat",
    ]);
    expect(spans[2]?.parentSpanId).toBe(spans[1]?.spanId);
    expect(spans[3]?.parentSpanId).toBe(spans[1]?.spanId);
    expect(spans[4]?.parentSpanId).toBe(spans[0]?.spanId);
    expect(spans[4]?.attributes["gen_ai.output.messages"]).toContain("Paris.");
    // The model tells no token counts, and the estimate says that it is one.
    expect(spans[4]?.attributes["app.usage.estimated"]).toBe(true);
  });

  test("a stream is a streamed call", async () => {
    const model = new FakeStreamingChatModel({ responses: [{ content: "Paris." } as never] });
    for await (const _ of await model.stream("Where?", { callbacks }));
    const span = await recorded.flushOne();
    expect(span.attributes).toMatchObject({ "gen_ai.operation.name": "chat" });
  });

  test("a wrapped CallbackManager hears every run without a handler in the application", async () => {
    const original = Object.getOwnPropertyDescriptor(CallbackManager, "_configureSync");
    wrap(CallbackManager);
    wrap(CallbackManager);
    try {
      await new FakeListChatModel({ responses: ["Paris."] }).invoke("Where?", { callbacks });
      await new FakeListChatModel({ responses: ["Rome."] }).invoke("Where?");
      expect((await recorded.flush()).map(({ name }) => name)).toEqual(["chat", "chat"]);
    } finally {
      if (original !== undefined) Object.defineProperty(CallbackManager, "_configureSync", original);
    }
  });
});
