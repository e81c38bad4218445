// What some dialects say in a form that is no column's value: worked out for the spans that have it, at no cost to the others.
import { placesPerAttribute, valueKind, type SpanView } from "../decode/span-view.ts";
import { isRecord, type JsonObject } from "../decode/json-fields.ts";
import { readValue } from "../decode/read-value.ts";
import { field, type Field } from "./fields.ts";
import { readGoogleUsage } from "./google-usage.ts";
import { textOfKey, type FieldSet } from "./normalise-span.ts";
import { readNumber, readTokens } from "./read-number.ts";
import { noUsage, readExclusiveUsage, readInclusiveUsage, type UsageDetails } from "./usage-details.ts";
import { unquote } from "./words.ts";

/** Reused: valid until the next `read`. */
export class DerivedFields {
  /** Token counts that stand in place of the span's own fields, or undefined. */
  usage: UsageDetails | undefined = undefined;
  /** Milliseconds from the span's start to its first token; -1 = not said. */
  ttftMs = -1;
  /** The prompt that the span used; empty = not said. */
  promptName = "";
  promptVersion = "";
  private isSet = false;

  /** Works out what the fields say; may turn the span's status into an error and names an agent or a tool. */
  read(bytes: Buffer, span: SpanView, from: { fields: FieldSet; startMs: number }): void {
    this.isSet = true;
    this.derive(bytes, { span, ...from });
  }

  /** Forgets what was worked out for the span before. */
  clear(): void {
    if (!this.isSet) return;
    this.usage = undefined;
    this.ttftMs = -1;
    this.promptName = "";
    this.promptVersion = "";
    this.isSet = false;
  }

  private derive(bytes: Buffer, item: { span: SpanView; fields: FieldSet; startMs: number }): void {
    const { span, fields, startMs } = item;
    const text = (wanted: Field): string => readText(bytes, span, fields.places[wanted] ?? -1);
    this.usage = readExclusiveUsage(text(field.usageExclusive)) ?? readInclusive(bytes, item, text);
    const firstTokenMs = Date.parse(unquote(text(field.firstTokenTime)));
    this.ttftMs = firstTokenMs >= startMs ? firstTokenMs - startMs : -1;
    this.readPrompt(text(field.promptReference));
    if (text(field.level).toUpperCase() === "ERROR") failSpan(span, fields.places[field.statusMessage] ?? -1);
    const bareKind = text(field.bareKind);
    if (bareKinds.has(bareKind)) readBareKind(fields);
    nameEntity(fields, unquote(text(field.spanKind)).toLowerCase());
    if (bareKind === bareCall) this.deriveBare(bytes, span, fields);
    if (isMarkedCall(fields)) this.deriveMarked(bytes, span, fields);
  }

  /** `{"name":"greet","version":3,…}`, as Langfuse's prompts are written down. */
  private readPrompt(reference: string): void {
    if (reference === "") return;
    const { name, version } = readPromptReference(reference);
    if (typeof name === "string") this.promptName = name;
    if (typeof version === "string" || typeof version === "number") this.promptVersion = String(version);
  }

  /** The Agent Development Kit names the agent on its model calls and no operation: its own name stands for that. */
  private deriveMarked(bytes: Buffer, span: SpanView, fields: FieldSet): void {
    fields.adopt(field.operation, field.provider);
    this.usage ??= readGoogleUsage(readText(bytes, span, findKey(span, fields, answerKey)));
  }

  private deriveBare(bytes: Buffer, span: SpanView, fields: FieldSet): void {
    const { places } = span.attributes;
    this.usage ??= readBareUsage((wanted) => readTokens(bytes, places, fields.places[wanted] ?? -1));
    const ttftAt = fields.places[field.bareTtftMs] ?? -1;
    if (ttftAt >= 0) this.ttftMs = readNumber(bytes, places, ttftAt);
    for (const [wanted, bare] of bareWords) if (!fields.has(wanted)) fields.adopt(wanted, bare);
  }
}

