import { DictionaryColumn } from "../columns/dictionary-column.ts";
import { FixedColumn } from "../columns/fixed-column.ts";
import { MapColumn } from "../columns/map-column.ts";
import { nameColumns, type NamedColumn } from "../columns/named-columns.ts";
import { StringColumn } from "../columns/string-column.ts";

// The columns of schema/0004_metrics.sql as the spool's blocks carry them, without `block` and `received_at`.

export class SampleColumns {
  readonly project = new DictionaryColumn();
  readonly metric = new DictionaryColumn();
  readonly seriesId = new FixedColumn("UInt128", 16);
  readonly time = new FixedColumn("DateTime64(3, 'UTC')", 8);
  readonly value = new FixedColumn("Float64", 8);

  readonly list: readonly NamedColumn[] = nameColumns(this);
}

export class SeriesColumns {
  readonly project = new DictionaryColumn();
  readonly metric = new DictionaryColumn();
  readonly seriesId = new FixedColumn("UInt128", 16);
  readonly labels = new MapColumn();

  readonly list: readonly NamedColumn[] = nameColumns(this);
}

export class MetadataColumns {
  readonly project = new DictionaryColumn();
  readonly metric = new DictionaryColumn();
  readonly type = new DictionaryColumn();
  readonly unit = new DictionaryColumn();
  readonly help = new StringColumn();

  readonly list: readonly NamedColumn[] = nameColumns(this);
}

export class ExemplarColumns {
  readonly project = new DictionaryColumn();
  readonly metric = new DictionaryColumn();
  readonly seriesId = new FixedColumn("UInt128", 16);
  readonly time = new FixedColumn("DateTime64(3, 'UTC')", 8);
  readonly value = new FixedColumn("Float64", 8);
  readonly traceId = new FixedColumn("FixedString(16)", 16);
  readonly spanId = new FixedColumn("FixedString(8)", 8);
  readonly labels = new MapColumn();

  readonly list: readonly NamedColumn[] = nameColumns(this);
}
