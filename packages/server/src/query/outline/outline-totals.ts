import type { Trace } from "@spanlight/contract";
import type { ColumnBlock } from "../../store/native/column.ts";
import { columnOf } from "../../store/native/read-blocks.ts";
import { numbersOf, textsOf } from "../../store/native/values.ts";
import { nameTrace } from "../trace-name.ts";
import { createInstantWriter, optionalNumbers } from "./json-columns.ts";

type Totals = Omit<Trace, "traceId" | "contentIncluded" | "detailIncluded" | "truncated" | "spans">;
type Named = Pick<Totals, "userId" | "sessionId" | "promptName" | "promptVersion">;

const NAMED = [
  ["userId", "user_id"],
  ["sessionId", "session_id"],
  ["promptName", "prompt_name"],
  ["promptVersion", "prompt_version"],
] as const;
const SUMS = [
  ["costUsd", "cost_usd"],
  ["inputTokens", "input_tokens"],
  ["outputTokens", "output_tokens"],
] as const;

/** What is said of a trace as a whole, gathered from its spans in order of start. */
export interface OutlineTotals {
  add(block: ColumnBlock): void;
  /** Undefined where there was no span. `givenName` is what the root says the trace is called; empty = nothing. */
  finish(givenName: string): Totals | undefined;
}

/** The span that stands for the trace: its root, else the first. */
interface Head {
  readonly name: string;
  readonly agentName: string;
  readonly service: string;
  readonly isError: boolean;
  readonly isRoot: boolean;
  readonly named: Named;
}

export function createOutlineTotals(): OutlineTotals {
  const [span, sums] = [createSpanOfTime(), createSums()];
  let head: Head | undefined;
  let firstAgentName: string | null = null;
  const named: Record<keyof Named, string | null> = {
    userId: null,
    sessionId: null,
    promptName: null,
    promptVersion: null,
  };
  return {
    add(block) {
      if (block.rows === 0) return;
      span.add(block);
      sums.add(block);
      if (head?.isRoot !== true) head = findHead(block, head);
      for (const [name, column] of NAMED) named[name] ??= findFirst(block, column);
      firstAgentName ??= findFirst(block, "agent_name");
    },
    finish(givenName) {
      if (head === undefined) return undefined;
      return {
        name: nameTrace({ ...head, givenName, firstAgentName: firstAgentName ?? "" }),
        service: head.service,
        status: head.isError ? "error" : "ok",
        complete: head.isRoot,
        ...span.finish(),
        ...sums.finish(),
        userId: head.named.userId ?? named.userId,
        sessionId: head.named.sessionId ?? named.sessionId,
        promptName: head.named.promptName ?? named.promptName,
        promptVersion: head.named.promptVersion ?? named.promptVersion,
      };
    },
  };
}

interface Gathering<Result> {
  add(block: ColumnBlock): void;
  finish(): Result;
}

function createSpanOfTime(): Gathering<Pick<Totals, "startTime" | "durationMs">> {
  let first: { readonly seconds: number; readonly nanoseconds: number } | undefined;
  let lastEndNs = 0;
  return {
    add(block) {
      const seconds = numbersOf(columnOf(block, "start_seconds"));
      const nanoseconds = numbersOf(columnOf(block, "start_nanoseconds"));
      const durations = optionalNumbers(columnOf(block, "duration_ns"));
      first ??= { seconds: seconds[0] ?? 0, nanoseconds: nanoseconds[0] ?? 0 };
      for (let row = 0; row < block.rows; row += 1) {
        const sinceFirst =
          ((seconds[row] ?? 0) - first.seconds) * 1e9 + (nanoseconds[row] ?? 0) - first.nanoseconds;
        lastEndNs = Math.max(lastEndNs, sinceFirst + (durations(row) ?? 0));
      }
    },
    finish: () => ({
      startTime: createInstantWriter()(first?.seconds ?? 0, first?.nanoseconds ?? 0),
      durationMs: lastEndNs / 1e6,
    }),
  };
}

type Summed = Pick<Totals, "costUsd" | "inputTokens" | "outputTokens" | "spanCount" | "unpricedSpans">;

function createSums(): Gathering<Summed> {
  let [spanCount, unpricedSpans] = [0, 0];
  const sums: Record<(typeof SUMS)[number][0], number | null> = {
    costUsd: null,
    inputTokens: null,
    outputTokens: null,
  };
  return {
    add(block) {
      spanCount += block.rows;
      for (const value of numbersOf(columnOf(block, "unpriced"))) unpricedSpans += value;
      const billed = numbersOf(columnOf(block, "billed"));
      for (const [name, column] of SUMS) {
        const read = optionalNumbers(columnOf(block, column));
        for (let row = 0; row < block.rows; row += 1) {
          const value = billed[row] === 1 ? read(row) : null;
          if (value !== null) sums[name] = (sums[name] ?? 0) + value;
        }
      }
    },
    finish: () => ({ ...sums, spanCount, unpricedSpans }),
  };
}

/** The root among a block's rows; else what was known, else its first row. */
function findHead(block: ColumnBlock, known: Head | undefined): Head | undefined {
  const roots = numbersOf(columnOf(block, "is_root"));
  const root = roots.indexOf(1);
  if (root < 0 && known !== undefined) return known;
  const row = Math.max(0, root);
  const text = (name: string): string => textsOf(columnOf(block, name))(row);
  const orNull = (name: string): string | null => text(name) || null;
  return {
    name: text("name"),
    agentName: text("agent_name"),
    service: text("service"),
    isError: numbersOf(columnOf(block, "status"))[row] === 2,
    isRoot: root >= 0,
    named: {
      userId: orNull("user_id"),
      sessionId: orNull("session_id"),
      promptName: orNull("prompt_name"),
      promptVersion: orNull("prompt_version"),
    },
  };
}

function findFirst(block: ColumnBlock, name: string): string | null {
  const read = textsOf(columnOf(block, name));
  for (let row = 0; row < block.rows; row += 1) {
    const text = read(row);
    if (text !== "") return text;
  }
  return null;
}
