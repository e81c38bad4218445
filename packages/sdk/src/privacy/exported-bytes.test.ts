import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import OpenAI from "openai";
import { afterEach, beforeEach, expect, test } from "vitest";
import { completion } from "../../testing/openai-answers.ts";
import { startOtlpReceiver, type OtlpReceiver } from "../../testing/otlp-receiver.ts";
import { createProvider, json } from "../../testing/provider.ts";
import { startRecordedSdk, type RecordedSdk } from "../../testing/recorded-sdk.ts";
import { datadog, honeycomb, langfuse, langsmith, opik, phoenix } from "../destinations/presets.ts";
import { guard, observe, retrieval, score, tool, trace, wrap } from "../index.ts";

const secrets = {
  prompt: "sk-proj-promptpromptpromptpromptprompt1",
  answer: "sk-proj-answeransweransweransweranswer2",
  input: "sk-proj-inputinputinputinputinputinput3",
  output: "sk-proj-outputoutputoutputoutputoutput4",
  document: "sk-proj-documentdocumentdocumentdocum5",
  query: "sk-proj-queryqueryqueryqueryqueryquery6",
  error: "sk-proj-errorerrorerrorerrorerrorerror7",
  providerError: "sk-proj-providerproviderproviderpro8",
  comment: "sk-proj-commentcommentcommentcommentc9",
  label: "sk-proj-labellabellabellabellabellabel10",
  scoreMetadata: "sk-proj-scoremetadatascoremetadatasco11",
  description: "sk-proj-descriptiondescriptiondescri12",
  amended: "sk-proj-amendedamendedamendedamendeda13",
  stop: "sk-proj-stopstopstopstopstopstopstop14",
  resource: "sk-proj-resourceresourceresourceresou15",
  toolName: "sk-proj-toolnametoolnametoolnametooln16",
  password: "hunter-two-in-an-address",
  email: "ada@example.org",
};

let vendor: OtlpReceiver;
let recorded: RecordedSdk | undefined;
beforeEach(async () => {
  vendor = await startOtlpReceiver();
});
afterEach(async () => {
  await recorded?.stop();
  recorded = undefined;
  await vendor.close();
});

const sentBytes = (): string =>
  [...vendor.requests, ...(recorded?.receiver.requests ?? [])]
    .map(({ bytes }) => bytes.toString("latin1"))
    .join("\n");

async function work(): Promise<void> {
  const said = structuredClone(completion);
  const [choice] = said.choices;
  if (choice !== undefined) choice.message.content = `Use ${secrets.answer}, ${secrets.email}`;
  const { fetch } = createProvider(
    json(said),
    json({ error: { message: `bad ${secrets.providerError}` } }, 400),
  );
  const client = wrap(new OpenAI({ apiKey: "sk-test", maxRetries: 0, fetch }));
  const request = {
    model: "gpt-4o-mini",
    stop: [`end ${secrets.stop}`],
    messages: [{ role: "user" as const, content: `My key is ${secrets.prompt}, mail ${secrets.email}` }],
  };
  await trace("work", async () => {
    await client.chat.completions.create(request);
    await client.chat.completions.create(request).catch(() => undefined);
    retrieval({ source: "s", query: secrets.query }, () => [{ id: "d", content: secrets.document }]);
    const description = `reads ${secrets.description} from postgres://app:${secrets.password}@db/shop`;
    await tool({ name: "t", arguments: { key: secrets.input }, description }, () => ({
      key: secrets.output,
    }));
    await askMcp();
    guard("g", () => false);
    const fail = observe(() => Promise.reject(new Error(`no ${secrets.error}`)), { name: "fail", log: true });
    await fail().catch(() => undefined);
    score({
      name: "s",
      value: 1,
      comment: `saw ${secrets.comment}`,
      metadata: { key: secrets.scoreMetadata },
    });
    score({ name: "s", value: `like ${secrets.label}` });
  });
}

async function askMcp(): Promise<void> {
  const [clientEnd, serverEnd] = InMemoryTransport.createLinkedPair();
  const server = wrap(new McpServer({ name: "server", version: "1" }));
  server.registerTool("known", {}, () => ({ content: [] }));
  const client = wrap(new Client({ name: "client", version: "1" }));
  await Promise.all([server.connect(serverEnd), client.connect(clientEnd)]);
  await client.readResource({ uri: `file:///${secrets.resource}` }).catch(() => undefined);
  await client.callTool({ name: secrets.toolName }).catch(() => undefined);
  await client.close();
}

test.each([
  ["with content", true],
  ["without content", false],
])("%s, no planted secret is in any byte of any signal to any destination", async (_name, captureContent) => {
  const at = { endpoint: vendor.url, apiKey: "k" };
  const lines: string[] = [];
  const write = (fields: object, message: string): void =>
    void lines.push(JSON.stringify({ fields, message }));
  recorded = await startRecordedSdk({
    captureContent,
    mask: true,
    exportLogs: true,
    exportMetrics: true,
    logger: { info: write, warn: write, error: write, debug: write },
    destinations: [
      langfuse({ host: vendor.url, publicKey: "pk", secretKey: "sk", eagerToolSpans: true }),
      langsmith(at),
      phoenix(at),
      opik(at),
      datadog(at),
      honeycomb(at),
    ],
  });
  recorded.sdk.hooks.intercept("afterToolExecute", () => ({ metadata: { note: `kept ${secrets.amended}` } }));
  await work();
  await recorded.flush();
  const sent = `${sentBytes()}\n${lines.join("\n")}`;
  expect(recorded.sdk.destinations.filter(({ counts }) => counts.exported > 0).length).toBeGreaterThan(8);
  // The test sees something: the words around the secrets are there where content is.
  expect(sent.includes("My key is")).toBe(captureContent);
  expect(sent).toContain("saw ");
  for (const [place, secret] of Object.entries(secrets)) expect(sent.includes(secret), place).toBe(false);
});
