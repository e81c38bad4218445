/** A part of a message, as the GenAI conventions name them. Further fields are allowed. */
export type MessagePart =
  | { readonly type: "text"; readonly content: string }
  | { readonly type: "reasoning"; readonly content: string }
  | {
      readonly type: "tool_call";
      readonly id: string | null;
      readonly name: string;
      readonly arguments: unknown;
    }
  | { readonly type: "tool_call_response"; readonly id: string | null; readonly response: unknown }
  | {
      readonly type: "blob";
      readonly modality: string;
      readonly mime_type?: string;
      readonly content: string;
    }
  | { readonly type: "uri"; readonly modality: string; readonly mime_type?: string; readonly uri: string }
  | { readonly type: "file"; readonly modality: string; readonly file_id: string }
  | {
      readonly type: "server_tool_call";
      readonly id: string | null;
      readonly name: string;
      readonly server_tool_call: unknown;
    };

/** A message that was sent to a model. */
export interface InputMessage {
  readonly role: string;
  readonly parts: readonly MessagePart[];
  readonly name?: string;
}

/** A message that a model gave. */
export interface OutputMessage extends InputMessage {
  readonly finish_reason: string;
}
