import type { LogView } from "../decode/log-view.ts";
import { readAttributes, readValue, type AttributeValue } from "../decode/read-value.ts";
import { AttributeList, placesPerAttribute, valueKind } from "../decode/span-view.ts";
import type { LogVisitor } from "../decode/walk-logs.ts";
import { field } from "../normalise/fields.ts";
import { FieldSet } from "../normalise/normalise-span.ts";
import { appendAttributes } from "./append-attributes.ts";
import { BlockRows } from "./block-rows.ts";
import { EnvelopeWords } from "./envelope-words.ts";
import { appendOptional, appendValue, internOptional, typeLetter } from "./append-value.ts";
import type { AppendedItems, BlockTable, RowBlock } from "./group-commit.ts";
import { KeyInterner } from "./key-interner.ts";
import { LateItems } from "./late-items.ts";
import { LogColumns } from "./log-columns.ts";
import { ContentColumns } from "./span-columns.ts";

/** What the log's own event says of its message content. */
interface EventContent {
  readonly eventName: string;
  readonly hasBody: boolean;
}

const nsPerMs = 1_000_000n;

/** Rows of `logs`, and of `contents` for the `gen_ai.*` events that belong to a span; gathered request by request. */
export class LogBlock implements LogVisitor, RowBlock {
  private readonly logs = new LogColumns();
  private readonly contents = new ContentColumns();
  private readonly logRows = new BlockRows("logs", this.logs);
  private readonly contentRows = new BlockRows("contents", this.contents);
  private readonly envelope = new EnvelopeWords(this.logs);
  private readonly now: () => number;
  private readonly fields = new FieldSet();
  private readonly attributeKeys = new KeyInterner(this.logs.attributes.keys);
  private received = 0;
  private rejected = new Map<string, number>();
  private readonly lateItems = new LateItems();

  /** `now` gives Unix milliseconds: the time of records that have none. */
  constructor(now: () => number) {
    this.now = now;
  }

  get tables(): BlockTable[] {
    return [this.logRows.toTable(), this.contentRows.toTable()];
  }

  begin(project: string): void {
    this.logRows.begin(project);
    this.contentRows.begin(project);
    this.received = 0;
    this.rejected = new Map();
    this.lateItems.begin(this.now());
  }

  end(): AppendedItems {
    const { received, rejected } = this;
    return { received, accepted: this.logRows.added, rejected, late: this.lateItems.count };
  }

  rollback(): void {
    this.logRows.rollback();
    this.contentRows.rollback();
  }

  clear(): void {
    this.logRows.clear();
    this.contentRows.clear();
    this.attributeKeys.clear();
  }

  resource(bytes: Buffer, start: number, end: number): void {
    this.envelope.resource(bytes, start, end);
  }

  scope(bytes: Buffer, start: number, end: number): void {
    this.envelope.scope(bytes, start, end);
  }

  record(bytes: Buffer, record: LogView): void {
    this.received += 1;
    if (record.timeHigh > 0x7fffffff || record.observedHigh > 0x7fffffff) {
      this.rejected.set("invalid_time", (this.rejected.get("invalid_time") ?? 0) + 1);
      return;
    }
    this.fields.read(bytes, record.attributes);
    const time = this.timeOf(record);
    this.lateItems.note((time.high * 2 ** 32 + time.low) / 1e6);
    this.appendIdentity(bytes, record, time);
    this.appendWho(bytes, record);
    this.appendBody(bytes, record, time);
    this.logRows.count += 1;
  }

  private timeOf(record: LogView): { low: number; high: number } {
    if (record.timeLow !== 0 || record.timeHigh !== 0) return { low: record.timeLow, high: record.timeHigh };
    if (record.observedLow !== 0 || record.observedHigh !== 0)
      return { low: record.observedLow, high: record.observedHigh };
    const ns = BigInt(this.now()) * nsPerMs;
    return { low: Number(ns & 0xffffffffn), high: Number(ns >> 32n) };
  }

  private appendIdentity(bytes: Buffer, record: LogView, time: { low: number; high: number }): void {
    const { logs, envelope } = this;
    logs.project.append(this.logRows.project);
    logs.time.appendUint64(time.low, time.high);
    logs.observedTime.appendUint64(record.observedLow, record.observedHigh);
    logs.severity.appendByte(record.severity <= 24 ? record.severity : 0);
    logs.severityText.append(
      logs.severityText.dictionary.intern(bytes, record.severityTextStart, record.severityTextEnd),
    );
    if (record.traceIdLength === 16)
      logs.traceId.appendBytes(bytes, record.traceIdStart, record.traceIdStart + 16);
    else logs.traceId.appendZeros(16);
    if (record.spanIdLength === 8) logs.spanId.appendBytes(bytes, record.spanIdStart, record.spanIdStart + 8);
    else logs.spanId.appendZeros(8);
    logs.environment.append(envelope.environment);
    logs.release.append(envelope.release);
    envelope.append();
  }