/** What Claude Code calls `prompt.id` is one turn of one user, no prompt that many calls share. */
function readBareKind(fields: FieldSet): void {
  if (!fields.has(field.spanKind)) fields.adopt(field.spanKind, field.bareKind);
  fields.forget(field.promptName);
}

function readPromptReference(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {}; // whatever it is stays an attribute
  }
}

const bareWords = [
  [field.requestModel, field.bareModel],
  [field.finishReasons, field.bareFinishReason],
] as const;

/** What `span.type` says of Claude Code's spans, of a model call among them. */
const bareCall = "llm_request";
const bareKinds: ReadonlySet<string> = new Set([
  bareCall,
  "interaction",
  "tool",
  "tool.execution",
  "tool.blocked_on_user",
  "hook",
]);

function readBareUsage(count: (wanted: Field) => number): UsageDetails | undefined {
  const input = count(field.bareInputTokens);
  const output = count(field.bareOutputTokens);
  if (input < 0 && output < 0) return undefined;
  const cacheRead = count(field.bareCacheReadTokens);
  const cacheWrite = count(field.bareCacheWriteTokens);
  const whole = [input, cacheRead, cacheWrite].reduce((sum, part) => sum + Math.max(0, part), 0);
  return { ...noUsage, input: whole, output, cacheRead, cacheWrite };
}

/** The conventions' own counts are believed first; the objects add what they do not say. */
function readInclusive(
  bytes: Buffer,
  { span, fields }: { span: SpanView; fields: FieldSet },
  text: (wanted: Field) => string,
): UsageDetails | undefined {
  const usage = readInclusiveUsage(text(field.usageInclusive));
  const output = readInclusiveUsage(text(field.outputTokenDetails));
  if (usage === undefined && output === undefined) return undefined;
  const own = (wanted: Field): number =>
    readTokens(bytes, span.attributes.places, fields.places[wanted] ?? -1);
  const said = { ...noUsage, ...usage };
  const isWhole = !fields.has(field.inputTokens) && !fields.has(field.outputTokens);
  return {
    input: isWhole ? said.input : own(field.inputTokens),
    output: isWhole ? said.output : own(field.outputTokens),
    cacheRead: Math.max(said.cacheRead, own(field.cacheReadTokens)),
    cacheWrite: Math.max(said.cacheWrite, own(field.cacheWriteTokens)),
    reasoning: Math.max(said.reasoning, output?.reasoning ?? -1, own(field.reasoningTokens)),
  };
}

function readText(bytes: Buffer, span: SpanView, at: number): string {
  if (at < 0) return "";
  const { places } = span.attributes;
  const value = readValue(bytes, places, at);
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? "");
}

function failSpan(span: SpanView, messageAt: number): void {
  span.status = 2;
  const { places } = span.attributes;
  const hasMessage = span.statusMessageEnd > span.statusMessageStart;
  if (hasMessage || messageAt < 0 || places[messageAt + 2] !== valueKind.string) return;
  span.statusMessageStart = places[messageAt + placesPerAttribute - 2] ?? 0;
  span.statusMessageEnd = places[messageAt + placesPerAttribute - 1] ?? 0;
}

function isMarkedCall(fields: FieldSet): boolean {
  return fields.has(field.callMark) && !fields.has(field.operation) && fields.has(field.requestModel);
}

const answerKey = "gcp.vertex.agent.llm_response";

/** Where the attribute of the key lies, or -1. */
function findKey(span: SpanView, fields: FieldSet, key: string): number {
  for (let index = 0; index < span.attributes.count; index += 1) {
    const number = fields.keyNumbers[index] ?? -1;
    if (fields.content[index] === 1 && number >= 0 && textOfKey(number) === key)
      return index * placesPerAttribute;
  }
  return -1;
}

function nameEntity(fields: FieldSet, kind: string): void {
  if (!fields.has(field.entityName)) return;
  if (kind === "agent" && !fields.has(field.agentName)) fields.adopt(field.agentName, field.entityName);
  if (kind === "tool" && !fields.has(field.toolName)) fields.adopt(field.toolName, field.entityName);
}
