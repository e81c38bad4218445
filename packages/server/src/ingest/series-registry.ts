import { createHash } from "node:crypto";
import type { BoundGrid, ExponentialBuckets } from "./exponential-buckets.ts";
import { createAnnounced, type Announced, type Series } from "./series.ts";

/** What is remembered of one data point's identity: its series, and the running totals where it is sent as deltas. */
export interface PointSeries {
  readonly key: string;
  /** By what tells them apart: `` for the value, `sum`, `count`, `le=0.5`, `quantile=0.9`. */
  readonly series: Map<string, Series>;
  /** Explicit buckets: the bounds and their series in that order (+Inf last), so that they need not be looked up. */
  buckets: { readonly bounds: readonly number[]; readonly series: readonly Series[] } | null;
  /** The bounds an exponential histogram has had so far. */
  grid: BoundGrid | null;
  /** Never changed in place: taking back is putting the old one back. */
  totals: RunningTotals | null;
  lastSeenMs: number;
}

/** Where a series of deltas stands: everything since it was first seen, added up. */
export interface RunningTotals {
  /** Unix milliseconds of the newest delta. */
  readonly timeMs: number;
  readonly count: number;
  readonly sum: number;
  /** Explicit buckets: their bounds, and counts per bucket, not cumulative. */
  readonly bounds: readonly number[];
  readonly buckets: readonly number[];
  readonly exponential: ExponentialBuckets | null;
}

/** A series that has not been seen for this long may be forgotten: its labels are told again and its totals start anew. */
const idleMs = 30 * 60_000;
/** Looking for idle series costs a walk over all of them. */
const sweepEveryMs = 60_000;
const maxFamilies = 50_000;
const longestKey = 256;

/**
 * The series seen lately. Bounded: a series takes about 500 bytes (its key, an id, two maps' entries), a point identity counts as one
 * more, so `maxSeries` × 500 bytes.
 * At the limit the ones idle for half an hour go; where there are none, new ones are refused.
 */
export class SeriesRegistry {
  private readonly points = new Map<string, PointSeries>();
  private readonly families = new Map<string, Announced>();
  private readonly maxSeries: number;
  private readonly now: () => number;
  private count = 0;
  private nextSweepMs = 0;

  constructor(options: { maxSeries: number; now: () => number }) {
    this.maxSeries = options.maxSeries;
    this.now = options.now;
  }

  /** What the store was told of a metric family. */
  family(name: string): Announced {
    const key = shorten(name);
    let family = this.families.get(key);
    if (family === undefined) {
      if (this.families.size >= maxFamilies) this.families.clear(); // they are told again
      family = createAnnounced();
      this.families.set(key, family);
    }
    return family;
  }

  find(name: string): PointSeries | undefined {
    const point = this.points.get(shorten(name));
    if (point !== undefined) point.lastSeenMs = this.now();
    return point;
  }

  /** A new point identity; undefined where `seriesCount` more series would be too many. */
  add(name: string, seriesCount: number): PointSeries | undefined {
    const key = shorten(name);
    if (!this.hasRoom(seriesCount + 1)) return undefined;
    const point: PointSeries = {
      key,
      series: new Map(),
      buckets: null,
      grid: null,
      totals: null,
      lastSeenMs: this.now(),
    };
    this.points.set(key, point);
    this.count += 1;
    return point;
  }

  /** True where so many series more may be added. */
  hasRoom(seriesCount: number): boolean {
    if (this.count + seriesCount <= this.maxSeries) return true;
    this.sweep();
    return this.count + seriesCount <= this.maxSeries;
  }

  addSeries(point: PointSeries, kind: string, series: Series): void {
    point.series.set(kind, series);
    this.count += 1;
  }

  private sweep(): void {
    const now = this.now();
    if (now < this.nextSweepMs) return;
    this.nextSweepMs = now + sweepEveryMs;
    for (const [key, point] of this.points) {
      if (now - point.lastSeenMs < idleMs) continue;
      this.points.delete(key);
      this.count -= point.series.size + 1;
    }
  }
}

/** Attributes of a point and descriptions of a metric may be of any length; a key is not. */
function shorten(key: string): string {
  return key.length <= longestKey ? key : createHash("sha256").update(key, "utf8").digest("base64url");
}
