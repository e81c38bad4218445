import { describe, expect, it } from "vitest";
import { dialects } from "./dialects.ts";
import { KeyTable } from "./key-table.ts";
import { plainKeys } from "./plain-keys.ts";
import { toProviderName } from "./provider-name.ts";
import { typeSpan } from "./span-type.ts";

describe("KeyTable", () => {
  const table = new KeyTable(dialects, plainKeys);
  const find = (key: string, place = 0): { field: number; dialect: number } | undefined => {
    const bytes = Buffer.from(`..${key}..`);
    const number = table.find(bytes, 2, bytes.length - 2, place);
    return number < 0 ? undefined : { field: table.fields[number]!, dialect: table.dialects[number]! };
  };

  it("finds every key of every dialect as what the dialect says, or an earlier one that has the same key", () => {
    for (const [dialect, { keys, contentPrefixes }] of dialects.entries()) {
      for (const [key, keyField] of keys) {
        const first = dialects.findIndex((each) => each.keys.some(([other]) => other === key));
        if (first === dialect) expect(find(key), key).toEqual({ field: keyField, dialect });
        else expect(find(key)?.dialect, key).toBe(first);
      }
      for (const prefix of contentPrefixes) expect(find(`${prefix}0.x`), prefix).toMatchObject({ field: 0 });
    }
  });

  it("finds a key whatever stood in its place before", () => {
    for (const key of ["gen_ai.request.model", "gen_ai.response.model", "custom", "gen_ai.request.model"]) {
      expect(find(key, 3)?.field).toBe(find(key, 60)?.field);
    }
    expect(find("gen_ai.system", 3)?.field).not.toBe(find("gen_ai.request.model", 3)?.field);
  });

  it("does not find what only looks alike", () => {
    for (const key of [
      "",
      "g",
      "gen_ai.request.modeL",
      "gen_ai.request.model.",
      "llm.input_messages",
      "x.request.method",
    ]) {
      expect(find(key), key).toBeUndefined();
    }
  });
});

describe("typeSpan", () => {
  it.each([
    [{ operationId: "", operation: "chat", kind: "" }, "model", "chat"],
    [{ operationId: "", operation: "embeddings", kind: "" }, "embedding", "embeddings"],
    [{ operationId: "", operation: "execute_tool", kind: "" }, "tool", "execute_tool"],
    [{ operationId: "", operation: "invoke_agent", kind: "" }, "agent", "invoke_agent"],
    [{ operationId: "", operation: "", kind: "RETRIEVER" }, "retrieval", "retrieval"],
    [{ operationId: "", operation: "", kind: "llm" }, "model", "chat"],
    [{ operationId: "ai.generateText", operation: "", kind: "" }, "agent", "invoke_agent"],
    [{ operationId: "ai.streamText.doStream", operation: "", kind: "" }, "model", "chat"],
    [{ operationId: "ai.embedMany", operation: "", kind: "" }, "chain", ""],
    [{ operationId: "ai.embedMany.doEmbed", operation: "", kind: "" }, "embedding", "embeddings"],
    [{ operationId: "ai.toolCall", operation: "", kind: "" }, "tool", "execute_tool"],
    [{ operationId: "ai.decide", operation: "", kind: "" }, "chain", ""],
    [{ operationId: "ai.decide.doDecide", operation: "", kind: "" }, "model", "chat"],
    [{ operationId: "ai.rerank.doRerank", operation: "", kind: "" }, "reranker", "rerank"],
    [{ operationId: "ai.transcribe", operation: "", kind: "" }, "model", "ai.transcribe"],
    [{ operationId: "", operation: "ai.transcribe", kind: "" }, "model", "ai.transcribe"],
    [{ operationId: "", operation: "ai.generateSpeech", kind: "" }, "model", "ai.generateSpeech"],
    [{ operationId: "", operation: "image_generation", kind: "" }, "model", "image_generation"],
    [{ operationId: "", operation: "fetch_response", kind: "" }, "chain", "fetch_response"],
    [{ operationId: "", operation: "search_memory", kind: "" }, "retrieval", "search_memory"],
    [{ operationId: "", operation: "upsert_memory", kind: "" }, "chain", "upsert_memory"],
    [{ operationId: "", operation: "", kind: "DECISION" }, "chain", ""],
    [{ operationId: "", operation: "", kind: "tools/call" }, "tool", "execute_tool"],
    [{ operationId: "", operation: "", kind: "tools/list" }, "", ""],
    [{ operationId: "", operation: "something_new", kind: "" }, "", "something_new"],
  ])("types %o as %s", (words, spanType, operation) => {
    const typing = typeSpan(words);
    expect([typing.spanType, typing.operationWord.text]).toEqual([spanType, operation]);
  });
});

describe("toProviderName", () => {
  it.each([
    ["openai", "openai"],
    ["openai.responses", "openai"],
    ["OpenAI", "openai"],
    ["anthropic.messages", "anthropic"],
    ["az.ai.openai", "azure.ai.openai"],
    ["google.vertex.chat", "gcp.vertex_ai"],
    ["vertex.anthropic.messages", "gcp.vertex_ai"],
    ["amazon-bedrock", "aws.bedrock"],
    ["aws.bedrock", "aws.bedrock"],
    ["xai.chat", "x_ai"],
    ["mistral.chat", "mistral_ai"],
    ["langchain", ""],
    ["my-gateway", "my-gateway"],
    ["my.gateway", "my.gateway"],
  ])("calls %s %s", (raw, name) => expect(toProviderName(raw)).toBe(name));
});
