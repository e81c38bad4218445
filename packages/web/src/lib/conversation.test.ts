import type { Span } from "@spanlight/contract";
import { describe, expect, it } from "vitest";
import { readConversation, readPart } from "./conversation.ts";

type Spoken = Pick<Span, "systemInstructions" | "inputMessages" | "outputMessages">;

function conversationOf(spoken: Spoken) {
  return readConversation(spoken as Span);
}

describe("a conversation", () => {
  it("begins with the instructions and ends with what this span answered", () => {
    const messages = conversationOf({
      systemInstructions: [{ type: "text", content: "Be brief." }],
      inputMessages: [{ role: "user", parts: [{ type: "text", content: "Hello" }] }],
      outputMessages: [{ role: "assistant", parts: [{ type: "text", content: "Hi" }] }],
    });
    expect(messages.map(({ role, isAnswer }) => [role, isAnswer])).toEqual([
      ["system", false],
      ["user", false],
      ["assistant", true],
    ]);
  });

  it("a tool's result carries the name of the call it answers", () => {
    const messages = conversationOf({
      systemInstructions: [],
      inputMessages: [
        { role: "assistant", parts: [{ type: "tool_call", id: "c1", name: "lookup", arguments: { id: 1 } }] },
        { role: "tool", parts: [{ type: "tool_call_response", id: "c1", response: "found" }] },
      ],
      outputMessages: [],
    });
    expect(messages[0]?.parts).toEqual([
      { kind: "tool_call", id: "c1", name: "lookup", toolArguments: { id: 1 } },
    ]);
    expect(messages[1]).toMatchObject({ name: "lookup", parts: [{ kind: "tool_result", result: "found" }] });
  });

  it("an image is told by kind, type and size and not drawn", () => {
    const content = "A".repeat(4096);
    expect(readPart({ type: "blob", modality: "image", mime_type: "image/png", content })).toEqual({
      kind: "media",
      what: "image",
      detail: "image/png · 3 KiB",
    });
    expect(readPart({ type: "uri", modality: "image", uri: "https://example.org/a.png" })).toMatchObject({
      detail: "https://example.org/a.png",
    });
  });

  it("a part nobody knows is kept whole", () => {
    expect(readPart({ type: "hologram", depth: 3 })).toEqual({
      kind: "other",
      type: "hologram",
      content: { depth: 3 },
    });
  });
});
