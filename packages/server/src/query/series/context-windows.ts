import { findContextWindow } from "@spanlight/prices";
import type { Engine, ParameterValue } from "../../store/engine.ts";
import type { CountRange } from "./count-spec.ts";

export interface ContextWindowsQuestion {
  readonly store: Engine;
  readonly project: string;
  readonly range: CountRange;
  readonly signal?: AbortSignal | undefined;
}

/** A span's context window in tokens, 0 where it is not known; needs the parameters of `readContextWindows`. */
export const CONTEXT_WINDOW =
  "transform(concat(provider, '/', model), {windowModels:Array(String)}, {windowTokens:Array(Float64)}, 0.)";

/** The context windows of the models that were called in a time, as parameters of `CONTEXT_WINDOW`. */
export async function readContextWindows(
  question: ContextWindowsQuestion,
): Promise<Readonly<Record<string, ParameterValue>>> {
  const { store, project, signal } = question;
  const { fromSeconds, toSeconds, blocks } = question.range;
  const ofBlocks =
    blocks === undefined ? "" : " AND block > {afterBlock:UInt64} AND block <= {upToBlock:UInt64}";
  const rows = await store.query<{ provider: string; model: string }>({
    sql: `SELECT provider, model FROM spans
WHERE project = {project:String} AND billed = 1
  AND slot >= toDateTime({fromSeconds:UInt32}, 'UTC') AND slot < toDateTime({toSeconds:UInt32}, 'UTC')${ofBlocks}
GROUP BY provider, model`,
    parameters: {
      project,
      fromSeconds,
      toSeconds,
      ...(blocks === undefined ? {} : { afterBlock: blocks.after, upToBlock: blocks.upTo }),
    },
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
