import {
  childrenOf,
  type Aggregation,
  type BinaryExpression,
  type Call,
  type Expression,
  type VectorSelector,
} from "./ast.ts";
import { stringOf, typeOf } from "./check.ts";
import { METRIC_NAME } from "./labels.ts";
import type { SelectRequest } from "./reader.ts";

/** The times of a query; `stepMs` is 0 for an instant query. */
export interface QueryTimes {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  readonly lookbackMs: number;
}

interface Scope {
  readonly startMs: number;
  readonly endMs: number;
  readonly rangeMs: number;
  readonly func: string;
  readonly grouping: readonly string[];
  readonly by: boolean;
  readonly aggregated: boolean;
  readonly summed: boolean;
  readonly dimensions: readonly string[];
  readonly isMatched: boolean;
}

type Requests = Map<VectorSelector, SelectRequest>;

function atTime(at: number | "start" | "end" | null, times: QueryTimes): number | null {
  if (at === "start") return times.startMs;
  if (at === "end") return times.endMs;
  return at;
}

/** The evaluation times below a node that is shifted by `@` and `offset`. */
function shift(
  node: { at: number | "start" | "end" | null; offsetMs: number },
  scope: Scope,
  times: QueryTimes,
): { startMs: number; endMs: number } {
  const at = atTime(node.at, times);
  return {
    startMs: (at ?? scope.startMs) - node.offsetMs,
    endMs: (at ?? scope.endMs) - node.offsetMs,
  };
}

function requestOf(node: VectorSelector, scope: Scope, times: QueryTimes): SelectRequest {
  const { startMs, endMs } = shift(node, scope, times);
  const back = scope.rangeMs > 0 ? scope.rangeMs : times.lookbackMs;
  const names = new Set([...scope.dimensions, ...node.matchers.map(({ name }) => name)]);
  names.delete(METRIC_NAME);
  return {
    matchers: node.matchers,
    startMs: startMs - back,
    endMs,
    stepMs: times.stepMs,
    rangeMs: scope.rangeMs,
    lookbackMs: times.lookbackMs,
    func: scope.func,
    grouping: scope.grouping,
    by: scope.by,
    aggregated: scope.aggregated,
    summed: scope.summed,
    dimensions: [...names].toSorted(),
    isMatched: scope.isMatched,
  };
}

/** The labels a function reads from its first argument. */
function labelsReadBy(node: Call): string[] {
  switch (node.name) {
    case "label_replace":
      return [stringOf(node.arguments[3])];
    case "label_join":
      return node.arguments.slice(3).map(stringOf);
    case "sort_by_label":
    case "sort_by_label_desc":
      return node.arguments.slice(1).map(stringOf);
    case "histogram_quantile":
    case "histogram_fraction":
    case "histogram_quantiles":
      return ["le"];
    default:
      return [];
  }
}

const UNGROUPED = { grouping: [], by: false, aggregated: false, summed: false };

/** Functions whose sum over series is that of the summed series. */
const ADDITIVE = new Set(["rate", "increase"]);

function planCall(node: Call, scope: Scope, times: QueryTimes, out: Requests): void {
  const dimensions = [...scope.dimensions, ...labelsReadBy(node)];
  const inner = { ...scope, func: node.name, dimensions, summed: scope.summed && ADDITIVE.has(node.name) };
  for (const argument of node.arguments) {
    const isScalar = typeOf(argument) === "scalar";
    planNode(argument, isScalar ? { ...inner, ...UNGROUPED } : inner, times, out);
  }
}

function planAggregation(node: Aggregation, scope: Scope, times: QueryTimes, out: Requests): void {
  const { grouping, without, operator, parameter } = node;
  const selects = operator === "topk" || operator === "bottomk" || operator.startsWith("limit");
  const dimensions = without ? scope.dimensions : [...scope.dimensions, ...grouping];
  const group = selects ? {} : { grouping, by: !without, aggregated: !without, isMatched: false };
  const summed = operator === "sum" && !without;
  planNode(node.expression, { ...scope, func: operator, ...group, dimensions, summed }, times, out);
  if (parameter !== null) planNode(parameter, { ...scope, ...UNGROUPED }, times, out);
}

function planBinary(node: BinaryExpression, scope: Scope, times: QueryTimes, out: Requests): void {
  const { matching } = node;
  const both = [node.left, node.right].every((side) => typeOf(side) === "instant vector");
  const on = matching?.on === true ? matching.labels : [];
  const named = both ? [...on, ...(matching?.include ?? [])] : [];
  const dimensions = [...scope.dimensions, ...named];
  const isMatched = both ? matching?.on !== true && (matching?.labels.length ?? 0) === 0 : scope.isMatched;
  const inner = { ...scope, func: "", ...(both ? UNGROUPED : {}), dimensions, isMatched };
  planNode(node.left, inner, times, out);
  planNode(node.right, inner, times, out);
}

function planNode(node: Expression, scope: Scope, times: QueryTimes, out: Requests): void {
  switch (node.kind) {
    case "vector selector":
      out.set(node, requestOf(node, scope, times));
      return;
    case "matrix selector":
      planNode(node.selector, { ...scope, rangeMs: node.rangeMs }, times, out);
      return;
    case "subquery": {
      const { startMs, endMs } = shift(node, scope, times);
      const inner = { ...scope, startMs: startMs - node.rangeMs, endMs, summed: false };
      planNode(node.expression, inner, times, out);
      return;
    }
    case "call":
      planCall(node, scope, times, out);
      return;
    case "aggregation":
      planAggregation(node, scope, times, out);
      return;
    case "binary":
      planBinary(node, scope, times, out);
      return;
    case "paren":
      planNode(node.expression, scope, times, out);
      return;
    default:
      for (const child of childrenOf(node)) planNode(child, { ...scope, summed: false }, times, out);
  }
}

/** Works out what every selector of a query has to be given. */
export function planSelectors(expression: Expression, times: QueryTimes): Requests {
  const out: Requests = new Map();
  const scope = {
    startMs: times.startMs,
    endMs: times.endMs,
    rangeMs: 0,
    func: "",
    dimensions: [],
    isMatched: false,
    ...UNGROUPED,
  };
  planNode(expression, scope, times, out);
  return out;
}

/** Functions whose value depends on the evaluation time even when their arguments do not. */
const TIME_FUNCTIONS = new Set([
  "days_in_month",
  "day_of_month",
  "day_of_week",
  "day_of_year",
  "hour",
  "minute",
  "month",
  "year",
  "predict_linear",
  "time",
  "timestamp",
]);

/** Functions whose value depends on the evaluation time even when their arguments do not. */
export function dependsOnTime(name: string): boolean {
  return TIME_FUNCTIONS.has(name) || ["start", "end", "step", "range"].includes(name);
}

/** True when a node has the same value at every step (`@` at every selector). */
export function isStepInvariant(node: Expression): boolean {
  if (node.kind === "vector selector" || node.kind === "subquery") return node.at !== null;
  if (node.kind === "call" && TIME_FUNCTIONS.has(node.name)) return false;
  return childrenOf(node).every(isStepInvariant);
}
