/** A request of either API, reduced to what an answer depends on. */
export interface Prompt {
  readonly turns: readonly Turn[];
  readonly tools: readonly OfferedTool[];
  /** `auto`, `none`, `required`, or the name of the one tool that must be called. */
  readonly toolChoice: string;
  /** The JSON schema the answer must follow; undefined for plain text. */
  readonly schema: JsonSchema | undefined;
  readonly mostOutputTokens: number;
}

export interface Turn {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly text: string;
  /** Names of the tools an assistant turn called. */
  readonly calledTools: readonly string[];
}

export interface OfferedTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonSchema;
}

/** The part of JSON Schema that structured outputs and tools use. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
}

/** What the model says: text, or calls of tools, never both here. */
export interface Answer {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly reasoningTokens: number;
  readonly finish: "stop" | "length" | "tool_calls" | "content_filter";
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text. */
  readonly arguments: string;
}

/** Text of the newest user turn; empty when there is none. */
export function lastUserText(prompt: Prompt): string {
  return prompt.turns.findLast((turn) => turn.role === "user")?.text ?? "";
}

/** The turns that followed the newest user turn: calls of tools and their results. */
export function turnsSinceUser(prompt: Prompt): readonly Turn[] {
  const last = prompt.turns.findLastIndex((turn) => turn.role === "user");
  return prompt.turns.slice(last + 1);
}
