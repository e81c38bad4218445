import { findContextWindow } from "@spanlight/prices";
import type { Engine, ParameterValue } from "../../store/engine.ts";
import type { CounterGrid } from "./counter-grid.ts";

export interface ContextWindowsQuestion {
  readonly store: Engine;
  readonly project: string;
  readonly grid: Pick<CounterGrid, "fromSeconds" | "toSeconds">;
  readonly signal?: AbortSignal | undefined;
}

/** A span's context window in tokens, 0 where it is not known; needs the parameters of `readContextWindows`. */
export const CONTEXT_WINDOW =
  "transform(concat(provider, '/', model), {windowModels:Array(String)}, {windowTokens:Array(Float64)}, 0.)";

/** The context windows of the models that were called in a time, as parameters of `CONTEXT_WINDOW`. */
export async function readContextWindows(
  question: ContextWindowsQuestion,
): Promise<Readonly<Record<string, ParameterValue>>> {
  const { store, project, grid, signal } = question;
  const rows = await store.query<{ provider: string; model: string }>({
    sql: `SELECT provider, model FROM spans
WHERE project = {project:String} AND billed = 1
  AND slot >= toDateTime({fromSeconds:UInt32}, 'UTC') AND slot < toDateTime({toSeconds:UInt32}, 'UTC')
GROUP BY provider, model`,
    parameters: { project, fromSeconds: grid.fromSeconds, toSeconds: grid.toSeconds },
    signal,
  });
  const known = rows.flatMap(({ provider, model }) => {
    const tokens = findContextWindow({ provider, model });
    return tokens === null ? [] : [{ name: `${provider}/${model}`, tokens }];
  });
  // An empty array has no type of its own; this name is no model's.
  const all = [{ name: "", tokens: 0 }, ...known];
  return { windowModels: all.map(({ name }) => name), windowTokens: all.map(({ tokens }) => tokens) };
}
