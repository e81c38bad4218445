import { evaluationResultEvent } from "@spanlight/conventions";
import type { SpanEventRecord } from "../decode/read-events.ts";
import { readAttributes, type AttributeValue } from "../decode/read-value.ts";
import type { SpanView } from "../decode/span-view.ts";
import { field } from "../normalise/fields.ts";
import type { FieldSet } from "../normalise/normalise-span.ts";
import { readAttributeScores, readEventScores, type SpanScore } from "../normalise/span-scores.ts";
import { appendOptional } from "./append-value.ts";
import { BlockRows } from "./block-rows.ts";
import { EnvelopeWords } from "./envelope-words.ts";
import { LogColumns } from "./log-columns.ts";

/** SeverityNumber INFO. */
const severityInfo = 9;

/** What is read of a span beside its own bytes. */
interface ReadSpan {
  readonly fields: FieldSet;
  readonly events: readonly SpanEventRecord[];
}

/** Rows of `logs` for the verdicts that spans carry themselves, as if they had come as log events. Rare: nothing is done for other spans. */
export class ScoreRows {
  private readonly logs = new LogColumns();
  readonly rows: BlockRows<LogColumns> = new BlockRows("logs", this.logs);
  private readonly envelope = new EnvelopeWords(this.logs);
  private readonly around = { resourceStart: -1, resourceEnd: -1, scopeStart: -1, scopeEnd: -1 };

  /** Notes where the resource of the spans that follow lies. */
  resource(start: number, end: number): void {
    this.around.resourceStart = start;
    this.around.resourceEnd = end;
  }

  /** Notes where the scope of the spans that follow lies. */
  scope(start: number, end: number): void {
    this.around.scopeStart = start;
    this.around.scopeEnd = end;
  }

  /** Appends what the span says of itself, if anything. */
  append(bytes: Buffer, span: SpanView, { fields, events }: ReadSpan): void {
    const scores = readEventScores(events);
    if (fields.has(field.scoreMark))
      scores.push(...readAttributeScores(readAttributes(bytes, span.attributes)));
    for (const score of scores) this.appendScore(bytes, span, { fields, score });
  }

  private appendScore(bytes: Buffer, span: SpanView, item: { fields: FieldSet; score: SpanScore }): void {
    const { logs, envelope, around } = this;
    const { fields, score } = item;
    const { places } = span.attributes;
    envelope.resource(bytes, around.resourceStart, around.resourceEnd);
    envelope.scope(bytes, around.scopeStart, around.scopeEnd);
    logs.project.append(this.rows.project);
    this.appendTime(span, score);
    logs.severity.appendByte(severityInfo);
    logs.severityText.append(logs.severityText.dictionary.internText("INFO"));
    if (score.of === "session") logs.traceId.appendZeros(16);
    else logs.traceId.appendBytes(bytes, span.traceIdStart, span.traceIdStart + 16);
    if (score.of === "span") logs.spanId.appendBytes(bytes, span.spanIdStart, span.spanIdStart + 8);
    else logs.spanId.appendZeros(8);
    logs.environment.append(envelope.environment);
    logs.release.append(envelope.release);
    envelope.append();
    logs.eventName.append(logs.eventName.dictionary.internText(evaluationResultEvent));
    logs.endpoint.append(0);
    appendOptional(logs.userId, bytes, places, fields.places[field.userId] ?? -1);
    appendOptional(logs.tenantId, bytes, places, fields.places[field.tenantId] ?? -1);
    appendOptional(logs.sessionId, bytes, places, fields.places[field.sessionId] ?? -1);
    logs.body.appendEmpty();
    logs.bodyType.append(0);
    logs.contentBytes.appendUint32(0);
    this.appendAttributes(toAttributes(bytes, span, score));
    this.rows.count += 1;
  }

  private appendTime(span: SpanView, { timeNs }: SpanScore): void {
    const { time, observedTime } = this.logs;
    observedTime.appendZeros(8);
    if (timeNs === undefined || timeNs === "0") {
      time.appendUint64(span.endLow, span.endHigh);
      return;
    }
    const ns = BigInt(timeNs);
    time.appendUint64(Number(ns & 0xffffffffn), Number((ns >> 32n) & 0x7fffffffn));
  }

  private appendAttributes(attributes: Readonly<Record<string, AttributeValue>>): void {
    const { attributes: map, attributeTypes } = this.logs;
    let types = "";
    for (const [key, value] of Object.entries(attributes)) {
      const isText = typeof value === "string";
      map.keys.append(map.keys.dictionary.internText(key));
      map.values.appendText(isText ? value : JSON.stringify(value));
      types += isText ? "s" : typeof value === "number" ? "d" : "j";
    }
    map.endRow();
    attributeTypes.appendText(types);
  }
}

/** A span that comes twice says the same twice: its verdicts are known by their place. */
function toAttributes(
  bytes: Buffer,
  span: SpanView,
  { place, attributes }: SpanScore,
): Readonly<Record<string, AttributeValue>> {
  if (place === "") return attributes;
  const spanId = bytes.toString("hex", span.spanIdStart, span.spanIdStart + 8);
  return { "spanlight.score.source": "span", ...attributes, "spanlight.score.id": `${spanId}.${place}` };
}
