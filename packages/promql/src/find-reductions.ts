import {
  childrenOf,
  unwrapParens,
  walk,
  type Aggregation,
  type Call,
  type Expression,
  type VectorSelector,
} from "./ast.ts";
import { typeOf } from "./check.ts";
import { isElementwise } from "./functions/call.ts";
import { canReduce } from "./aggregate/reduce.ts";

/** A part of a query that can be worked out from parts of the series of its only selector. */
export type Reduction = {
  readonly selector: VectorSelector;
} & (
  | { readonly kind: "groups"; readonly node: Aggregation }
  /** Makes one series of each series, and keeps them all. */
  | { readonly kind: "columns"; readonly node: Expression }
);

function hasSelector(node: Expression): boolean {
  let found = false;
  walk(node, ({ kind }) => {
    found ||= kind === "vector selector" || kind === "matrix selector";
  });
  return found;
}

function isPlain({ at, extended }: VectorSelector): boolean {
  return at === null && extended === null;
}

function selectorOfCall(node: Call): VectorSelector | null {
  const vectors = node.arguments.filter((argument) => hasSelector(argument));
  const [only] = vectors;
  if (only === undefined || vectors.length > 1) return null;
  const argument = unwrapParens(only);
  if (argument.kind === "matrix selector") {
    return node.name !== "absent_over_time" && isPlain(argument.selector) ? argument.selector : null;
  }
  return isElementwise(node.name) && typeOf(argument) === "instant vector" ? selectorOf(argument) : null;
}

/** The selector of an expression that makes one series of each of its series; null for any other expression. */
function selectorOf(expression: Expression): VectorSelector | null {
  const node = unwrapParens(expression);
  switch (node.kind) {
    case "vector selector":
      return isPlain(node) ? node : null;
    case "unary":
      return selectorOf(node.expression);
    case "call":
      return selectorOfCall(node);
    case "binary": {
      if (!hasSelector(node.left) && typeOf(node.left) === "scalar") return selectorOf(node.right);
      return !hasSelector(node.right) && typeOf(node.right) === "scalar" ? selectorOf(node.left) : null;
    }
    default:
      return null;
  }
}

/** True for calls that look at the samples of their selector in a way of their own. */
function readsSamples({ name, arguments: given }: Call): boolean {
  return name === "timestamp" && given.some((argument) => unwrapParens(argument).kind === "vector selector");
}

/**
 * The largest parts of a query that can be worked out from parts of the series. What lies in subqueries has steps of its
 * own and is left out.
 */
export function findReductions(expression: Expression): Reduction[] {
  const { kind } = expression;
  if (kind === "subquery" || kind === "matrix selector") return [];
  if (kind === "call" && readsSamples(expression)) return [];
  if (kind === "aggregation" && expression.parameter === null && canReduce(expression.operator)) {
    const selector = selectorOf(expression.expression);
    if (selector !== null) return [{ kind: "groups", node: expression, selector }];
  }
  const selector = selectorOf(expression);
  if (selector !== null) return [{ kind: "columns", node: expression, selector }];
  return childrenOf(expression).flatMap(findReductions);
}
