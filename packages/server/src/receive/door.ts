import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { Sender } from "../ingest/group-commit.ts";

/** What a door that writes is told of a request beside the request itself. */
export interface DoorBindings extends HttpBindings {
  /** Id of the key that the request was let in with; absent where none was needed. */
  readonly keyId?: string | undefined;
}

export type Door = { Bindings: DoorBindings };

/** Whose request it is: every door belongs to one project. */
export function senderOf({ env }: Context<Door>, project: string): Sender {
  return { project, keyId: env.keyId };
}
