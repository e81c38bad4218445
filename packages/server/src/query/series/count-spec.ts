import type { Engine, ParameterValue, Query } from "../../store/engine.ts";
import { readContextWindows } from "./context-windows.ts";
import type { CountRow } from "./count-rows.ts";
import { readCountRows } from "./read-increments.ts";
import type { BlockRange, LlmQuery, LlmSeriesQuestion } from "./render-llm-series.ts";

/** A question for counts of spans as data, without its range: it can be asked again, also by a later process. */
export interface CountSpec {
  readonly project: string;
  readonly sql: string;
  /** The same of some blocks. */
  readonly blockSql: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** True where `sql` reads the rollup: quick, but it knows no blocks. */
  readonly isRollup: boolean;
  /** True where the SQL names the context windows of models: they are looked up for each read. */
  readonly needsContextWindows: boolean;
}

/** Whole UTC days in Unix seconds `[from, to)`, of all blocks or of some. */
export interface CountRange {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly blocks?: BlockRange | undefined;
}

/** For queries that no projection can answer, as those of blocks: to look for one is a quarter of a small query. */
export const NO_PROJECTIONS: Readonly<Record<string, number>> = { optimize_use_projections: 0 };

/** What is asked with each range. */
const RANGE_PARAMETERS = new Set(["fromSeconds", "toSeconds", "foldSeconds", "afterBlock", "upToBlock"]);

/** Null where no span can match. */
export function createCountSpec(
  render: (question: LlmSeriesQuestion) => LlmQuery | null,
  question: LlmSeriesQuestion,
  needsContextWindows: boolean,
): CountSpec | null {
  const all = render(question);
  const some = render({ ...question, blocks: { after: 0, upTo: 0 } });
  if (all === null || some === null) return null;
  return {
    project: question.project,
    sql: all.sql,
    blockSql: some.sql,
    parameters: withoutRange(all),
    isRollup: all.isRollup,
    needsContextWindows,
  };
}

function withoutRange({
  parameters = {},
}: Pick<Query, "parameters">): Readonly<Record<string, ParameterValue>> {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => !RANGE_PARAMETERS.has(name)));
}

/** The same for questions that differ in their range only. */
export function keyOf(query: Pick<Query, "sql" | "parameters">): string {
  return JSON.stringify([query.sql, withoutRange(query)]);
}

/** How a question is read: `settings` of the engine, limits of the query. */
export type ReadOptions = Pick<Query, "settings" | "timeoutMs" | "maxRows" | "signal">;

export async function readSpec(
  store: Engine,
  { spec, range, options }: { spec: CountSpec; range: CountRange; options: ReadOptions },
): Promise<CountRow[]> {
  const { fromSeconds, toSeconds, blocks } = range;
  const { project, needsContextWindows } = spec;
  const windows = needsContextWindows
    ? await readContextWindows({ store, project, range, signal: options.signal })
    : {};
  const ofBlocks = blocks === undefined ? {} : { afterBlock: blocks.after, upToBlock: blocks.upTo };
  return readCountRows(store, {
    ...options,
    settings: blocks === undefined ? options.settings : { ...options.settings, ...NO_PROJECTIONS },
    isSmall: blocks !== undefined && blocks.after > 0,
    sql: blocks === undefined ? spec.sql : spec.blockSql,
    parameters: {
      ...spec.parameters,
      ...windows,
      ...ofBlocks,
      fromSeconds,
      toSeconds,
      foldSeconds: fromSeconds,
    },
  });
}
