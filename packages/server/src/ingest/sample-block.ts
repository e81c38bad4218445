import type { DictionaryColumn } from "../columns/dictionary-column.ts";
import type { MapColumn } from "../columns/map-column.ts";
import { BlockRows } from "./block-rows.ts";
import type { AppendedItems, BlockTable, ChainedBlock } from "./group-commit.ts";
import { LateItems } from "./late-items.ts";
import { ExemplarColumns, MetadataColumns, SampleColumns, SeriesColumns } from "./metric-columns.ts";
import type { PointSeries, RunningTotals, SeriesRegistry } from "./series-registry.ts";
import { toNameWord, type Announced, type Labels, type Series } from "./series.ts";

const dayMs = 86_400_000;

/** The value that Prometheus ends a series with; a signalling NaN, which JavaScript's own numbers would change. */
const staleMarker = Buffer.from("020000000000f07f", "hex");

export interface ExemplarRow {
  readonly timeMs: number;
  readonly value: number;
  /** Lower-case hex; anything else than 16 and 8 bytes is none. */
  readonly traceId: string;
  readonly spanId: string;
  readonly labels: Labels;
}

export interface MetadataRow {
  readonly metric: string;
  readonly type: string;
  readonly unit: string;
  readonly help: string;
}

/** Rows of the metric tables, gathered request by request. */
export class SampleBlock implements ChainedBlock {
  readonly registry: SeriesRegistry;
  /** The project of the request. */
  project = "";
  received = 0;
  private readonly samples = new BlockRows("metric_samples", new SampleColumns());
  private readonly series = new BlockRows("metric_series", new SeriesColumns());
  private readonly metadata = new BlockRows("metric_metadata", new MetadataColumns());
  private readonly exemplars = new BlockRows("metric_exemplars", new ExemplarColumns());
  /** Labels first: whoever finds a sample in the store finds what it belongs to. */
  private readonly all = [this.series, this.samples, this.metadata, this.exemplars];
  private marked = { told: 0, changes: 0 };
  private readonly now: () => number;
  private rejected = new Map<string, number>();
  private readonly lateItems = new LateItems();
  /** What the store is told by this block. */
  private told: Announced[] = [];
  /** Totals as they were before this block changed them. */
  private changes: { readonly point: PointSeries; readonly before: RunningTotals | null }[] = [];

  constructor(options: { registry: SeriesRegistry; now: () => number }) {
    this.registry = options.registry;
    this.now = options.now;
  }

  get tables(): BlockTable[] {
    return this.all.map((rows) => rows.toTable());
  }

  begin(project: string): void {
    for (const rows of this.all) rows.begin(project);
    this.marked = { told: this.told.length, changes: this.changes.length };
    this.project = project;
    this.received = 0;
    this.rejected = new Map();
    this.lateItems.begin(this.now());
  }

  end(): AppendedItems {
    let refused = 0;
    for (const items of this.rejected.values()) refused += items;
    const { received, rejected } = this;
    const besides = this.metadata.added + this.exemplars.added;
    return { received, accepted: received - refused, rejected, late: this.lateItems.count, besides };
  }

  /** Notes the time of an item that was taken. */
  noteTime(timeMs: number): void {
    this.lateItems.note(timeMs);
  }

  reject(reason: string, items = 1): void {
    this.rejected.set(reason, (this.rejected.get(reason) ?? 0) + items);
  }

  rollback(): void {
    for (const rows of this.all) rows.rollback();
    this.untell(this.marked.told);
    this.undo(this.marked.changes);
  }

  clear(): void {
    for (const rows of this.all) rows.clear();
    this.untell(0);
    this.changes = [];
  }

  confirm(): void {
    const today = this.today();
    for (const each of this.told) {
      each.toldOnDay = today;
      if (each.telling === this) each.telling = null;
    }
    this.told = [];
    this.changes = [];
  }

  discard(): void {
    this.untell(0);
    this.undo(0);
  }

  /** Changes the totals of a point so that the change can be taken back. */
  changeTotals(point: PointSeries, totals: RunningTotals): void {
    this.changes.push({ point, before: point.totals });
    point.totals = totals;
  }

  /** Appends a sample; `labels` is asked for only where the store has to be told of them. */
  appendSample(series: Series, timeMs: number, value: number, labels: () => Labels): void {
    this.beginSample(series, timeMs, labels);
    this.samples.columns.value.appendDouble(value);
  }