  private appendWho(bytes: Buffer, record: LogView): void {
    const { logs } = this;
    const { places } = record.attributes;
    const place = this.fields.places;
    logs.endpoint.append(internOptional(logs.endpoint, bytes, places, place[field.endpoint] ?? -1));
    appendOptional(logs.userId, bytes, places, place[field.userId] ?? -1);
    appendOptional(logs.tenantId, bytes, places, place[field.tenantId] ?? -1);
    appendOptional(logs.sessionId, bytes, places, place[field.sessionId] ?? -1);
  }

  /** Body and attributes; what a `gen_ai.*` event of a span says goes to where the span's own content is. */
  private appendBody(bytes: Buffer, record: LogView, time: { low: number; high: number }): void {
    const { logs } = this;
    const hasBody = record.body[2] !== valueKind.none;
    const eventName = readEventName(bytes, record);
    logs.eventName.append(logs.eventName.dictionary.internText(eventName));
    const belongsToSpan = record.traceIdLength === 16 && record.spanIdLength === 8;
    const saysSomething = hasBody || this.fields.contentCount > 0;
    const isContent = belongsToSpan && saysSomething && eventName.startsWith("gen_ai.");
    const contentBytes = isContent ? this.appendContent(bytes, record, { eventName, hasBody, time }) : 0;
    logs.contentBytes.appendUint32(contentBytes);
    if (isContent || !hasBody) {
      logs.body.appendEmpty();
      logs.bodyType.append(0);
    } else {
      appendValue(logs.body, bytes, record.body, 0);
      logs.bodyType.append(
        logs.bodyType.dictionary.internText(String.fromCharCode(typeLetter(record.body, 0))),
      );
    }
    appendAttributes(
      { attributes: logs.attributes, attributeTypes: logs.attributeTypes, keys: this.attributeKeys },
      bytes,
      { attributes: record.attributes, fields: this.fields, withContent: !isContent },
    );
  }

  /** Appends the event as the content of its span, in the form that span events have there; returns its size in bytes. */
  private appendContent(
    bytes: Buffer,
    record: LogView,
    event: EventContent & { time: { low: number; high: number } },
  ): number {
    const { contents } = this;
    const { low, high } = event.time;
    contents.project.append(this.contentRows.project);
    const session = this.fields.places[field.sessionId] ?? -1;
    if (session >= 0) appendValue(contents.conversation, bytes, record.attributes.places, session);
    else contents.conversation.appendHex(bytes, record.traceIdStart, record.traceIdStart + 16);
    contents.startTime.appendUint64(low, high);
    contents.traceId.appendBytes(bytes, record.traceIdStart, record.traceIdStart + 16);
    contents.spanId.appendBytes(bytes, record.spanIdStart, record.spanIdStart + 8);
    const timeNs = ((BigInt(high) << 32n) | BigInt(low)).toString();
    const attributes = { ...this.readContent(bytes, record.attributes), ...readBody(bytes, record, event) };
    const text = JSON.stringify([{ timeNs, name: event.eventName, attributes }]);
    const { keys, values } = contents.content;
    keys.append(keys.dictionary.internText("events"));
    values.appendText(text);
    contents.content.endRow();
    this.contentRows.count += 1;
    return Buffer.byteLength(text);
  }

  private readContent(bytes: Buffer, attributes: AttributeList): { [key: string]: AttributeValue } {
    const said = new AttributeList();
    for (let index = 0; index < attributes.count; index += 1) {
      if (this.fields.content[index] !== 1) continue;
      const from = index * placesPerAttribute;
      const at = said.push(0, 0);
      said.places.set(attributes.places.subarray(from, from + placesPerAttribute), at);
    }
    return readAttributes(bytes, said);
  }
}

function readBody(
  bytes: Buffer,
  record: LogView,
  event: EventContent,
): { readonly [key: string]: AttributeValue } {
  if (!event.hasBody) return {};
  const body = readValue(bytes, record.body, 0);
  return typeof body === "object" && body !== null && !Array.isArray(body) ? body : { content: body };
}

const eventNameKey = Buffer.from("event.name", "latin1");

/** The record's event name; senders that do not know the field put it into an attribute. */
function readEventName(bytes: Buffer, record: LogView): string {
  if (record.eventNameEnd > record.eventNameStart)
    return bytes.toString("utf8", record.eventNameStart, record.eventNameEnd);
  const { places, count } = record.attributes;
  for (let index = 0; index < count; index += 1) {
    const at = index * placesPerAttribute;
    const start = places[at] ?? 0;
    const end = places[at + 1] ?? 0;
    if (end - start !== eventNameKey.length || places[at + 2] !== valueKind.string) continue;
    if (eventNameKey.compare(bytes, start, end) === 0)
      return bytes.toString("utf8", places[at + 3], places[at + 4]);
  }
  return "";
}
