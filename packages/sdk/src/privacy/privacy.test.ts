import OpenAI from "openai";
import { afterEach, describe, expect, test } from "vitest";
import { completion } from "../../testing/openai-answers.ts";
import { createProvider, json } from "../../testing/provider.ts";
import { startRecordedSdk, type RecordedSdk } from "../../testing/recorded-sdk.ts";
import { retrieval, tool, trace, wrap } from "../index.ts";
import { createMask } from "./patterns.ts";
import { createPrivacy } from "./privacy.ts";

const planted = {
  secret: "sk-proj-abcdefghijklmnopqrstuvwx",
  email: "jane.doe@example.org",
  card: "4111 1111 1111 1111",
  phone: "+1 415 555 0132",
};
const everything = Object.values(planted).join(" and ");

describe("the built-in masks", () => {
  test.each([
    ["secret", "AKIAIOSFODNN7EXAMPLE", "[secret]"],
    ["secret", "key sk-ant-REDACTED-0123456789.", "key [secret]."],
    ["secret", "ghp_0123456789abcdefghijABCDEFGHIJ0123", "[secret]"],
    ["secret", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjMifQ.abcdefghijk", "[secret]"],
    ["secret", "authorization: Bearer abcdefghijklmnopqrstuv==", "authorization: [secret]"],
    [
      "secret",
      "-----BEGIN RSA PRIVATE KEY-----\\nMIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn\\n-----END RSA PRIVATE KEY-----",
      "[secret]",
    ],
    ["secret", "authorization: Basic dXNlcjpwYXNzd29yZC1hbmQtbW9yZQ==", "authorization: [secret]"],
    ["secret", "postgres://app:hunter2@db:5432/shop", "postgres://app:[secret]@db:5432/shop"],
    ["secret", "see https://example.org/a:b@c and mail", "see https://example.org/a:b@c and mail"],
    [
      "secret",
      "task-list and risk-assessment-of-the-project",
      "task-list and risk-assessment-of-the-project",
    ],
    ["email", "ask jane.doe+x@mail.example.org now", "ask [email] now"],
    ["email", "a@b, not an address", "a@b, not an address"],
    ["card", "card 4111-1111-1111-1111.", "card [card]."],
    ["card", "order 4111111111111112", "order 4111111111111112"],
    ["phone", "call (415) 555-0132 today", "call [phone] today"],
    ["phone", "call +49 30 901820 today", "call [phone] today"],
    ["phone", "version 1.2.3 of 2026-11-21, order 4711", "version 1.2.3 of 2026-11-21, order 4711"],
  ] as const)("%s: %s", (name, text, masked) => {
    expect(createMask([name])(text)).toBe(masked);
  });
});

describe("what leaves the process", () => {
  let recorded: RecordedSdk | undefined;
  afterEach(async () => {
    await recorded?.stop();
    recorded = undefined;
  });

  const say = async (): Promise<string> => {
    const answer = {
      ...completion,
      choices: [{ index: 0, message: { role: "assistant", content: everything }, finish_reason: "stop" }],
    };
    const failure = { error: { message: `bad key ${everything}`, code: "invalid" } };
    const { fetch } = createProvider(json(answer), json(failure, 401));
    const client = wrap(new OpenAI({ apiKey: "sk-test", fetch, maxRetries: 0 }));
    const ask = {
      model: "gpt-4o-mini",
      messages: [
        { role: "system" as const, content: everything },
        { role: "user" as const, content: everything },
      ],
    };
    await client.chat.completions.create(ask);
    await client.chat.completions.create(ask).catch(() => undefined);
    await tool({ name: "t", arguments: { text: everything } }, () => everything);
    await retrieval({ query: everything }, () => Promise.resolve([{ content: everything }]));
    await trace("failing", () => Promise.reject(new Error(everything))).catch(() => undefined);
    await recorded?.sdk.forceFlush();
    return Buffer.concat(recorded?.receiver.requests.map(({ bytes }) => bytes) ?? []).toString("latin1");
  };

  test("holds none of the planted values when everything is masked", async () => {
    recorded = await startRecordedSdk({ captureContent: true, mask: true });
    const bytes = await say();
    for (const value of Object.values(planted)) expect(bytes).not.toContain(value);
    for (const mark of ["[secret]", "[email]", "[card]", "[phone]"]) expect(bytes).toContain(mark);
  });

  test("holds no key-like secret even when nothing was said about masks", async () => {
    recorded = await startRecordedSdk({ captureContent: true });
    const bytes = await say();
    expect(bytes).not.toContain(planted.secret);
    expect(bytes).toContain(planted.email);
  });

  test("went through the application's own mask, and one that throws hides everything", async () => {
    recorded = await startRecordedSdk({
      captureContent: true,
      mask: (text) => {
        if (text.includes("bad key")) throw new Error("mask");
        return text.replaceAll("jane", "J.");
      },
    });
    const bytes = await say();
    expect(bytes).toContain("J..doe@example.org");
    expect(bytes).not.toContain("jane");
    expect(bytes).toContain("[mask failed]");
    expect(bytes).not.toContain(planted.secret);
  });
});

describe("content that is too long", () => {
  test("is cut and marked, and stays JSON", () => {
    const privacy = createPrivacy({ masks: [], custom: undefined, maxLength: 1000 });
    const messages = [1, 2].map(() => ({
      role: "user",
      parts: [{ type: "text", content: "x".repeat(5000) }],
    }));
    const text = privacy.cleanJson(messages);
    expect(text.length).toBeLessThanOrEqual(1000);
    expect(JSON.parse(text)).toHaveLength(2);
    expect(text).toContain("[truncated, 5000 characters]");
    const many = Array.from({ length: 500 }, () => ({
      role: "user",
      parts: [{ type: "text", content: "word" }],
    }));
    expect(JSON.parse(privacy.cleanJson(many))).toHaveLength(1);
    expect(privacy.cleanText("y".repeat(5000))).toHaveLength(
      1000 - 40 + "…[truncated, 5000 characters]".length,
    );
  });

  test("that has no JSON is told as text", () => {
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    const privacy = createPrivacy({ masks: [], custom: undefined, maxLength: 1000 });
    expect(privacy.cleanJson(cyclic)).toBe('"[object Object]"');
  });
});