  /** Appends a sample whose value is the double at `at`: NaN bits stay what they are. */
  appendRawSample(
    series: Series,
    timeMs: number,
    value: { bytes: Buffer; at: number },
    labels: () => Labels,
  ): void {
    this.beginSample(series, timeMs, labels);
    this.samples.columns.value.appendBytes(value.bytes, value.at, value.at + 8);
  }

  appendStale(series: Series, timeMs: number, labels: () => Labels): void {
    this.appendRawSample(series, timeMs, { bytes: staleMarker, at: 0 }, labels);
  }

  appendMetadata(announced: Announced, row: MetadataRow): void {
    if (!this.tell(announced)) return;
    const metadata = this.metadata.columns;
    metadata.project.append(this.metadata.project);
    metadata.metric.append(metadata.metric.dictionary.internText(row.metric));
    metadata.type.append(metadata.type.dictionary.internText(row.type));
    metadata.unit.append(metadata.unit.dictionary.internText(row.unit));
    metadata.help.appendText(row.help);
    this.metadata.count += 1;
  }

  appendExemplar(series: Series, row: ExemplarRow): void {
    const exemplars = this.exemplars.columns;
    exemplars.project.append(this.exemplars.project);
    exemplars.metric.append(exemplars.metric.internWord(series.metric));
    exemplars.seriesId.appendBytes(series.id, 0, 16);
    appendTime(exemplars.time, row.timeMs);
    exemplars.value.appendDouble(row.value);
    appendId(exemplars.traceId, row.traceId, 16);
    appendId(exemplars.spanId, row.spanId, 8);
    appendLabels(exemplars.labels, row.labels);
    this.exemplars.count += 1;
  }

  private beginSample(series: Series, timeMs: number, labels: () => Labels): void {
    if (this.tell(series)) this.appendSeries(series, labels());
    const samples = this.samples.columns;
    samples.project.append(this.samples.project);
    samples.metric.append(samples.metric.internWord(series.metric));
    samples.seriesId.appendBytes(series.id, 0, 16);
    appendTime(samples.time, timeMs);
    this.samples.count += 1;
  }

  private appendSeries(row: Series, labels: Labels): void {
    const series = this.series.columns;
    series.project.append(this.series.project);
    series.metric.append(series.metric.internWord(row.metric));
    series.seriesId.appendBytes(row.id, 0, 16);
    appendLabels(series.labels, labels);
    this.series.count += 1;
  }

  /** True where the store was not told today and this block does not do it already. */
  private tell(announced: Announced): boolean {
    if (announced.toldOnDay === this.today() || announced.telling === this) return false;
    announced.telling = this;
    this.told.push(announced);
    return true;
  }

  private untell(from: number): void {
    for (let index = from; index < this.told.length; index += 1) {
      const each = this.told[index];
      if (each?.telling === this) each.telling = null;
    }
    this.told.length = from;
  }

  private undo(from: number): void {
    for (let index = this.changes.length - 1; index >= from; index -= 1) {
      const change = this.changes[index];
      if (change !== undefined) change.point.totals = change.before;
    }
    this.changes.length = from;
  }

  private today(): number {
    return Math.floor(this.now() / dayMs);
  }
}

/** Milliseconds as a signed 64-bit integer in two halves. */
function appendTime(column: { appendUint64(low: number, high: number): void }, timeMs: number): void {
  const high = Math.floor(timeMs / 2 ** 32);
  column.appendUint64(timeMs - high * 2 ** 32, high >>> 0);
}

function appendId(
  column: { appendZeros(count: number): void; appendBytes(source: Buffer, start: number, end: number): void },
  hex: string,
  size: number,
): void {
  const bytes = hex.length === size * 2 ? Buffer.from(hex, "hex") : Buffer.alloc(0);
  if (bytes.length === size) column.appendBytes(bytes, 0, size);
  else column.appendZeros(size);
}

function appendLabels(column: MapColumn, labels: Labels): void {
  const keys: DictionaryColumn = column.keys;
  for (const [name, value] of labels) {
    keys.append(keys.internWord(toNameWord(name)));
    column.values.appendText(value);
  }
  column.endRow();
}
