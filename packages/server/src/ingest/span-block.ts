// The hot path's writing of one span into columns. Positions and bytes only; benchmark: bench/ingest.ts.
import { readEvents, readLinks, type SpanEventRecord } from "../decode/read-events.ts";
import { placesPerAttribute, valueKind, type SpanView } from "../decode/span-view.ts";
import type { TraceVisitor } from "../decode/walk-traces.ts";
import { noBillingDetails } from "../normalise/billing-details.ts";
import { DerivedFields } from "../normalise/derived-fields.ts";
import { field, type Field } from "../normalise/fields.ts";
import { FieldSet } from "../normalise/normalise-span.ts";
import { readNumber, readTokens } from "../normalise/read-number.ts";
import { langfuse } from "../normalise/dialects/langfuse.ts";
import { providerOfModel } from "../normalise/provider-of-model.ts";
import { readSpanBilling, readSpanReportedCost } from "../normalise/read-span-billing.ts";
import { typeSpan, type SpanTyping } from "../normalise/span-type.ts";
import { emptyWord, plainWords, providerWords, type Word } from "../normalise/words.ts";
import type { Pricer } from "../price/price-call.ts";
import { KeyInterner } from "./key-interner.ts";
import { LateItems } from "./late-items.ts";
import { appendOptional, appendTokens, appendValue, internOptional, typeLetter } from "./append-value.ts";
import type { UsageDetails } from "../normalise/usage-details.ts";
import { BilledCalls } from "./billed-calls.ts";
import { BlockRows } from "./block-rows.ts";
import { ColumnAttributes } from "./column-attributes.ts";
import type { BlockTable, ChainedBlock } from "./group-commit.ts";
import { EnvelopeWords } from "./envelope-words.ts";
import { exceptionType } from "./exception-type.ts";
import { findIdFault } from "./find-id-fault.ts";
import { priceSpan, type BilledSpan } from "./price-span.ts";
import { readFinishReasons } from "./read-finish-reasons.ts";
import { RecentCalls } from "./recent-calls.ts";
import { ScoreRows } from "./score-rows.ts";
import { ContentColumns, SpanColumns } from "./span-columns.ts";
import { SpanTimes } from "./span-times.ts";

/** Why a span cannot be stored; also the reasons of the accounting. */
export type RejectReason = "invalid_trace_id" | "invalid_span_id" | "invalid_time";

/** What one request put into the block. */
export interface AppendedSpans {
  readonly received: number;
  readonly accepted: number;
  readonly rejected: ReadonlyMap<RejectReason, number>;
  readonly unpriced: number;
  /** Spans that ended more than an hour before they came in. */
  readonly late: number;
  /** 64 bits mixed from the span ids, in two halves: with length and CRC they tell one request from another. */
  readonly idMix: readonly [number, number];
}

const modelCall = typeSpan({ operationId: "", operation: "chat", kind: "" });
const noTyping = typeSpan({ operationId: "", operation: "", kind: "" });

/** Rows of `spans` and `contents`, gathered request by request. */
export class SpanBlock implements TraceVisitor, ChainedBlock {
  private readonly spans = new SpanColumns();
  private readonly contents = new ContentColumns();
  private readonly spanRows = new BlockRows("spans", this.spans);
  private readonly contentRows = new BlockRows("contents", this.contents);
  private readonly envelope = new EnvelopeWords(this.spans);
  private readonly scores = new ScoreRows();
  /** What later requests were told holds. */
  readonly confirm = (): void => undefined;
  private readonly pricer: Pricer;
  private readonly now: () => number;
  private readonly lateItems = new LateItems();
  private readonly fields = new FieldSet();
  private readonly derived = new DerivedFields();
  private readonly times = new SpanTimes();
  private readonly attributeKeys = new KeyInterner(this.spans.restAttributes.keys);
  private readonly contentKeys = new KeyInterner(this.contents.content.keys);
  private readonly billedCalls: BilledCalls;
  private readonly columnAttributes = new ColumnAttributes();
  private readonly typings = new Map<string, SpanTyping>();
  /** Token counts of the span; -1 = none. */
  private readonly tokens = { input: -1, output: -1, cacheRead: -1, cacheWrite: -1, reasoning: -1 };
  private received = 0;
  private unpriced = 0;
  private rejected = new Map<RejectReason, number>();
  private mixLow = 0;
  private mixHigh = 0;

