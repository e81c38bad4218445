import type { Message, MessagePart, Span } from "@spanlight/contract";

/** A part of a message as it is drawn. */
export type ShownPart =
  | { kind: "text"; text: string }
  | { kind: "reasoning"; text: string }
  | { kind: "tool_call"; name: string; id: string | null; toolArguments: unknown }
  | { kind: "tool_result"; id: string | null; result: unknown }
  | { kind: "media"; what: string; detail: string }
  | { kind: "other"; type: string; content: unknown };

/** A message of the conversation: sent with the call, or answered by this span. */
export interface ShownMessage {
  role: string;
  /** Name of the tool whose result it is, where it can be told. */
  name: string | null;
  parts: ShownPart[];
  isAnswer: boolean;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** Bytes of a base64 text. */
function base64Bytes(text: string): number {
  return Math.floor((text.length * 3) / 4);
}

function readMedia(part: MessagePart): ShownPart {
  const media = textOf(part["modality"]) ?? "file";
  const mime = textOf(part["mime_type"]);
  const content = textOf(part["content"]) ?? textOf(part["data"]);
  const where = textOf(part["uri"]) ?? textOf(part["file_id"]);
  const size = content === null ? null : `${Math.max(1, Math.round(base64Bytes(content) / 1024))} KiB`;
  return {
    kind: "media",
    what: media,
    detail: [mime, size, where].filter((text) => text !== null).join(" · "),
  };
}

const readers: Record<string, (part: MessagePart) => ShownPart> = {
  text: (part) => ({ kind: "text", text: textOf(part["content"]) ?? textOf(part["text"]) ?? "" }),
  reasoning: (part) => ({ kind: "reasoning", text: textOf(part["content"]) ?? "" }),
  tool_call: (part) => ({
    kind: "tool_call",
    name: textOf(part["name"]) ?? "tool",
    id: textOf(part["id"]),
    toolArguments: part["arguments"],
  }),
  tool_call_response: (part) => ({
    kind: "tool_result",
    id: textOf(part["id"]),
    result: part["response"] ?? part["result"],
  }),
  blob: readMedia,
  uri: readMedia,
  file: readMedia,
};

/** Reads one part of the convention's form. What is not known is kept as it is. */
export function readPart(part: MessagePart): ShownPart {
  const reader = readers[part.type];
  if (reader !== undefined) return reader(part);
  const { type, ...content } = part;
  return { kind: "other", type, content };
}

/** The conversation of a span in order: instructions, what was sent, what was answered. */
export function readConversation(span: Span): ShownMessage[] {
  const toolNames = new Map<string, string>();
  const read = (message: Message, isAnswer: boolean): ShownMessage => {
    const parts = message.parts.map(readPart);
    for (const part of parts)
      if (part.kind === "tool_call" && part.id !== null) toolNames.set(part.id, part.name);
    const resultId = parts.find((part) => part.kind === "tool_result")?.id ?? null;
    const name = resultId === null ? null : (toolNames.get(resultId) ?? null);
    return { role: message.role, name: textOf(message["name"]) ?? name, parts, isAnswer };
  };
  const system: ShownMessage[] =
    span.systemInstructions.length === 0
      ? []
      : [{ role: "system", name: null, parts: span.systemInstructions.map(readPart), isAnswer: false }];
  return [
    ...system,
    ...span.inputMessages.map((message) => read(message, false)),
    ...span.outputMessages.map((message) => read(message, true)),
  ];
}
