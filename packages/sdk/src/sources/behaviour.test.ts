import { readFileSync, writeFileSync } from "node:fs";
import { OpenAI4, OpenAI5 } from "../../../../tests/older-clients/clients.ts";
import OpenAI6 from "openai";
import OpenAI7 from "openai7";
import { describe, expect, test } from "vitest";
import { aiSdkClients } from "../../testing/behaviour/ai-sdk-clients.ts";
import { loops, probeLoop } from "../../testing/behaviour/loops.ts";
import { probeClient, probeSurface, type Cell, type MatrixClient } from "../../testing/behaviour/matrix.ts";
import { probeMcp } from "../../testing/behaviour/mcp-behaviour.ts";
import { oldAiClient } from "../../testing/behaviour/old-ai-client.ts";
import { openAiClient } from "../../testing/behaviour/openai-client.ts";
import { otherClients } from "../../testing/behaviour/other-clients.ts";
import { renderMatrix } from "../../testing/behaviour/render.ts";

const page = new URL("../../../../docs/sdk/behaviour.md", import.meta.url);
const clients: readonly MatrixClient[] = [
  openAiClient("openai 4", OpenAI4 as unknown as typeof OpenAI6),
  openAiClient("openai 5", OpenAI5 as unknown as typeof OpenAI6),
  openAiClient("openai 6", OpenAI6),
  openAiClient("openai 7", OpenAI7 as unknown as typeof OpenAI6),
  ...otherClients,
  oldAiClient,
  ...aiSdkClients,
];
const refused = (cells: ReadonlyMap<string, Cell>): string[] =>
  [...cells].filter(([, cell]) => cell === "no").map(([feature]) => feature);

describe("the behaviour matrix", () => {
  const called = new Map<string, ReadonlyMap<string, Cell>>();
  const surfaces = new Map<string, ReadonlyMap<string, Cell>>();
  const looped = new Map<string, ReadonlyMap<string, Cell>>();
  let mcp: ReadonlyMap<string, Cell> = new Map();

  test.each(clients)("every cell of $name holds", async (client) => {
    called.set(client.name, await probeClient(client));
    if (client.surface !== undefined) surfaces.set(client.name, await probeSurface(client));
    expect(refused(called.get(client.name) ?? new Map())).toEqual([]);
    expect(refused(surfaces.get(client.name) ?? new Map())).toEqual([]);
  });

  test.each(loops)("every cell of the loop of $name holds", async (loop) => {
    const cells = await probeLoop(loop);
    looped.set(loop.name, cells);
    expect(refused(cells)).toEqual([]);
  });

  test("every cell of MCP holds", async () => {
    mcp = await probeMcp();
    expect(refused(mcp)).toEqual([]);
  });

  test("the page in the docs is what the tests showed", () => {
    const rendered = renderMatrix([
      { title: "Calls and streams", columns: [...called] },
      { title: "What the provider's own client has beyond that", columns: [...surfaces] },
      { title: "Loops of model and tools", columns: [...looped] },
      { title: "Model Context Protocol", columns: [["@modelcontextprotocol/sdk 1.32", mcp]] },
    ]);
    if (process.env["SPANLIGHT_UPDATE_DOCS"] === "true") writeFileSync(page, rendered);
    expect(readFileSync(page, "utf8"), "run again with SPANLIGHT_UPDATE_DOCS=true").toBe(rendered);
  });
});
