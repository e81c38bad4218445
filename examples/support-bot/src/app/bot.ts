import type OpenAI from "openai";
import type { Faults } from "../faults.ts";
import type { Passage } from "./handbook.ts";
import type { Sessions } from "./sessions.ts";
import type { VectorIndex } from "./vector-index.ts";

/** What the endpoints share. */
export interface Bot {
  readonly client: OpenAI;
  readonly index: VectorIndex<Passage>;
  readonly sessions: Sessions;
  readonly faults: Faults;
  readonly models: Models;
}

/** Which model does which work. */
export interface Models {
  /** Chat models a request may ask for; the first is used when it asks for none. */
  readonly chat: readonly [string, ...string[]];
  /** The model that answers while prompts are made expensive. */
  readonly expensive: string;
  readonly summary: string;
  readonly agent: string;
  readonly embedding: string;
}

/** Who asks. Put on every span below by `withContext`. */
export interface Caller {
  readonly user: string;
  readonly session: string;
  readonly tenant: string;
}
