import { walk, type Expression } from "./ast.ts";
import type { PositionRange } from "./errors.ts";

/** A part of an expression that parses and cannot be evaluated yet. */
export interface UnsupportedPart {
  readonly message: string;
  readonly position: PositionRange;
}

const UNSUPPORTED_FUNCTIONS = new Set(["info", "start_timestamp"]);

/**
 * The first part of an expression that `evaluate` would refuse with `UnsupportedFeatureError`, or null: so that
 * a rule can be refused when it is read instead of failing at every evaluation.
 */
export function findUnsupported(expression: Expression): UnsupportedPart | null {
  let found: UnsupportedPart | null = null;
  walk(expression, (node) => {
    found ??= describeUnsupported(node);
  });
  return found;
}

function describeUnsupported(node: Expression): UnsupportedPart | null {
  const { position } = node;
  if (node.kind === "call" && UNSUPPORTED_FUNCTIONS.has(node.name)) {
    return { message: `function ${node.name}() is not supported yet`, position };
  }
  const selector = node.kind === "matrix selector" ? node.selector : node;
  if (selector.kind !== "vector selector" || selector.extended === null) return null;
  return { message: `the ${selector.extended} modifier is not supported yet`, position };
}
