import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createFaults } from "../faults.ts";
import { openProvider, type Provider } from "../provider/provider.ts";
import { indexHandbook } from "./retrieve-passages.ts";
import { openService, type Service } from "./service.ts";
import { createSessions } from "./sessions.ts";

const faults = createFaults();
let provider: Provider;
let service: Service;

beforeAll(async () => {
  provider = await openProvider({ faults, pace: 0 });
  const client = new OpenAI({ baseURL: provider.baseUrl, apiKey: "local", maxRetries: 0 });
  const models = {
    chat: ["gpt-4o-mini", "acme-support-8b"],
    expensive: "gpt-4o",
    summary: "gpt-4.1-mini",
    agent: "o4-mini",
    embedding: "text-embedding-3-small",
  } as const;
  const index = await indexHandbook(client, models.embedding);
  service = await openService({ client, index, sessions: createSessions(), faults, models }, 0);
});

afterAll(async () => {
  await service.close();
  await provider.close();
});

afterEach(async () => {
  await fetch(`${service.url}/faults?all=off`);
});

function post(path: string, body: Record<string, string>): Promise<Response> {
  return fetch(`${service.url}${path}`, { method: "POST", body: JSON.stringify(body) });
}

describe("the support bot", () => {
  it("answers a question from the passage of the handbook that fits", async () => {
    const response = await post("/support", { message: "How many days do I have to return an unused tent?" });
    expect(response.headers.get("content-type")).toContain("text/plain");
    expect(await response.text()).toContain("within 30 days of delivery");
  });

  it("looks an order up, refunds it and says what the tools answered", async () => {
    const response = await post("/support", { message: "I want a refund for order A-20517, please." });
    expect(await response.text()).toContain("refund id is RF-20517");
  });

  it("tells the customer when the back office does not answer", async () => {
    const response = await post("/support", { message: "Where is my order A-20599?" });
    expect(await response.text()).toContain("The back office did not answer");
  });

  it("finds the passages nearest to a search, nearest first", async () => {
    const response = await post("/search", { query: "express delivery cost" });
    const { matches } = (await response.json()) as { matches: { id: string; score: number }[] };
    expect(matches).toHaveLength(5);
    expect(matches[0]?.id).toMatch(/^delivery-/);
    expect(matches[0]?.score).toBeGreaterThan(matches[4]?.score ?? 1);
  });

  it("summarises a long conversation in some of its own sentences", async () => {
    const text = Array.from(
      { length: 30 },
      (_, line) => `Customer: the zip of jacket ${line} broke on the first day.`,
    );
    const response = await post("/summarise", { text: text.join("\n") });
    const { summary } = (await response.json()) as { summary: string };
    expect(summary).toContain("zip of jacket");
    expect(summary.length).toBeLessThan(text.join("\n").length / 3);
  });

  it("solves a case in several steps", async () => {
    const task = "Urgent: check order A-20517 and refund it to the customer.";
    const response = await post("/agent", { task });
    expect(await response.json()).toMatchObject({ topic: "refund", urgency: "urgent", steps: 3 });
  });

  it("refuses what it cannot read with a sentence", async () => {
    const missing = await post("/support", {});
    expect(missing.status).toBe(400);
    expect(await missing.json()).toEqual({ error: 'The field "message" is missing.' });
    expect((await post("/support", { message: "Hello", model: "gpt-99" })).status).toBe(400);
    expect((await fetch(`${service.url}/support`)).status).toBe(404);
  });

  it("switches faults by URL and shows which are on", async () => {
    const switched = await fetch(`${service.url}/faults?slow=on&cut=on`);
    expect(await switched.json()).toMatchObject({ faults: { slow: true, cut: true, "429": false } });
    const unknown = await fetch(`${service.url}/faults?slow=off&fast=on`);
    expect(unknown.status).toBe(400);
    expect(faults.isOn("slow")).toBe(true);
  });

  it("answers 502 when the provider fails before the first word, and breaks the answer off when it fails after", async () => {
    await fetch(`${service.url}/faults?429=on`);
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => post("/search", { query: "return window" })),
    );
    expect(answers.map((answer) => answer.status)).toContain(502);
    await fetch(`${service.url}/faults?429=off&cut=on`);
    const cut = await post("/support", { message: "How long does a refund take?", model: "acme-support-8b" });
    await expect(cut.text()).rejects.toThrow(/terminated/);
  });

  it("sends a far longer prompt to a dearer model while prompts are expensive", async () => {
    await fetch(`${service.url}/faults?expensive=on`);
    const response = await post("/support", { message: "Can a gift card be paid out in cash?" });
    expect(await response.text()).toContain("cannot be paid out in cash");
  });
});
