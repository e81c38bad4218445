import { setImmediate as nextTurn } from "node:timers/promises";
import {
  compareLabels,
  type PartReader,
  type SelectRequest,
  type Series,
  TooManySamplesError,
} from "@spanlight/promql";
import type { Engine, Query } from "../../store/engine.ts";
import { readBlocks } from "../../store/native/read-blocks.ts";
import { findPushedSeries, type PushedSeries } from "./find-pushed-series.ts";
import {
  createSampleGatherer,
  haveShortIds,
  type Order,
  type SampleColumns,
  type SeriesId,
} from "./gather-samples.ts";

export interface PushedSeriesOptions {
  readonly store: Engine;
  readonly project: string;
}

/** Most samples of one selector that are held at once. */
const MAX_SAMPLES = 50_000_000;
const TIMEOUT_MS = 60_000;
/** Samples of one part of an answer: 32 MB while they come. Larger parts were not quicker (bench promql). */
const SAMPLES_PER_PART = 1_000_000;
const SAMPLES_PER_SLICE = 100_000;
/** What distance samples are taken to have before some have been seen. */
const USUAL_INTERVAL_MS = 15_000;

/** Reads the series that came by OTLP or remote write. */
export function createPushedReader(options: PushedSeriesOptions): PartReader {
  return {
    async select(request) {
      const found: Series[] = [];
      let samples = 0;
      for await (const part of selectParts(options, request)) {
        samples += part.reduce((sum, { values }) => sum + values.length, 0);
        if (samples > MAX_SAMPLES) throw tooMany(request);
        found.push(...part);
      }
      return found.toSorted((left, right) => compareLabels(left.labels, right.labels));
    },
    selectParts: (request) => selectParts(options, request),
  };
}

/** Each series whole, some hundred thousand samples at a time; the next part is read while the last one is worked on. */
async function* selectParts(
  { store, project }: PushedSeriesOptions,
  request: SelectRequest,
): AsyncGenerator<Series[], void, void> {
  const { matchers, signal } = request;
  const series = await findPushedSeries(store, { project, matchers }, signal);
  const isWhole = matchers.every(({ name }) => name === "__name__");
  const size = createPartSize(request);
  const read = async (from: number): Promise<Part> => {
    const wanted = series.slice(from, from + size.next(series.length - from));
    const part = { series: wanted, isWhole, project, request, expectedSamples: size.expect(wanted.length) };
    const found = await readPart(store, part);
    size.learn(wanted.length, found);
    return { found, next: from + wanted.length };
  };
  let coming = series.length > 0 ? read(0) : undefined;
  while (coming !== undefined) {
    const { found, next }: Part = await coming;
    coming = next < series.length ? read(next) : undefined;
    coming?.catch(() => undefined); // told when it is its turn, unless nobody wants it any more
    for (const slice of sliceSeries(found)) {
      yield slice;
      await nextTurn();
    }
  }
}

/** Pieces of about 3 ms of work each: in between other requests are served, and rows of the next part taken. */
function* sliceSeries(series: readonly Series[]): Generator<Series[], void, void> {
  let slice: Series[] = [];
  let samples = 0;
  for (const one of series) {
    slice.push(one);
    samples += one.values.length;
    if (samples < SAMPLES_PER_SLICE) continue;
    yield slice;
    [slice, samples] = [[], 0];
  }
  if (slice.length > 0) yield slice;
}

interface Part {
  readonly found: Series[];
  /** The first series of the next part. */
  readonly next: number;
}

interface PartSize {
  /** How many of the series that are left make the next part. */
  next(left: number): number;
  /** How many samples so many series may have. */
  expect(series: number): number;
  learn(series: number, found: readonly Series[]): void;
}

