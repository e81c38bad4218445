import {
  isComparison,
  isSetOperator,
  unwrapParens,
  type Aggregation,
  type BinaryExpression,
  type Call,
  type Expression,
  type ValueType,
  type VectorSelector,
} from "./ast.ts";
import { ParseError, type ParseProblem, type PositionRange } from "./errors.ts";
import { findFunction, type FunctionSignature } from "./function-table.ts";
import { METRIC_NAME } from "./labels.ts";
import { compileMatcher } from "./matchers.ts";
import { quote } from "./text/go-text.ts";

interface Check {
  readonly query: string;
  readonly problems: ParseProblem[];
}

const SCALAR_PARAMETER = new Set(["topk", "bottomk", "quantile", "limitk", "limit_ratio"]);

const TYPES = {
  number: "scalar",
  string: "string",
  "vector selector": "instant vector",
  aggregation: "instant vector",
  "matrix selector": "range vector",
  subquery: "range vector",
} as const satisfies Partial<Record<Expression["kind"], ValueType>>;

/** The type of an expression's value. */
export function typeOf(expression: Expression): ValueType {
  switch (expression.kind) {
    case "call":
      return findFunction(expression.name)?.returns ?? "instant vector";
    case "binary": {
      const sides = [typeOf(expression.left), typeOf(expression.right)];
      return sides.every((type) => type === "scalar") ? "scalar" : "instant vector";
    }
    case "unary":
    case "paren":
      return typeOf(expression.expression);
    default:
      return TYPES[expression.kind];
  }
}

function complain(check: Check, position: PositionRange, message: string): void {
  check.problems.push({ position, message });
}

function expectType(check: Check, expression: Expression, want: ValueType, context: string): void {
  const type = checkNode(check, expression);
  if (type !== want) {
    complain(check, expression.position, `expected type ${want} in ${context}, got ${type}`);
  }
}

function checkAggregation(check: Check, node: Aggregation): void {
  expectType(check, node.expression, "instant vector", "aggregation expression");
  if (node.parameter === null) return;
  if (SCALAR_PARAMETER.has(node.operator)) {
    expectType(check, node.parameter, "scalar", "aggregation parameter");
  }
  if (node.operator === "count_values") {
    expectType(check, node.parameter, "string", "aggregation parameter");
  }
}

/** The part of the query between the operands, without the space around it. */
function operatorRange(check: Check, node: BinaryExpression): PositionRange {
  let start = node.left.position.end;
  let end = node.right.position.start;
  while (start < end && /\s/.test(check.query[start] ?? "")) start++;
  while (end > start && /\s/.test(check.query[end - 1] ?? "")) end--;
  return { start, end };
}

function checkOperator(check: Check, node: BinaryExpression, types: readonly ValueType[]): void {
  const at = operatorRange(check, node);
  if (node.returnBool && !isComparison(node.operator)) {
    complain(check, at, "bool modifier can only be used on comparison operators");
  }
  const scalars = types.every((type) => type === "scalar");
  if (isComparison(node.operator) && !node.returnBool && scalars) {
    complain(check, at, "comparisons between scalars must use BOOL modifier");
  }
  for (const label of node.matching?.labels ?? []) {
    if (node.matching?.on === true && node.matching.include.includes(label)) {
      const message = `label ${quote(label)} must not occur in ON and GROUP clause at once`;
      complain(check, at, message);
    }
  }
}

function checkSetMatching(check: Check, node: BinaryExpression): void {
  const card = node.matching?.card;
  if (card === "many-to-one" || card === "one-to-many") {
    complain(check, node.position, `no grouping allowed for ${quote(node.operator)} operation`);
    complain(check, node.position, "set operations must always be many-to-many");
  }
}

function checkMatching(check: Check, node: BinaryExpression, vectors: boolean): void {
  const { matching } = node;
  if (matching === null) return;
  const filled = matching.fillLeft !== null || matching.fillRight !== null;
  const isSet = isSetOperator(node.operator);
  if (!vectors && matching.labels.length > 0) {
    complain(check, node.position, "vector matching only allowed between instant vectors");
  }
  if (vectors && isSet) checkSetMatching(check, node);
  if (!filled || (vectors && !isSet)) return;
  const where = vectors ? "not allowed for set operators" : "only allowed between instant vectors";
  complain(check, node.position, `filling in missing series ${where}`);
}

