import type { Attributes } from "@opentelemetry/api";
import type { Metric, MetricSnapshot, Temporality } from "./metric.ts";

/** Series of one metric before new ones are added up in one: the limit of the OpenTelemetry specification. */
const maxSeries = 2000;
const overflow: Attributes = { "otel.metric.overflow": true };

interface InstrumentOptions {
  readonly unit?: string;
  readonly description?: string;
  readonly advice?: { readonly explicitBucketBoundaries?: number[] };
}

/** What records a value: a part of the OpenTelemetry API's Histogram. */
export interface CallHistogram {
  record(value: number, attributes: Attributes): void;
}

/** A part of the OpenTelemetry API's Counter. */
export interface CallCounter {
  add(value: number, attributes: Attributes): void;
}

/** The instruments that the metrics of model calls need: an OpenTelemetry Meter is one, and `OwnMeter` is. */
export interface CallMeter {
  createHistogram(name: string, options: InstrumentOptions): CallHistogram;
  createCounter(name: string, options: InstrumentOptions): CallCounter;
}

interface Series {
  readonly attributes: Attributes;
  sum: number;
  count: number;
  min: number;
  max: number;
  readonly buckets: number[];
}

interface Instrument {
  readonly name: string;
  readonly kind: Metric["kind"];
  readonly options: InstrumentOptions;
  readonly bounds: readonly number[];
  readonly series: Map<string, Series>;
}

/** Counts and distributions kept in the process until somebody reads them, for applications without a meter provider. */
export class OwnMeter implements CallMeter {
  readonly #instruments: Instrument[] = [];
  readonly #now: () => bigint;
  readonly #temporality: Temporality;
  #startNs: bigint;
  #hasNews = false;

  /** `now`: Unix nanoseconds. */
  constructor(now: () => bigint, temporality: Temporality) {
    this.#now = now;
    this.#temporality = temporality;
    this.#startNs = now();
  }

  createHistogram(name: string, options: InstrumentOptions): CallHistogram {
    const instrument = this.#create(name, "histogram", options);
    return { record: (value, attributes) => this.#add(instrument, value, attributes) };
  }

  createCounter(name: string, options: InstrumentOptions): CallCounter {
    const instrument = this.#create(name, "counter", options);
    return { add: (value, attributes) => this.#add(instrument, value, attributes) };
  }

  /** Whether anything was recorded since the last reading. */
  get hasNews(): boolean {
    return this.#hasNews;
  }

  /** A reading of everything recorded; undefined when there is nothing to tell. */
  read(): MetricSnapshot | undefined {
    this.#hasNews = false;
    const metrics = this.#instruments.filter(({ series }) => series.size > 0).map(toMetric);
    if (metrics.length === 0) return undefined;
    const timeNs = this.#now();
    const snapshot = { temporality: this.#temporality, startNs: this.#startNs, timeNs, metrics };
    if (this.#temporality === "delta") {
      this.#startNs = timeNs;
      for (const { series } of this.#instruments) series.clear();
    }
    return snapshot;
  }

  #add(instrument: Instrument, value: number, attributes: Attributes): void {
    this.#hasNews = true;
    addTo(instrument, value, attributes);
  }

  #create(name: string, kind: Metric["kind"], options: InstrumentOptions): Instrument {
    const bounds = options.advice?.explicitBucketBoundaries ?? [];
    const instrument = { name, kind, options, bounds, series: new Map<string, Series>() };
    this.#instruments.push(instrument);
    return instrument;
  }
}

function addTo(instrument: Instrument, value: number, attributes: Attributes): void {
  if (!Number.isFinite(value)) return;
  const series = findSeries(instrument, attributes);
  series.sum += value;
  series.count++;
  series.min = Math.min(series.min, value);
  series.max = Math.max(series.max, value);
  if (instrument.kind !== "histogram") return;
  // Upper bounds are inclusive.
  const found = instrument.bounds.findIndex((bound) => value <= bound);
  const index = found < 0 ? instrument.bounds.length : found;
  series.buckets[index] = (series.buckets[index] ?? 0) + 1;
}

function findSeries(instrument: Instrument, attributes: Attributes): Series {
  const key = keyOf(attributes);
  const known = instrument.series.get(key);
  if (known !== undefined) return known;
  if (instrument.series.size >= maxSeries - 1 && attributes !== overflow)
    return findSeries(instrument, overflow);
  const series: Series = {
    attributes,
    sum: 0,
    count: 0,
    min: Infinity,
    max: -Infinity,
    buckets:
      instrument.kind === "histogram" ? Array.from({ length: instrument.bounds.length + 1 }, () => 0) : [],
  };
  instrument.series.set(key, series);
  return series;
}

/** One text for one set of attributes, whatever their order. */
function keyOf(attributes: Attributes): string {
  const names = Object.keys(attributes).toSorted();
  return names.map((name) => `${name}=${JSON.stringify(attributes[name])}`).join("\n");
}

function toMetric({ name, kind, options, bounds, series }: Instrument): Metric {
  const described = { name, description: options.description ?? "", unit: options.unit ?? "" };
  const all = [...series.values()];
  if (kind === "counter")
    return { ...described, kind, points: all.map(({ attributes, sum }) => ({ attributes, value: sum })) };
  const points = all.map(({ attributes, count, sum, min, max, buckets }) => {
    return { attributes, count, sum, min, max, bucketCounts: [...buckets] };
  });
  return { ...described, kind, bounds, points };
}
