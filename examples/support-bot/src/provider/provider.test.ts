import OpenAI, { APIError, RateLimitError } from "openai";
import { afterEach, describe, expect, it } from "vitest";
import { createFaults } from "../faults.ts";
import { openProvider, type Provider, type ProviderOptions } from "./provider.ts";

const opened: Provider[] = [];

async function openClient(options: ProviderOptions = {}): Promise<OpenAI> {
  const provider = await openProvider({ pace: 0, ...options });
  opened.push(provider);
  return new OpenAI({ baseURL: provider.baseUrl, apiKey: "local", maxRetries: 0 });
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((provider) => provider.close()));
});

const lookupOrder = {
  name: "lookup_order",
  description: "Reads the state of an order by its number",
  parameters: { type: "object", properties: { order_id: { type: "string" } }, required: ["order_id"] },
};
const question = [
  { role: "system", content: "Parcels weighing up to 30 kg are delivered within four working days." },
  { role: "user", content: "How long does delivery of a parcel take?" },
] as const;

async function collect<Item>(stream: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

describe("chat completions", () => {
  it("answers from the sources in the prompt, with the usage of the whole call", async () => {
    const client = await openClient();
    const completion = await client.chat.completions.create({
      model: "gpt-4o-mini",
      messages: [...question],
    });
    expect(completion.id).toMatch(/^chatcmpl-[A-Za-z0-9]{29}$/);
    expect(completion.model).toBe("gpt-4o-mini-2024-07-18");
    expect(completion.system_fingerprint).toMatch(/^fp_/);
    expect(completion.choices[0]?.finish_reason).toBe("stop");
    expect(completion.choices[0]?.message.content).toContain("within four working days");
    const usage = completion.usage;
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
    expect(usage?.prompt_tokens_details?.cached_tokens).toBe(0);
  });

  it("streams the same text in pieces and ends with a finish reason", async () => {
    const client = await openClient();
    const stream = await client.chat.completions.create({
      model: "gpt-4o",
      messages: [...question],
      stream: true,
    });
    const chunks = await collect(stream);
    const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
    expect(chunks.length).toBeGreaterThan(10);
    expect(chunks[0]?.choices[0]?.delta.role).toBe("assistant");
    expect(text).toContain("within four working days");
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("stop");
    expect(chunks.some((chunk) => "usage" in chunk)).toBe(false);
  });

  it("closes a stream with a usage chunk only for a client that asked for it", async () => {
    const client = await openClient();
    const stream = await client.chat.completions.create({
      model: "gpt-4o",
      messages: [...question],
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await collect(stream);
    const last = chunks.at(-1);
    expect(last?.choices).toEqual([]);
    expect(last?.usage?.completion_tokens).toBe(
      chunks.filter((chunk) => (chunk.choices[0]?.delta.content ?? "") !== "").length,
    );
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
  });

  it("calls an offered tool once, streamed in argument pieces, and answers from its result", async () => {
    const client = await openClient();
    const user = { role: "user", content: "Where is my order A-10234?" } as const;
    const tools = [{ type: "function", function: lookupOrder }] as const;
    const stream = client.chat.completions.stream({ model: "gpt-4o", messages: [user], tools: [...tools] });
    const asked = await stream.finalChatCompletion();
    const message = asked.choices[0]!.message;
    const call = message.tool_calls![0]!;
    expect(asked.choices[0]?.finish_reason).toBe("tool_calls");
    expect(call.id).toMatch(/^call_/);
    expect(call.type === "function" && JSON.parse(call.function.arguments)).toEqual({ order_id: "A-10234" });
    const result = {
      role: "tool",
      tool_call_id: call.id,
      content: '{"status":"shipped","total_usd":42}',
    } as const;
    const answered = await client.chat.completions.create({
      model: "gpt-4o",
      messages: [user, message, result],
      tools: [...tools],
    });
    expect(answered.choices[0]?.message.content).toContain("status is shipped");
  });

  it("follows a JSON schema", async () => {
    const client = await openClient();
    const schema = {
      type: "object",
      properties: { topic: { type: "string", enum: ["payment", "delivery", "other"] } },
      required: ["topic"],
    };
    const completion = await client.chat.completions.create({
      model: "gpt-4o-mini",
      messages: [...question],
      response_format: { type: "json_schema", json_schema: { name: "topic", schema } },
    });
    expect(JSON.parse(completion.choices[0]?.message.content ?? "")).toEqual({ topic: "delivery" });
  });

  it("spends reasoning tokens on a reasoning model and refuses a temperature there", async () => {
    const client = await openClient();
    const completion = await client.chat.completions.create({ model: "o4-mini", messages: [...question] });
    const reasoning = completion.usage?.completion_tokens_details?.reasoning_tokens ?? 0;
    expect(reasoning).toBeGreaterThan(0);
    expect(completion.usage?.completion_tokens).toBeGreaterThan(reasoning);
    const refused = client.chat.completions.create({
      model: "o4-mini",
      messages: [...question],
      temperature: 0.2,
    });
    await expect(refused).rejects.toMatchObject({ status: 400, param: "temperature" });
  });

  it("reports cached tokens once a long beginning repeats, in steps of 128", async () => {
    const client = await openClient();
    const handbook = Array.from(
      { length: 200 },
      (_, line) => `Rule ${line} of the handbook holds for parcel ${line}.`,
    );
    const ask = async (text: string): Promise<number | undefined> => {
      const completion = await client.chat.completions.create({
        model: "gpt-4o",
        messages: [
          { role: "system", content: handbook.join("\n") },
          { role: "user", content: text },
        ],
      });
      return completion.usage?.prompt_tokens_details?.cached_tokens;
    };
    expect(await ask("What does the first rule say?")).toBe(0);
    const cached = (await ask("And which rule is the last?")) ?? 0;
    expect(cached).toBeGreaterThanOrEqual(1024);
    expect(cached % 128).toBe(0);
  });

  it("stops at the token limit and at forbidden content with the finish reasons of the provider", async () => {
    const client = await openClient();
    const short = await client.chat.completions.create({
      model: "gpt-4o",
      messages: [...question],
      max_completion_tokens: 3,
    });
    expect(short.choices[0]?.finish_reason).toBe("length");
    expect(short.usage?.completion_tokens).toBe(3);
    const filtered = await client.chat.completions.create({
      model: "gpt-4o",
      messages: [{ role: "user", content: "I will bomb your office" }],
    });
    expect(filtered.choices[0]?.finish_reason).toBe("content_filter");
  });

  it("gives the same answers for the same seed", async () => {
    const texts = await Promise.all(
      ["7", "7", "8"].map(async (seed) => {
        const client = await openClient({ seed, now: () => 1_700_000_000_000 });
        return client.chat.completions.create({ model: "o4-mini", messages: [...question] });
      }),
    );
    expect(texts[0]).toEqual(texts[1]);
    expect(texts[0]?.id).not.toBe(texts[2]?.id);
  });
});

describe("responses", () => {
  it("answers a string with a message and its usage", async () => {
    const client = await openClient();
    const response = await client.responses.create({
      model: "gpt-4.1-mini",
      instructions: "Parcels are delivered within four working days.",
      input: "How long does delivery of parcels take?",
    });
    expect(response.status).toBe("completed");
    expect(response.output_text).toContain("within four working days");
    expect(response.usage?.total_tokens).toBe(
      (response.usage?.input_tokens ?? 0) + (response.usage?.output_tokens ?? 0),
    );
  });

  it("streams the events that the client assembles into the finished response", async () => {
    const client = await openClient();
    const stream = client.responses.stream({ model: "o4-mini", input: "How do I return a parcel?" });
    const events = await collect(stream);
    const final = await stream.finalResponse();
    expect(events.map((event) => event.type).filter((type, index, all) => type !== all[index - 1])).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.output_item.done",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    expect(final.output.map((item) => item.type)).toEqual(["reasoning", "message"]);
    expect(final.usage?.output_tokens_details.reasoning_tokens).toBeGreaterThan(0);
    const deltas = events.map((event) => (event.type === "response.output_text.delta" ? event.delta : ""));
    expect(deltas.join("")).toBe(final.output_text);
  });

  it("continues a tool call through previous_response_id", async () => {
    const client = await openClient();
    const tools = [{ type: "function", strict: false, ...lookupOrder }] as const;
    const asked = await client.responses.create({
      model: "gpt-4o",
      input: "Where is my order A-10234?",
      tools: [...tools],
    });
    const call = asked.output.find((item) => item.type === "function_call")!;
    expect(JSON.parse(call.arguments)).toEqual({ order_id: "A-10234" });
    const answered = await client.responses.create({
      model: "gpt-4o",
      previous_response_id: asked.id,
      input: [{ type: "function_call_output", call_id: call.call_id, output: '{"carrier":"Rapid Post"}' }],
      tools: [...tools],
    });
    expect(answered.output_text).toContain("Rapid Post");
  });

  it("is incomplete when the output limit cuts it", async () => {
    const client = await openClient();
    const response = await client.responses.create({
      model: "gpt-4o",
      input: "Hello there",
      max_output_tokens: 2,
    });
    expect(response.status).toBe("incomplete");
    expect(response.incomplete_details?.reason).toBe("max_output_tokens");
  });
});

describe("embeddings", () => {
  it("puts texts with the same words closer together than others", async () => {
    const client = await openClient();
    const { data, usage } = await client.embeddings.create({
      model: "text-embedding-3-small",
      input: ["refund of a returned parcel", "when is my parcel refunded", "opening hours of the shop"],
    });
    const [first, second, third] = data.map((item) => item.embedding);
    const similarity = (a: number[], b: number[]): number =>
      a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
    expect(first).toHaveLength(1536);
    expect(similarity(first!, first!)).toBeCloseTo(1, 4);
    expect(similarity(first!, second!)).toBeGreaterThan(similarity(first!, third!) + 0.2);
    expect(usage.prompt_tokens).toBeGreaterThan(10);
  });
});

describe("limits and faults", () => {
  it("counts its limits down in the headers and refills them with time", async () => {
    let nowMs = 1_700_000_000_000;
    const client = await openClient({ now: () => nowMs });
    const remaining = async (): Promise<number> => {
      const { response } = await client.chat.completions
        .create({ model: "gpt-4o", messages: [...question] })
        .withResponse();
      expect(response.headers.get("x-request-id")).toMatch(/^req_/);
      expect(Number(response.headers.get("openai-processing-ms"))).toBeGreaterThanOrEqual(0);
      return Number(response.headers.get("x-ratelimit-remaining-requests"));
    };
    expect(await remaining()).toBe(9999);
    expect(await remaining()).toBe(9998);
    nowMs += 60_000;
    expect(await remaining()).toBe(9999);
  });

  it("answers 429 with retry-after once the reduced limit is used up, and lets go when the time has passed", async () => {
    let nowMs = 1_700_000_000_000;
    const faults = createFaults();
    const client = await openClient({ faults, now: () => nowMs });
    const ask = (): Promise<unknown> =>
      client.chat.completions.create({ model: "gpt-4o", messages: [...question] }).asResponse();
    faults.set("429", true);
    for (let count = 0; count < 5; count++) await ask();
    const error = await ask().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ code: "rate_limit_exceeded", type: "requests" });
    expect(error instanceof RateLimitError && error.headers.get("retry-after")).toBe("1");
    nowMs += 1000;
    await ask();
  });

  it("fails some calls with 500, cuts streams and contradicts its sources when told to", async () => {
    const faults = createFaults();
    const client = await openClient({ faults });
    const ask = (): Promise<OpenAI.ChatCompletion> =>
      client.chat.completions.create({ model: "gpt-4o", messages: [...question] });
    faults.set("500", true);
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, ask));
    const failed = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(failed.length).toBeGreaterThan(4);
    expect(failed.length).toBeLessThan(20);
    expect(failed[0]?.reason).toMatchObject({ status: 500, type: "server_error" });
    faults.set("500", false);
    faults.set("wrong", true);
    expect((await ask()).choices[0]?.message.content).toContain("only after four working days");
    faults.set("cut", true);
    const stream = await client.chat.completions.create({
      model: "gpt-4o",
      messages: [...question],
      stream: true,
    });
    await expect(collect(stream)).rejects.toThrow(/terminated/);
  });

  it("refuses an unknown model, a missing key and an unknown path as the provider does", async () => {
    const client = await openClient();
    const unknown = client.chat.completions.create({ model: "gpt-99", messages: [...question] });
    await expect(unknown).rejects.toMatchObject({ status: 404, code: "model_not_found" });
    const unsigned = await fetch(`${client.baseURL}/models`);
    expect(unsigned.status).toBe(401);
    await expect(client.get("/nothing")).rejects.toBeInstanceOf(APIError);
    expect((await client.models.list()).data.map((model) => model.id)).toContain("gpt-4o");
  });
});