/** How many series make a part, by what the parts before held. */
function createPartSize({ startMs, endMs }: SelectRequest): PartSize {
  let [series, samples] = [0, 0];
  const perSeries = (): number =>
    series === 0 ? (endMs - startMs) / USUAL_INTERVAL_MS + 1 : Math.max(1, samples / series);
  return {
    next(left) {
      const most = Math.max(1, Math.min(20_000, Math.floor(SAMPLES_PER_PART / perSeries())));
      // Two parts of half the size rather than a whole one and a rest.
      return left > most && left < most * 2 ? Math.ceil(left / 2) : Math.min(left, most);
    },
    expect: (count) => Math.min(2 * SAMPLES_PER_PART, Math.ceil(count * perSeries() * 1.1)),
    learn(count, found) {
      series += count;
      for (const { values } of found) samples += values.length;
    },
  };
}

export interface PartQuestion {
  readonly series: readonly PushedSeries[];
  /** True when the part has every series of its metrics between its first and its last. */
  readonly isWhole: boolean;
  readonly project: string;
  readonly expectedSamples: number;
  readonly request: Pick<SelectRequest, "startMs" | "endMs" | "signal">;
}

async function readPart(store: Engine, part: PartQuestion): Promise<Series[]> {
  // Parts of the table that overlap in time, or samples sent twice: the engine puts them in order, at its price.
  const columns = (await gather(store, part, "by time")) ?? (await gather(store, part, "as they come")) ?? [];
  return columns.flatMap((samples, index) => {
    const labels = part.series[index]?.labels;
    return samples === null || labels === undefined ? [] : [{ labels, ...samples }];
  });
}

async function gather(
  store: Engine,
  part: PartQuestion,
  order: Order,
): Promise<Array<SampleColumns | null> | undefined> {
  const gatherer = createSampleGatherer(
    part.series.map(({ id }) => id),
    part.expectedSamples,
  );
  await store.queryNative({ ...renderSamples(part, order), signal: part.request.signal }, (bytes) => {
    for (const block of readBlocks(bytes)) gatherer.add(block);
    if (gatherer.samples > MAX_SAMPLES) throw tooMany(part.request);
  });
  return gatherer.finish(order);
}

export function renderSamples({ series, isWhole, project, request }: PartQuestion, order: Order): Query {
  const metrics = [...new Set(series.map(({ metric }) => metric))];
  const ids = series.map(({ id }) => toInteger(id));
  const [low, high] = [least(ids), greatest(ids)];
  const isRange = isWhole && metrics.length === 1;
  return {
    // Half the bytes where the lowest words tell the series apart. A series that came after they were listed and has the
    // lowest word of one of them, one of a million, would be taken for it this once.
    sql: `SELECT ${haveShortIds(series.map(({ id }) => id)) ? "reinterpretAsUInt32(series_id)" : "series_id"} AS series, time, value
FROM metric_samples
WHERE project = {project:String} AND metric IN {metrics:Array(String)} AND series_id >= {low:UInt128} AND series_id <= {high:UInt128}${
      isRange ? "" : "\n  AND series_id IN {ids:Array(UInt128)}"
    }
  AND time > fromUnixTimestamp64Milli({startMs:Int64}, 'UTC') AND time <= fromUnixTimestamp64Milli({endMs:Int64}, 'UTC')${
    order === "as they come" ? "\nORDER BY project, metric, series_id, time, block" : ""
  }`,
    parameters: {
      project,
      metrics,
      low,
      high,
      ...(isRange ? {} : { ids }),
      startMs: Math.floor(request.startMs),
      endMs: Math.floor(request.endMs),
    },
    // A second thread would wait for the first: what takes time is handing the rows over.
    settings: { max_threads: 1 },
    timeoutMs: TIMEOUT_MS,
  };
}

function toInteger([first, second, third, fourth]: SeriesId): bigint {
  return (((((BigInt(fourth) << 32n) | BigInt(third)) << 32n) | BigInt(second)) << 32n) | BigInt(first);
}

function least(ids: readonly bigint[]): bigint {
  return ids.reduce((low, id) => (id < low ? id : low));
}

function greatest(ids: readonly bigint[]): bigint {
  return ids.reduce((high, id) => (id > high ? id : high));
}

function tooMany({ startMs, endMs }: Pick<SelectRequest, "startMs" | "endMs">): TooManySamplesError {
  return new TooManySamplesError(
    `a selector has more than ${MAX_SAMPLES} samples between ${startMs} and ${endMs} ms; narrow it`,
  );
}