  /** `now` gives Unix milliseconds: what is late is told by it. `recentCalls` is shared by all blocks of a server. */
  constructor(pricer: Pricer, now: () => number = Date.now, recentCalls: RecentCalls = new RecentCalls(64)) {
    this.pricer = pricer;
    this.now = now;
    this.billedCalls = new BilledCalls(recentCalls);
  }

  get tables(): BlockTable[] {
    this.billedCalls.publish();
    return [this.spanRows.toTable(), this.contentRows.toTable(), this.scores.rows.toTable()];
  }

  /** Starts a request; `rollback` takes back all that follows. */
  begin(project: string): void {
    this.spanRows.begin(project);
    this.contentRows.begin(project);
    this.scores.rows.begin(project);
    this.received = 0;
    this.unpriced = 0;
    this.rejected = new Map();
    this.mixLow = 0;
    this.mixHigh = 0;
    this.billedCalls.begin(project);
    this.lateItems.begin(this.now());
  }

  /** Ends a request. */
  end(): AppendedSpans {
    this.billedCalls.findRepeated((row) => {
      this.spans.billed.store.bytes[row] = 0;
      this.unpriced -= this.spans.unpriced.store.bytes[row] ?? 0;
      this.spans.unpriced.store.bytes[row] = 0;
      this.spans.costUsd.setNull(row);
    });
    return {
      received: this.received,
      accepted: this.spanRows.added,
      rejected: this.rejected,
      unpriced: this.unpriced,
      late: this.lateItems.count,
      idMix: [this.mixLow, this.mixHigh],
    };
  }

  rollback(): void {
    this.spanRows.rollback();
    this.contentRows.rollback();
    this.scores.rows.rollback();
    this.billedCalls.rollback();
  }

  /** Nothing may be left unbilled for a call that is not durable. */
  discard(): void {
    this.billedCalls.forgetAll();
  }

  clear(): void {
    this.spanRows.clear();
    this.contentRows.clear();
    this.scores.rows.clear();
    this.attributeKeys.clear();
    this.contentKeys.clear();
  }

  resource(bytes: Buffer, start: number, end: number): void {
    this.envelope.resource(bytes, start, end);
    this.scores.resource(start, end);
  }

  scope(bytes: Buffer, start: number, end: number): void {
    this.envelope.scope(bytes, start, end);
    this.scores.scope(start, end);
  }

  span(bytes: Buffer, span: SpanView): void {
    this.received += 1;
    const reason = this.findFault(bytes, span);
    if (reason !== undefined) {
      this.rejected.set(reason, (this.rejected.get(reason) ?? 0) + 1);
      return;
    }
    this.lateItems.note(this.times.slot * 1000);
    this.fields.read(bytes, span.attributes);
    this.derived.clear();
    if (this.fields.hasDerived)
      this.derived.read(bytes, span, { fields: this.fields, startMs: this.times.startMs });
    this.appendIdentity(bytes, span);
    this.appendWho(bytes, span);
    this.appendCall(bytes, span);
    const events = span.events.count === 0 ? [] : readEvents(bytes, span.events);
    this.appendError(bytes, span, events);
    this.appendAttributes(bytes, span);
    this.appendEvents(bytes, span, events);
    if (events.length > 0 || this.fields.has(field.scoreMark))
      this.scores.append(bytes, span, { fields: this.fields, events });
    this.spanRows.count += 1;
  }

  private findFault(bytes: Buffer, span: SpanView): RejectReason | undefined {
    return findIdFault(bytes, span) ?? (this.times.read(span) ? undefined : "invalid_time");
  }

  private appendIdentity(bytes: Buffer, span: SpanView): void {
    const { spans, times } = this;
    spans.project.append(this.spanRows.project);
    spans.traceId.appendBytes(bytes, span.traceIdStart, span.traceIdStart + 16);
    spans.spanId.appendBytes(bytes, span.spanIdStart, span.spanIdStart + 8);
    if (span.parentLength === 8)
      spans.parentSpanId.appendBytes(bytes, span.parentStart, span.parentStart + 8);
    else spans.parentSpanId.appendZeros(8);
    this.mixLow = Math.imul(this.mixLow ^ bytes.readInt32LE(span.spanIdStart), 0x9e3779b1) | 0;
    this.mixHigh = Math.imul(this.mixHigh ^ bytes.readInt32LE(span.spanIdStart + 4), 0x85ebca6b) | 0;
    spans.startTime.appendUint64(times.startLow, times.startHigh);
    spans.durationNs.appendUint64(times.durationLow, times.durationHigh);
    spans.slot.appendUint32(times.slot);
    spans.name.append(spans.name.dictionary.intern(bytes, span.nameStart, span.nameEnd));
    spans.kind.appendByte(span.kind <= 5 ? span.kind : 0);
    spans.status.appendByte(span.status <= 2 ? span.status : 0);
    spans.statusMessage.append(bytes, span.statusMessageStart, span.statusMessageEnd);
    spans.traceState.append(bytes, span.traceStateStart, span.traceStateEnd);
    this.envelope.append();
  }

