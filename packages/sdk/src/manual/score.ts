import { randomUUID } from "node:crypto";
import { trace, type Attributes, type Context, type Span, type SpanContext } from "@opentelemetry/api";
import { evaluationResultEvent, genAi } from "@spanlight/conventions";
import { readContextAttributes } from "../context/call-context.ts";
import type { LogRecord } from "../export/log-batch.ts";
import { activeContext, currentRuntime } from "../runtime.ts";
import { contentText } from "./content-text.ts";

/** What is scored: a span, its context or its ids, or the id of a trace as a whole. */
export type ScoredTrace =
  | Span
  | SpanContext
  | { readonly traceId: string; readonly spanId?: string }
  | string;

export interface ScoreOptions {
  /** Default: the active span. */
  readonly trace?: ScoredTrace;
  /** What was judged: `helpfulness`, `user_feedback`, `exact_match`. */
  readonly name: string;
  /** A number, true or false, or a word (`relevant`). */
  readonly value: number | boolean | string;
  /** A word for a number: 0.2 may be `poor`. */
  readonly label?: string;
  readonly comment?: string;
  readonly metadata?: Readonly<Record<string, string | number | boolean>>;
  /** A score with the id of an earlier one replaces that, where the destination can. Default: random. */
  readonly id?: string;
}

/** A score as destinations take it. */
export interface Score {
  readonly id: string;
  readonly traceId: string;
  /** Empty for a score of the whole trace. */
  readonly spanId: string;
  readonly name: string;
  /** Undefined where the judgement is a word. */
  readonly value: number | boolean | undefined;
  readonly label: string | undefined;
  readonly comment: string | undefined;
  readonly metadata: Readonly<Record<string, string | number | boolean>> | undefined;
}

/**
 * Records a judgement of a trace or span, human or automatic: as the conventions' event `gen_ai.evaluation.result` in the logs, and
 * by the scores API of destinations that have one. Never throws; what cannot be recorded is reported.
 */
export function score(options: ScoreOptions): void {
  const runtime = currentRuntime();
  if (runtime === undefined) return;
  try {
    const active = activeContext();
    const read = readScore(options, active);
    runtime.outlets.addScore(read);
    const judged = read.value ?? read.label;
    if (judged !== undefined) runtime.log?.facts.addScore(read.traceId, read.name, toScalar(judged));
    const timeNs = runtime.clock.toEpochNs(runtime.clock.now());
    const context = options.trace === undefined ? readContextAttributes(active) : {};
    runtime.outlets.addLog(toEvent(read, context, timeNs));
  } catch (error) {
    runtime.onFailure(error, "score");
  }
}

function readScore(options: ScoreOptions, active: Context): Score {
  const ids = readIds(options, active);
  return {
    id: options.id ?? randomUUID(),
    traceId: ids.traceId,
    spanId: ids.spanId ?? "",
    name: options.name,
    ...readJudgement(options),
    comment: options.comment === undefined ? undefined : contentText(options.comment),
    metadata: options.metadata === undefined ? undefined : cleanValues(options.metadata),
  };
}

function cleanValues(metadata: NonNullable<ScoreOptions["metadata"]>): NonNullable<Score["metadata"]> {
  const clean = Object.entries(metadata).map(([key, value]) => [
    key,
    typeof value === "string" ? contentText(value) : value,
  ]);
  return Object.fromEntries(clean) as NonNullable<Score["metadata"]>;
}

function toScalar(judged: number | boolean | string): number | string {
  return typeof judged === "boolean" ? Number(judged) : judged;
}

function readIds({ trace: scored, name }: ScoreOptions, active: Context): ScoredIds {
  const ids = scored === undefined ? trace.getSpanContext(active) : toIds(scored);
  if (name === "") throw new TypeError("a score has no name");
  if (ids === undefined)
    throw new TypeError(`score "${name}" has no trace: give one, or call score() inside a span`);
  if (!/^[0-9a-f]{32}$/.test(ids.traceId))
    throw new TypeError(`"${ids.traceId}" is not the id of a trace: 32 lower-case hex digits`);
  return ids;
}

function readJudgement({ name, value, label }: ScoreOptions): Pick<Score, "value" | "label"> {
  if (typeof value === "string") return { value: undefined, label: contentText(value) };
  if (typeof value === "boolean") return { value, label: contentText(label ?? String(value)) };
  if (!Number.isFinite(value)) throw new TypeError(`the value of score "${name}" is not a number`);
  return { value, label: label === undefined ? undefined : contentText(label) };
}

interface ScoredIds {
  readonly traceId: string;
  readonly spanId?: string;
}

function toIds(scored: ScoredTrace): ScoredIds {
  if (typeof scored === "string") return { traceId: scored };
  return "spanContext" in scored ? scored.spanContext() : scored;
}

function toEvent(given: Score, context: Attributes, timeNs: bigint): LogRecord {
  const attributes: Attributes = { ...context, [genAi.evaluationName]: given.name };
  if (given.value !== undefined) attributes[genAi.evaluationScoreValue] = Number(given.value);
  if (given.label !== undefined) attributes[genAi.evaluationScoreLabel] = given.label;
  if (given.comment !== undefined) attributes[genAi.evaluationExplanation] = given.comment;
  for (const [name, value] of Object.entries(given.metadata ?? {}))
    attributes[`app.metadata.${name}`] = value;
  return {
    timeNs,
    severityNumber: 9,
    severityText: "INFO",
    body: undefined,
    eventName: evaluationResultEvent,
    attributes,
    traceId: given.traceId,
    spanId: given.spanId,
    traceFlags: 1,
  };
}
