import type { Context } from "hono";

/** What a request changed, for the audit log. */
export interface Change {
  /** What was done, as `key.create`. */
  readonly action: string;
  /** To what: an id, a name, a path. */
  readonly target: string;
  /** What it was changed to. */
  readonly detail?: Readonly<Record<string, unknown>>;
  /** In whose log it is written down, where that is not the caller's. */
  readonly project?: string;
}

/** What the front door tells the routes beside the request; without it nothing is written down. */
export interface ChangeBindings {
  /** Writes down what was changed, and by whom. Resolves when it is on disk; never rejects. */
  readonly recordChange?: ((change: Change) => Promise<void>) | undefined;
}

/** To be called by every route that has changed something, before it answers. */
export async function recordChange(context: Context, change: Change): Promise<void> {
  const bindings: ChangeBindings = context.env ?? {};
  await bindings.recordChange?.(change);
}