  private appendWho(bytes: Buffer, span: SpanView): void {
    const { spans } = this;
    const { places } = span.attributes;
    const place = this.fields.places;
    spans.endpoint.append(internOptional(spans.endpoint, bytes, places, place[field.endpoint] ?? -1));
    const environment = internOptional(spans.environment, bytes, places, place[field.environment] ?? -1);
    spans.environment.append(environment === 0 ? this.envelope.environment : environment);
    const release = internOptional(spans.release, bytes, places, place[field.release] ?? -1);
    spans.release.append(release === 0 ? this.envelope.release : release);
    appendOptional(spans.userId, bytes, places, place[field.userId] ?? -1);
    appendOptional(spans.tenantId, bytes, places, place[field.tenantId] ?? -1);
    appendOptional(spans.sessionId, bytes, places, place[field.sessionId] ?? -1);
    this.appendPrompt(bytes, places, place);
    spans.agentName.append(internOptional(spans.agentName, bytes, places, place[field.agentName] ?? -1));
    spans.toolName.append(internOptional(spans.toolName, bytes, places, place[field.toolName] ?? -1));
  }

  private appendPrompt(bytes: Buffer, places: Int32Array, place: Int32Array): void {
    const { promptName, promptVersion } = this.spans;
    const name = internOptional(promptName, bytes, places, place[field.promptName] ?? -1);
    promptName.append(name === 0 ? promptName.dictionary.internText(this.derived.promptName) : name);
    const version = internOptional(promptVersion, bytes, places, place[field.promptVersion] ?? -1);
    promptVersion.append(
      version === 0 ? promptVersion.dictionary.internText(this.derived.promptVersion) : version,
    );
  }

  private appendCall(bytes: Buffer, span: SpanView): void {
    const { spans } = this;
    const requestModel = this.word(bytes, span, field.requestModel);
    const responseModel = this.word(bytes, span, field.responseModel);
    const operation = this.word(bytes, span, field.operation);
    const hasModel = requestModel !== emptyWord || responseModel !== emptyWord;
    const typing = this.findTyping(bytes, span, operation.text, hasModel);
    let provider = this.providerWord(bytes, span);
    if (provider === emptyWord && hasModel && this.fields.dialect().text === langfuse.name)
      provider = providerOfModel(requestModel === emptyWord ? responseModel.text : requestModel.text);
    const finishReasons = readFinishReasons(
      bytes,
      span.attributes.places,
      this.fields.places[field.finishReasons] ?? -1,
    );
    const { columnAttributes } = this;
    columnAttributes.keepWord(
      field.operation,
      operation.isAsGiven && operation.text === typing.operationWord.text,
    );
    columnAttributes.keepWord(field.provider, provider.isAsGiven);
    columnAttributes.keepWord(field.requestModel, requestModel.isAsGiven);
    columnAttributes.keepWord(field.responseModel, responseModel.isAsGiven);
    columnAttributes.keepWord(field.finishReasons, finishReasons.isAsGiven);
    spans.dialect.append(spans.dialect.internWord(this.fields.dialect()));
    spans.spanType.append(spans.spanType.internWord(typing.spanTypeWord));
    spans.operation.append(spans.operation.internWord(typing.operationWord));
    spans.provider.append(spans.provider.internWord(provider));
    spans.model.append(spans.model.internWord(requestModel === emptyWord ? responseModel : requestModel));
    spans.requestModel.append(spans.requestModel.internWord(requestModel));
    spans.responseModel.append(spans.responseModel.internWord(responseModel));
    spans.finishReasons.append(spans.finishReasons.internWord(finishReasons));
    const { startMs } = this.times;
    this.appendUsage(bytes, span, { typing, provider, requestModel, responseModel, startMs });
    this.appendFirstToken(bytes, span);
  }

