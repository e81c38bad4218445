import { DictionaryColumn } from "../columns/dictionary-column.ts";
import { FixedColumn } from "../columns/fixed-column.ts";
import { MapColumn } from "../columns/map-column.ts";
import { nameColumns, type NamedColumn } from "../columns/named-columns.ts";
import { StringColumn } from "../columns/string-column.ts";

/** The columns of `logs` as the spool's blocks carry them (schema/0003_logs.sql, without `block` and `received_at`). */
export class LogColumns {
  readonly project = new DictionaryColumn();
  readonly time = new FixedColumn("DateTime64(9, 'UTC')", 8);
  readonly observedTime = new FixedColumn("DateTime64(9, 'UTC')", 8);
  readonly severity = new FixedColumn("UInt8", 1);
  readonly severityText = new DictionaryColumn();
  readonly traceId = new FixedColumn("FixedString(16)", 16);
  readonly spanId = new FixedColumn("FixedString(8)", 8);
  readonly service = new DictionaryColumn();
  readonly environment = new DictionaryColumn();
  readonly release = new DictionaryColumn();
  readonly scopeName = new DictionaryColumn();
  readonly scopeVersion = new DictionaryColumn();
  readonly eventName = new DictionaryColumn();
  readonly endpoint = new DictionaryColumn();
  readonly userId = new StringColumn();
  readonly tenantId = new StringColumn();
  readonly sessionId = new StringColumn();
  readonly body = new StringColumn();
  readonly bodyType = new DictionaryColumn();
  readonly contentBytes = new FixedColumn("UInt32", 4);
  readonly attributes = new MapColumn(256 * 1024);
  readonly attributeTypes = new StringColumn();
  readonly resource = new DictionaryColumn();

  readonly list: readonly NamedColumn[] = nameColumns(this);
}
