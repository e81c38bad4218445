import type { Expression, VectorSelector } from "./ast.ts";
import type { Column, Grid } from "./columns.ts";
import type { Evaluation } from "./evaluation.ts";
import { findReductions, type Reduction } from "./find-reductions.ts";
import { countSamples, countSeries, type Meter } from "./limits.ts";
import type { PartReader, SelectRequest, SeriesReader } from "./reader.ts";
import { reduceParts } from "./reduce-parts.ts";
import type { Series } from "./value.ts";

interface Work {
  readonly reader: SeriesReader;
  readonly requests: ReadonlyMap<VectorSelector, SelectRequest>;
  readonly expression: Expression;
  readonly grid: Grid;
}

type Selected = ReadonlyMap<VectorSelector, readonly Series[]>;
type Reduced = ReadonlyMap<Expression, readonly Column[]>;

function isPartReader(reader: SeriesReader): reader is PartReader {
  return reader.selectParts !== undefined;
}

function withSignal(request: SelectRequest, { signal }: Meter): SelectRequest {
  return signal === undefined ? request : { ...request, signal };
}

/** Reads the series of all selectors, and works out what can be worked out part by part where the reader has parts. */
export async function readAll(
  evaluation: Evaluation,
  work: Work,
): Promise<{ selected: Selected; reduced: Reduced }> {
  const { reader, requests, expression } = work;
  const reductions = isPartReader(reader) ? findReductions(expression) : [];
  const inParts = new Set(reductions.map(({ selector }) => selector));
  const whole = [...requests].filter(([selector]) => !inParts.has(selector));
  const [selected, reduced] = await Promise.all([
    selectAll(reader, whole, evaluation.meter),
    isPartReader(reader) ? reduceAll(evaluation, { ...work, reader }, reductions) : [],
  ]);
  return { selected, reduced: new Map(reduced) };
}

/** Selectors that ask for the same share one answer. */
async function selectAll(
  reader: SeriesReader,
  requests: ReadonlyArray<readonly [VectorSelector, SelectRequest]>,
  meter: Meter,
): Promise<Selected> {
  const answers = new Map<string, Promise<readonly Series[]>>();
  const pending = requests.map(async ([node, request]) => {
    const key = JSON.stringify(request);
    let answer = answers.get(key);
    if (answer === undefined) {
      answer = reader.select(withSignal(request, meter));
      answers.set(key, answer);
      const series = await answer;
      countSeries(meter, series.length);
      const samples = series.reduce((sum, one) => sum + one.values.length, 0);
      countSamples(meter, samples);
    }
    return [node, await answer] as const;
  });
  return new Map(await Promise.all(pending));
}

/** What needs the same series is worked out side by side. */
async function reduceAll(
  evaluation: Evaluation,
  { reader, requests, grid }: Work & { reader: PartReader },
  reductions: readonly Reduction[],
): Promise<Array<readonly [Expression, readonly Column[]]>> {
  const shared = new Map<string, { request: SelectRequest; reductions: Reduction[] }>();
  for (const reduction of reductions) {
    const request = requests.get(reduction.selector);
    if (request === undefined) continue;
    const key = JSON.stringify(request);
    const same = shared.get(key) ?? { request: withSignal(request, evaluation.meter), reductions: [] };
    same.reductions.push(reduction);
    shared.set(key, same);
  }
  const found = [...shared.values()].map((one) => reduceParts(evaluation, { ...one, reader, grid }));
  return (await Promise.all(found)).flat();
}
