import { describe, expect, it } from "vitest";
import { findContextWindow } from "./context-window.ts";

describe("the context window", () => {
  it("is that of the model, dated names and resellers included", () => {
    expect(findContextWindow({ provider: "openai", model: "gpt-4o" })).toBe(128_000);
    expect(findContextWindow({ provider: "openai", model: "gpt-4o-2024-08-06" })).toBe(128_000);
    expect(findContextWindow({ provider: "my-gateway", model: "gpt-4o" })).toBe(128_000);
  });

  it("of an unknown model is not known", () => {
    expect(findContextWindow({ provider: "openai", model: "llama-of-our-own" })).toBeNull();
    expect(findContextWindow({ provider: "", model: "" })).toBeNull();
  });
});
