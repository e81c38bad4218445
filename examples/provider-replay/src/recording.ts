/** One recorded answer of a provider: a whole body, or the events of a stream. */
export interface Recording {
  /** Path below the replayed folder; for an entry of a HAR with its number: `har/file.har#2`. */
  readonly name: string;
  /** The folder's name, or the host of a HAR entry. */
  readonly provider: string;
  readonly method: string;
  /** The address of a HAR entry; empty for plain files. */
  readonly url: string;
  /** Undefined where only the body was kept. */
  readonly status: number | undefined;
  /** Headers of the answer, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** What was sent; undefined where only the answer was kept. */
  readonly request: unknown;
  readonly answer: Answer;
}

export type Answer =
  | { readonly kind: "body"; readonly body: unknown }
  /** Parsed events, in order; one that is no JSON stays a `MalformedEvent`. */
  | { readonly kind: "events"; readonly events: readonly unknown[] }
  /** Bytes in a framing of the provider's own. */
  | { readonly kind: "bytes"; readonly bytes: Buffer; readonly contentType: string };

/** An event whose JSON is broken in the recording: it goes to the client as it is, and the client refuses it. */
export class MalformedEvent {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The event on one line. */
export function readEvent(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return new MalformedEvent(line);
  }
}
