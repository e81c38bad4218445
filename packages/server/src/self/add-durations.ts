import { Histogram, type Registry } from "prom-client";
import { durationBoundsMs, type Durations } from "./durations.ts";

/** Durations of one set of labels. */
export interface LabelledDurations {
  readonly labels: Readonly<Record<string, string>>;
  readonly durations: Durations;
}

export interface DurationHistogramOptions {
  /** Ends in `_seconds`. */
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  /** Upper bounds in seconds; each is one of `durationBoundsMs`, so that its count is exact. */
  readonly buckets: readonly number[];
  readonly read: () => Iterable<LabelledDurations>;
}

/** A histogram of durations that are counted elsewhere: `read` tells them whenever somebody asks. */
export function addDurations(registry: Registry, options: DurationHistogramOptions): void {
  registry.registerMetric(new DurationHistogram(options));
}

interface RenderedValue {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

interface RenderedHistogram {
  readonly name: string;
  readonly help: string;
  readonly type: "histogram";
  readonly aggregator: "sum";
  readonly values: readonly RenderedValue[];
}

class DurationHistogram extends Histogram {
  private readonly options: DurationHistogramOptions;
  /** With each bucket the index of the last count that belongs to it. */
  private readonly buckets: readonly { readonly le: number; readonly last: number }[];

  constructor(options: DurationHistogramOptions) {
    const { name, help, labelNames = [], buckets } = options;
    super({ name, help, labelNames: [...labelNames], buckets: [...buckets], registers: [] });
    this.options = options;
    this.buckets = buckets.map((le) => ({ le, last: durationBoundsMs.indexOf(le * 1000) }));
    const unknown = this.buckets.find(({ last }) => last === -1);
    if (unknown !== undefined) throw new RangeError(`${name}: nothing is counted by ${unknown.le} s`);
  }

  /** What a registry asks for, whichever form it renders; the base class has it and its types do not. */
  getForPromString(): Promise<RenderedHistogram> {
    const { name, help, read } = this.options;
    const values = [...read()].flatMap((series) => this.toValues(series));
    return Promise.resolve({ name, help, type: "histogram", aggregator: "sum", values });
  }

  private toValues({ labels, durations }: LabelledDurations): RenderedValue[] {
    const { name } = this.options;
    const upTo = (last: number): number =>
      durations.counts.subarray(0, last + 1).reduce((sum, count) => sum + count, 0);
    const count = upTo(durations.counts.length - 1);
    return [
      ...this.buckets.map(({ le, last }) => ({
        metricName: `${name}_bucket`,
        labels: { ...labels, le },
        value: upTo(last),
      })),
      { metricName: `${name}_bucket`, labels: { ...labels, le: "+Inf" }, value: count },
      { metricName: `${name}_sum`, labels, value: durations.sumMs / 1000 },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}