function checkBinary(check: Check, node: BinaryExpression): void {
  const types = [checkNode(check, node.left), checkNode(check, node.right)];
  checkOperator(check, node, types);
  [node.left, node.right].forEach((side, index) => {
    if (types[index] !== "scalar" && types[index] !== "instant vector") {
      const message = "binary expression must contain only scalar and instant vector types";
      complain(check, side.position, message);
    }
  });
  checkMatching(
    check,
    node,
    types.every((type) => type === "instant vector"),
  );
  if (types.includes("scalar") && isSetOperator(node.operator)) {
    const message = `set operator ${quote(node.operator)} not allowed in binary scalar expression`;
    complain(check, node.position, message);
  }
}

function checkArgumentCount(check: Check, node: Call, signature: FunctionSignature): void {
  const { variadic, parameters } = signature;
  const got = node.arguments.length;
  const tell = (expected: string): void => {
    const message = `expected ${expected} argument(s) in call to ${quote(node.name)}, got ${got}`;
    complain(check, node.position, message);
  };
  if (variadic === 0) {
    if (got !== parameters.length) tell(`${parameters.length}`);
    return;
  }
  const least = parameters.length - 1;
  if (got < least) tell(`at least ${least}`);
  else if (variadic > 0 && got > least + variadic) tell(`at most ${least + variadic}`);
}

function checkInfoSelector(check: Check, node: Call): void {
  const [, selector] = node.arguments;
  if (node.name !== "info" || selector === undefined) return;
  if (selector.kind !== "vector selector") {
    complain(check, selector.position, "expected label selectors only");
  } else if (selector.name !== "") {
    const message = "expected label selectors only, got vector selector instead";
    complain(check, selector.position, message);
  }
}

function checkCall(check: Check, node: Call): void {
  const signature = findFunction(node.name);
  if (signature === null) return;
  checkArgumentCount(check, node, signature);
  checkInfoSelector(check, node);
  for (const [index, argument] of node.arguments.entries()) {
    if (index >= signature.parameters.length && signature.variadic === 0) break;
    const want = signature.parameters[Math.min(index, signature.parameters.length - 1)];
    if (node.name === "info" && index === 1) continue;
    const type = checkNode(check, argument);
    if (want !== undefined && type !== want) {
      const message = `expected type ${want} in call to function ${quote(node.name)}, got ${type}`;
      complain(check, argument.position, message);
    }
  }
}

function checkSelector(check: Check, node: VectorSelector): void {
  if (node.name !== "") {
    const twice = node.matchers.slice(0, -1).find(({ name }) => name === METRIC_NAME);
    if (twice !== undefined) {
      const names = `${quote(node.name)} or ${quote(twice.value)}`;
      complain(check, node.position, `metric name must not be set twice: ${names}`);
    }
    return;
  }
  if (node.matchers.every((matcher) => compileMatcher(matcher)(""))) {
    complain(check, node.position, "vector selector must contain at least one non-empty matcher");
  }
}

function checkOther(check: Check, node: Expression): void {
  if (node.kind === "unary") {
    const type = checkNode(check, node.expression);
    if (type === "scalar" || type === "instant vector") return;
    const allowed = "unary expression only allowed on expressions of type scalar or instant vector";
    complain(check, node.position, `${allowed}, got ${quote(type)}`);
  }
  if (node.kind === "subquery") {
    const type = checkNode(check, node.expression);
    if (type === "instant vector") return;
    const got = { scalar: "scalar", string: "string", "range vector": "matrix" }[type];
    complain(check, node.position, `subquery is only allowed on instant vector, got ${got} instead`);
  }
}

function checkNode(check: Check, node: Expression): ValueType {
  switch (node.kind) {
    case "aggregation":
      checkAggregation(check, node);
      break;
    case "binary":
      checkBinary(check, node);
      break;
    case "call":
      checkCall(check, node);
      break;
    case "paren":
      checkNode(check, node.expression);
      break;
    case "matrix selector":
      checkSelector(check, node.selector);
      break;
    case "vector selector":
      checkSelector(check, node);
      break;
    case "number":
    case "string":
      break;
    default:
      checkOther(check, node);
  }
  return typeOf(node);
}

/** Finds all type errors, in Prometheus' order and words. `query` is the text it was parsed from. */
export function findTypeProblems(expression: Expression, query: string): ParseProblem[] {
  const check: Check = { query, problems: [] };
  checkNode(check, expression);
  return check.problems;
}

/** Throws `ParseError` when an expression does not type-check. */
export function checkTypes(expression: Expression, query: string): void {
  const problems = findTypeProblems(expression, query);
  if (problems.length > 0) throw new ParseError(query, problems);
}

/** The text of a string argument (a literal, maybe in parentheses). */
export function stringOf(expression: Expression | undefined): string {
  const inner = expression === undefined ? undefined : unwrapParens(expression);
  return inner?.kind === "string" ? inner.value : "";
}
