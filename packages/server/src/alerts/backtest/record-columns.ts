import {
  dropMetricName,
  labelsKey,
  METRIC_NAME,
  withLabel,
  type Labels,
  type Series,
} from "@spanlight/promql";
import type { WrittenSample } from "../engine/outside.ts";
import type { RecordingRule } from "../rules/rule.ts";

/** The evaluation times of a piece: `firstMs`, `firstMs + stepMs` … up to `endMs`. */
export interface PieceTimes {
  readonly firstMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  /** How far before an evaluation its query looks and its samples lie. */
  readonly offsetMs: number;
}

export interface RecordRequest {
  readonly series: readonly Series[];
  readonly times: PieceTimes;
  /** The series written at the last step of the piece before. */
  readonly before: ReadonlyMap<string, Labels>;
}

function nameSeries(rule: RecordingRule, labels: Labels): Labels {
  let named = withLabel(dropMetricName(labels), METRIC_NAME, rule.name);
  for (const [name, value] of Object.entries(rule.labels)) named = withLabel(named, name, value);
  return named;
}

/** The samples of one series, with a staleness marker at the first step of every gap. */
function toSamples(labels: Labels, { timestampsMs, values }: Series, times: PieceTimes): WrittenSample[] {
  const { stepMs, endMs, offsetMs } = times;
  const samples: WrittenSample[] = [];
  timestampsMs.forEach((timeMs, index) => {
    samples.push({ labels, timeMs, value: values[index] ?? NaN, isStale: false });
    const nextMs = timeMs + stepMs;
    const isLast = nextMs > endMs - offsetMs;
    if (!isLast && timestampsMs[index + 1] !== nextMs) {
      samples.push({ labels, timeMs: nextMs, value: NaN, isStale: true });
    }
  });
  return samples;
}

/** What a recording rule would have written in a piece of time, and which series at its end. */
export function recordColumns(
  rule: RecordingRule,
  { series, times, before }: RecordRequest,
): { samples: WrittenSample[]; last: ReadonlyMap<string, Labels> } {
  const firstMs = times.firstMs - times.offsetMs;
  const lastMs = firstMs + Math.floor((times.endMs - times.firstMs) / times.stepMs) * times.stepMs;
  const started = new Set<string>();
  const last = new Map<string, Labels>();
  const samples = series.flatMap((one) => {
    const labels = nameSeries(rule, one.labels);
    const key = labelsKey(labels);
    if (one.timestampsMs[0] === firstMs) started.add(key);
    if (one.timestampsMs.at(-1) === lastMs) last.set(key, labels);
    return toSamples(labels, one, times);
  });
  const ended = [...before].filter(([key]) => !started.has(key));
  const markers = ended.map(([, labels]) => ({ labels, timeMs: firstMs, value: NaN, isStale: true }));
  return { samples: [...markers, ...samples], last };
}