  private appendUsage(bytes: Buffer, span: SpanView, call: BilledSpan & { typing: SpanTyping }): void {
    const { spans } = this;
    const { usage } = this.derived;
    this.columnAttributes.areTokensGiven = usage === undefined;
    const tokens = usage ?? this.readUsage(bytes, span);
    appendTokens(spans.inputTokens, tokens.input);
    appendTokens(spans.outputTokens, tokens.output);
    appendTokens(spans.cacheReadTokens, tokens.cacheRead);
    appendTokens(spans.cacheWriteTokens, tokens.cacheWrite);
    appendTokens(spans.reasoningTokens, tokens.reasoning);
    spans.usageEstimated.appendByte(this.isTrue(bytes, span, field.usageEstimated) ? 1 : 0);
    const { spanType } = call.typing;
    const billed = spanType === "model" || spanType === "embedding";
    spans.billed.appendByte(billed ? 1 : 0);
    const isPaid = billed && (tokens.input >= 0 || tokens.output >= 0);
    const says = this.fields.hasBilling || usage !== undefined;
    const details = isPaid && says ? readSpanBilling(bytes, span.attributes) : noBillingDetails;
    let cost = isPaid ? priceSpan(this.pricer, call, tokens, details) : null;
    if (cost === null && billed && this.fields.has(field.reportedCostUsd))
      cost = readSpanReportedCost(bytes, span.attributes);
    if (cost === null) spans.costUsd.appendNull();
    else spans.costUsd.appendDouble(cost);
    const unpriced = isPaid && cost === null;
    spans.unpriced.appendByte(unpriced ? 1 : 0);
    if (unpriced) this.unpriced += 1;
    if (billed)
      this.billedCalls.add(bytes, this.spanRows.count, span, { spanType, isPaid: isPaid || cost !== null });
  }

  private readUsage(bytes: Buffer, span: SpanView): UsageDetails {
    const { tokens } = this;
    const { places } = span.attributes;
    const place = this.fields.places;
    tokens.input = readTokens(bytes, places, place[field.inputTokens] ?? -1);
    tokens.output = readTokens(bytes, places, place[field.outputTokens] ?? -1);
    tokens.cacheRead = readTokens(bytes, places, place[field.cacheReadTokens] ?? -1);
    tokens.cacheWrite = readTokens(bytes, places, place[field.cacheWriteTokens] ?? -1);
    tokens.reasoning = readTokens(bytes, places, place[field.reasoningTokens] ?? -1);
    return tokens;
  }

  private appendFirstToken(bytes: Buffer, span: SpanView): void {
    const { places } = span.attributes;
    const seconds = this.fields.places[field.ttftSeconds] ?? -1;
    const milliseconds = this.fields.places[field.ttftMs] ?? -1;
    let ttftMs = seconds < 0 ? -1 : readNumber(bytes, places, seconds) * 1000;
    if (ttftMs < 0 && milliseconds >= 0) ttftMs = readNumber(bytes, places, milliseconds);
    if (ttftMs < 0) ({ ttftMs } = this.derived);
    if (ttftMs < 0) this.spans.ttftMs.appendNull();
    else this.spans.ttftMs.appendDouble(ttftMs);
  }

  private appendError(bytes: Buffer, span: SpanView, events: readonly SpanEventRecord[]): void {
    const { errorType } = this.spans;
    if (span.status !== 2) {
      errorType.append(0);
      return;
    }
    const { places } = span.attributes;
    const named = internOptional(errorType, bytes, places, this.fields.places[field.errorType] ?? -1);
    errorType.append(named === 0 ? errorType.dictionary.internText(exceptionType(events)) : named);
  }

  private appendAttributes(bytes: Buffer, span: SpanView): void {
    const { restAttributes, restAttributeTypes } = this.spans;
    const { places, count } = span.attributes;
    const inColumns = this.columnAttributes.select(bytes, span.attributes, this.fields);
    this.columnAttributes.append(this.spans.columnAttributes);
    const { content, contentCount, keyNumbers } = this.fields;
    const types = restAttributeTypes.store;
    types.appendVarint(count - contentCount - inColumns);
    types.reserve(count);
    for (let index = 0; index < count; index += 1) {
      if (content[index] !== 0) continue;
      const at = index * placesPerAttribute;
      restAttributes.keys.append(
        this.attributeKeys.intern(bytes, { places, at, number: keyNumbers[index] ?? -1 }),
      );
      appendValue(restAttributes.values, bytes, places, at);
      types.bytes[types.length++] = typeLetter(places, at);
    }
    restAttributes.endRow();
  }

