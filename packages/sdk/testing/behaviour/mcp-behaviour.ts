import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { expect } from "vitest";
import { tool, wrap } from "../../src/index.ts";
import type { WireSpan } from "../decode-trace-request.ts";
import { startRecordedSdk } from "../recorded-sdk.ts";
import type { Cell } from "./matrix.ts";

type Check = (spans: readonly WireSpan[]) => void;
type Probe = readonly [work: (client: Client) => Promise<unknown>, check: Check];

const greet = (client: Client): Promise<unknown> => client.callTool({ name: "greet", arguments: {} });

const probes: Readonly<Record<string, Probe>> = {
  "a tool call is one span on each side": [
    greet,
    (spans) => expect(spans.map(({ kind }) => kind)).toEqual([3, 2]),
  ],
  "both are one trace, by `_meta`": [
    greet,
    ([asked, answered]) => expect(answered?.parentSpanId).toBe(asked?.spanId),
  ],
  "method, tool, arguments and result": [
    greet,
    ([asked]) =>
      expect(asked?.attributes).toMatchObject({
        "mcp.method.name": "tools/call",
        "gen_ai.tool.name": "greet",
        "gen_ai.tool.call.result": '[{"type":"text","text":"Hello."}]',
      }),
  ],
  "an answer with `isError` is a failed span": [
    (client) => client.callTool({ name: "refuse", arguments: {} }),
    (spans) =>
      expect(spans.map(({ attributes }) => attributes["error.type"])).toEqual(["tool_error", "tool_error"]),
  ],
  "inside the application's own tool span nothing is told twice": [
    (client) => tool({ name: "greet" }, () => greet(client)),
    (spans) => expect(spans.filter(({ kind }) => kind === 3)).toHaveLength(0),
  ],
};

/** Every cell of the Model Context Protocol. */
export async function probeMcp(): Promise<Map<string, Cell>> {
  const cells = new Map<string, Cell>();
  for (const [feature, probe] of Object.entries(probes)) cells.set(feature, await holds(probe));
  return cells;
}

async function holds([work, check]: Probe): Promise<Cell> {
  const recorded = await startRecordedSdk({ captureContent: true });
  const server = wrap(new McpServer({ name: "tools", version: "1" }));
  server.registerTool("greet", {}, () => ({ content: [{ type: "text", text: "Hello." }] }));
  server.registerTool("refuse", {}, () => ({ content: [{ type: "text", text: "no" }], isError: true }));
  const client = wrap(new Client({ name: "app", version: "1" }));
  const [near, far] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(far), client.connect(near)]);
  try {
    await work(client);
    check(
      (await recorded.flush()).filter(({ attributes }) => attributes["mcp.method.name"] === "tools/call"),
    );
    return "yes";
  } catch {
    return "no";
  } finally {
    await client.close();
    await recorded.stop();
  }
}
