import type { CallFacts } from "./facts.ts";
import type { Recording } from "./recording.ts";

/** Sends recordings of some formats through one real client. */
export interface Replayer {
  /** Client and major, as a difference names it. */
  readonly name: string;
  accepts(recording: Recording): boolean;
  /** What the recording itself says. */
  facts(recording: Recording): CallFacts;
  /** Makes the call; an error of the client is the call's own and may be thrown. */
  replay(recording: Recording): Promise<void>;
}
