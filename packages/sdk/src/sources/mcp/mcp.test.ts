import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startRecordedSdk, type RecordedSdk } from "../../../testing/recorded-sdk.ts";
import { tool, trace, wrap } from "../../index.ts";

describe("the MCP SDK 1.32", () => {
  let recorded: RecordedSdk;
  let client: Client;
  beforeEach(async () => {
    recorded = await startRecordedSdk({ captureContent: true });
    const server = wrap(new McpServer({ name: "tools", version: "1" }));
    server.registerTool("greet", { description: "greets" }, () => {
      trace("inside the server", () => undefined);
      return { content: [{ type: "text", text: "Hello." }] };
    });
    server.registerTool("refuse", {}, () => ({ content: [{ type: "text", text: "no" }], isError: true }));
    client = wrap(new Client({ name: "app", version: "1" }));
    const [near, far] = InMemoryTransport.createLinkedPair();
    await Promise.all([server.connect(far), client.connect(near)]);
  });
  afterEach(async () => {
    await client.close();
    await recorded.stop();
  });

  test("a tool call is a client span over a server span, in one trace", async () => {
    const result = await client.callTool({ name: "greet", arguments: {} });
    expect(result.content).toEqual([{ type: "text", text: "Hello." }]);
    const spans = (await recorded.flush()).filter(
      ({ name }) => name.includes("greet") || name.includes("inside"),
    );
    const [asked, answered, inside] = spans;
    expect(spans.map(({ name, kind }) => [name, kind])).toEqual([
      ["tools/call greet", 3],
      ["tools/call greet", 2],
      ["inside the server", 1],
    ]);
    expect(answered).toMatchObject({ traceId: asked?.traceId, parentSpanId: asked?.spanId });
    expect(inside?.parentSpanId).toBe(answered?.spanId);
    expect(asked?.attributes).toMatchObject({
      "mcp.method.name": "tools/call",
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "greet",
      "gen_ai.tool.call.result": '[{"type":"text","text":"Hello."}]',
    });
  });

  test("a tool that answers with an error has failed on both sides", async () => {
    await client.callTool({ name: "refuse" });
    const spans = (await recorded.flush()).filter(({ name }) => name === "tools/call refuse");
    expect(spans.map(({ attributes }) => attributes["error.type"])).toEqual(["tool_error", "tool_error"]);
    expect(spans.map(({ status }) => status.code)).toEqual([2, 2]);
  });

  test("a request that fails is a failed span and the client's own error", async () => {
    await expect(client.getPrompt({ name: "missing" })).rejects.toThrow();
    const span = (await recorded.flush()).find(({ name }) => name === "prompts/get missing");
    expect(span?.status.code).toBe(2);
    expect(span?.attributes["gen_ai.prompt.name"]).toBe("missing");
  });

  test("a call inside its own tool span enriches that span instead of adding one", async () => {
    await tool({ name: "greet" }, () => client.callTool({ name: "greet", arguments: {} }));
    const spans = (await recorded.flush()).filter(({ name }) => name.includes("greet"));
    expect(spans.map(({ name, kind }) => [name, kind])).toEqual([
      ["execute_tool greet", 1],
      ["tools/call greet", 2],
    ]);
    expect(spans[0]?.attributes["mcp.method.name"]).toBe("tools/call");
    expect(spans[1]?.parentSpanId).toBe(spans[0]?.spanId);
  });
});
