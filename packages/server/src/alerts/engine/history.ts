import type { Sample } from "@spanlight/promql";

/** One evaluation of a rule as it was seen. Times in ms. */
export interface EvaluationRecord {
  readonly atMs: number;
  readonly durationMs: number;
  readonly error: string | null;
  readonly state: "inactive" | "pending" | "firing";
  /** The samples the rule looked at: what it compares, when it compares one vector with a number. */
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
  /** How many samples there were; `samples` holds the first few. */
  readonly sampleCount: number;
}

/** The last evaluations of a rule, oldest first. */
export interface History {
  add(record: EvaluationRecord): void;
  list(): readonly EvaluationRecord[];
}

/** Samples kept of one evaluation. */
const MAX_SAMPLES = 20;

export function createHistory(limit: number, earlier: readonly EvaluationRecord[] = []): History {
  const records = earlier.slice(-limit);
  return {
    add(record) {
      records.push(record);
      if (records.length > limit) records.shift();
    },
    list: () => [...records],
  };
}

/** The samples an evaluation record keeps: the largest values first matter most, so they are kept. */
export function keepSamples(samples: readonly Sample[]): readonly Sample[] {
  if (samples.length <= MAX_SAMPLES) return samples;
  return samples.toSorted((left, right) => right.value - left.value).slice(0, MAX_SAMPLES);
}
