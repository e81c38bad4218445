import { DictionaryColumn } from "../columns/dictionary-column.ts";
import { FixedColumn } from "../columns/fixed-column.ts";
import { MapColumn } from "../columns/map-column.ts";
import { nameColumns, type NamedColumn } from "../columns/named-columns.ts";
import { NullableColumn } from "../columns/nullable-column.ts";
import { StringColumn } from "../columns/string-column.ts";

/** The columns of `spans` as the spool's blocks carry them (schema/0001_spans.sql, without `block` and `received_at`). */
export class SpanColumns {
  readonly project = new DictionaryColumn();
  readonly traceId = new FixedColumn("FixedString(16)", 16);
  readonly spanId = new FixedColumn("FixedString(8)", 8);
  readonly parentSpanId = new FixedColumn("FixedString(8)", 8);
  readonly startTime = new FixedColumn("DateTime64(9, 'UTC')", 8);
  readonly durationNs = new FixedColumn("UInt64", 8);
  readonly slot = new FixedColumn("DateTime('UTC')", 4);
  readonly name = new DictionaryColumn();
  readonly kind = new FixedColumn("UInt8", 1);
  readonly status = new FixedColumn("UInt8", 1);
  readonly statusMessage = new StringColumn();
  readonly traceState = new StringColumn();
  readonly service = new DictionaryColumn();
  readonly environment = new DictionaryColumn();
  readonly release = new DictionaryColumn();
  readonly scopeName = new DictionaryColumn();
  readonly scopeVersion = new DictionaryColumn();
  readonly dialect = new DictionaryColumn();
  readonly spanType = new DictionaryColumn();
  readonly operation = new DictionaryColumn();
  readonly provider = new DictionaryColumn();
  readonly model = new DictionaryColumn();
  readonly requestModel = new DictionaryColumn();
  readonly responseModel = new DictionaryColumn();
  readonly endpoint = new DictionaryColumn();
  readonly userId = new StringColumn();
  readonly tenantId = new StringColumn();
  readonly sessionId = new StringColumn();
  readonly promptName = new DictionaryColumn();
  readonly promptVersion = new DictionaryColumn();
  readonly agentName = new DictionaryColumn();
  readonly toolName = new DictionaryColumn();
  readonly finishReasons = new DictionaryColumn();
  readonly errorType = new DictionaryColumn();
  readonly inputTokens = new NullableColumn("UInt32", 4);
  readonly outputTokens = new NullableColumn("UInt32", 4);
  readonly cacheReadTokens = new NullableColumn("UInt32", 4);
  readonly cacheWriteTokens = new NullableColumn("UInt32", 4);
  readonly reasoningTokens = new NullableColumn("UInt32", 4);
  readonly usageEstimated = new FixedColumn("UInt8", 1);
  readonly billed = new FixedColumn("UInt8", 1);
  readonly costUsd = new NullableColumn("Float64", 8);
  readonly unpriced = new FixedColumn("UInt8", 1);
  readonly ttftMs = new NullableColumn("Float64", 8);
  readonly contentBytes = new FixedColumn("UInt32", 4);
  readonly columnAttributes = new DictionaryColumn();
  readonly restAttributes = new MapColumn(256 * 1024);
  readonly restAttributeTypes = new StringColumn();
  readonly resource = new DictionaryColumn();
  readonly events = new StringColumn();
  readonly links = new StringColumn();

  /** In the order of the table. */
  readonly list: readonly NamedColumn[] = nameColumns(this);
}

/** The columns of `contents` as the spool's blocks carry them (schema/0002_contents.sql). */
export class ContentColumns {
  readonly project = new DictionaryColumn();
  readonly conversation = new StringColumn();
  readonly startTime = new FixedColumn("DateTime64(9, 'UTC')", 8);
  readonly traceId = new FixedColumn("FixedString(16)", 16);
  readonly spanId = new FixedColumn("FixedString(8)", 8);
  readonly content = new MapColumn(4 * 1024 * 1024);

  readonly list: readonly NamedColumn[] = nameColumns(this);
}