  private appendEvents(bytes: Buffer, span: SpanView, events: readonly SpanEventRecord[]): void {
    const said = events.length === 0 ? events : events.filter((event) => event.name.startsWith("gen_ai."));
    const others = said.length === 0 ? events : events.filter((event) => !event.name.startsWith("gen_ai."));
    this.spans.events.appendText(others.length === 0 ? "" : JSON.stringify(others));
    this.spans.links.appendText(span.links.count === 0 ? "" : JSON.stringify(readLinks(bytes, span.links)));
    if (this.fields.contentCount === 0 && said.length === 0) this.spans.contentBytes.appendUint32(0);
    else this.spans.contentBytes.appendUint32(this.appendContent(bytes, span, said));
  }

  /** Appends the content row and returns its size in bytes. */
  private appendContent(bytes: Buffer, span: SpanView, events: readonly SpanEventRecord[]): number {
    const { contents, times } = this;
    const { places, count } = span.attributes;
    contents.project.append(this.contentRows.project);
    const session = this.fields.places[field.sessionId] ?? -1;
    if (session >= 0) appendValue(contents.conversation, bytes, places, session);
    else contents.conversation.appendHex(bytes, span.traceIdStart, span.traceIdStart + 16);
    contents.startTime.appendUint64(times.startLow, times.startHigh);
    contents.traceId.appendBytes(bytes, span.traceIdStart, span.traceIdStart + 16);
    contents.spanId.appendBytes(bytes, span.spanIdStart, span.spanIdStart + 8);
    const { keys, values } = contents.content;
    const before = values.store.length;
    for (let index = 0; index < count; index += 1) {
      if (this.fields.content[index] !== 1) continue;
      const at = index * placesPerAttribute;
      keys.append(
        this.contentKeys.intern(bytes, { places, at, number: this.fields.keyNumbers[index] ?? -1 }),
      );
      appendValue(values, bytes, places, at);
    }
    if (events.length > 0) {
      keys.append(keys.dictionary.internText("events"));
      values.appendText(JSON.stringify(events));
    }
    contents.content.endRow();
    this.contentRows.count += 1;
    return values.store.length - before;
  }

  private word(bytes: Buffer, span: SpanView, wanted: Field): Word {
    const at = this.fields.places[wanted] ?? -1;
    if (at < 0) return emptyWord;
    const { places } = span.attributes;
    return places[at + 2] === valueKind.string
      ? plainWords.find(bytes, places[at + 3] ?? 0, places[at + 4] ?? 0)
      : emptyWord;
  }

  private providerWord(bytes: Buffer, span: SpanView): Word {
    const at = this.fields.places[field.provider] ?? -1;
    if (at < 0) return emptyWord;
    const { places } = span.attributes;
    return places[at + 2] === valueKind.string
      ? providerWords.find(bytes, places[at + 3] ?? 0, places[at + 4] ?? 0)
      : emptyWord;
  }

  /** A span that names a model and no operation is a model call of an instrumentation that names none. */
  private findTyping(bytes: Buffer, span: SpanView, operation: string, hasModel: boolean): SpanTyping {
    const operationId = this.word(bytes, span, field.operationId).text;
    const kind = this.word(bytes, span, field.spanKind).text;
    if (operationId === "" && kind === "")
      return operation === "" ? this.typeSilent(hasModel) : this.typing("", operation, "");
    return this.typing(operationId, operation, kind);
  }

  private typeSilent(hasModel: boolean): SpanTyping {
    return hasModel && !this.fields.has(field.agentName) ? modelCall : noTyping;
  }

  private typing(operationId: string, operation: string, kind: string): SpanTyping {
    const key = operationId === "" && kind === "" ? operation : `${operationId}\n${operation}\n${kind}`;
    let typing = this.typings.get(key);
    if (typing === undefined) {
      typing = typeSpan({ operationId, operation, kind });
      if (this.typings.size < 1000 && key.length <= 256) this.typings.set(key, typing);
    }
    return typing;
  }

  private isTrue(bytes: Buffer, span: SpanView, wanted: Field): boolean {
    const at = this.fields.places[wanted] ?? -1;
    const { places } = span.attributes;
    return at >= 0 && places[at + 2] === valueKind.bool && bytes[places[at + 3] ?? 0] === 1;
  }
}
