import type {
  Aggregation,
  AtModifier,
  BinaryExpression,
  DurationExpression,
  DurationOperand,
  Expression,
  MatrixSelector,
  NumberLiteral,
  Subquery,
  VectorMatching,
  VectorSelector,
} from "./ast.ts";
import { isPlainLabelName, isPlainMetricName, METRIC_NAME } from "./labels.ts";
import { formatMatcher } from "./matchers.ts";
import { formatDurationMs } from "./text/duration-text.ts";
import { quote } from "./text/go-text.ts";
import { formatGeneral } from "./text/number-text.ts";

interface Modified {
  readonly at: AtModifier;
  readonly offsetMs: number;
  readonly offsetExpression: DurationExpression | null;
}

function printNumber(node: NumberLiteral): string {
  if (!node.isDuration) return formatGeneral(node.value);
  return formatDurationMs(Math.round(node.value * 1000));
}

function printDuration(node: DurationOperand): string {
  if (node.kind === "number") return printNumber(node);
  const left = node.left === null ? "" : printDuration(node.left);
  const right = node.right === null ? "" : printDuration(node.right);
  const { operator } = node;
  let text: string;
  if (operator === "step" || operator === "range") text = `${operator}()`;
  else if (operator === "min_of" || operator === "max_of") text = `${operator}(${left}, ${right})`;
  else text = node.left === null ? `${operator}${right}` : `${left} ${operator} ${right}`;
  return node.wrapped ? `(${text})` : text;
}

function printRange(durationMs: number, expression: DurationExpression | null): string {
  return expression === null ? formatDurationMs(durationMs) : printDuration(expression);
}

function printAt(at: AtModifier): string {
  if (at === null) return "";
  return typeof at === "number" ? ` @ ${(at / 1000).toFixed(3)}` : ` @ ${at}()`;
}

function printModifiers(node: Modified): string {
  if (node.offsetExpression !== null) {
    return `${printAt(node.at)} offset ${printDuration(node.offsetExpression)}`;
  }
  const offset = node.offsetMs === 0 ? "" : ` offset ${formatDurationMs(node.offsetMs)}`;
  return printAt(node.at) + offset;
}

function printSelectorBody(node: VectorSelector): string {
  const plain = isPlainMetricName(node.name);
  const parts = node.matchers
    .filter(({ type, name, value }) => !(name === METRIC_NAME && type === "=" && value === node.name))
    .map(formatMatcher)
    .toSorted((left, right) => (left < right ? -1 : 1));
  if (node.name !== "" && !plain) parts.unshift(quote(node.name));
  const name = plain ? node.name : "";
  return parts.length === 0 && name !== "" ? name : `${name}{${parts.join(",")}}`;
}

function printExtended(node: VectorSelector): string {
  return node.extended === null ? "" : ` ${node.extended}`;
}

function printMatrix(node: MatrixSelector): string {
  const { selector } = node;
  const range = printRange(node.rangeMs, node.rangeExpression);
  const modifiers = printExtended(selector) + printModifiers(selector);
  return `${printSelectorBody(selector)}[${range}]${modifiers}`;
}

/** `[5m:1m] @ 10.000 offset 1m` of a subquery. */
export function printSubqueryTimes(node: Subquery): string {
  const range = printRange(node.rangeMs, node.rangeExpression);
  const hasStep = node.stepMs !== 0 || node.stepExpression !== null;
  const step = hasStep ? printRange(node.stepMs, node.stepExpression) : "";
  return `[${range}:${step}]${printModifiers(node)}`;
}

function printLabelNames(names: readonly string[]): string {
  return names.map((name) => (isPlainLabelName(name) ? name : quote(name))).join(", ");
}

/** The operator and grouping of an aggregation: `sum by (job) `. */
export function printAggregator(node: Aggregation): string {
  const labels = printLabelNames(node.grouping);
  if (node.without) return `${node.operator} without (${labels}) `;
  return node.grouping.length > 0 ? `${node.operator} by (${labels}) ` : node.operator;
}

function printFill(matching: VectorMatching): string {
  const { fillLeft, fillRight } = matching;
  if (fillLeft !== null && fillLeft === fillRight) return ` fill (${formatGeneral(fillLeft)})`;
  const left = fillLeft === null ? "" : ` fill_left (${formatGeneral(fillLeft)})`;
  const right = fillRight === null ? "" : ` fill_right (${formatGeneral(fillRight)})`;
  return left + right;
}

/** The operator of a binary expression with its modifiers: `/ on (job) group_left ()`. */
export function printOperator(node: BinaryExpression): string {
  const { matching } = node;
  let text: string = node.operator;
  if (node.returnBool) text += " bool";
  if (matching === null) return text;
  if (matching.labels.length > 0 || matching.on) {
    text += ` ${matching.on ? "on" : "ignoring"} (${printLabelNames(matching.labels)})`;
  }
  if (matching.card === "many-to-one" || matching.card === "one-to-many") {
    const group = matching.card === "many-to-one" ? "group_left" : "group_right";
    text += ` ${group} (${printLabelNames(matching.include)})`;
  }
  return text + printFill(matching);
}

/** Writes an expression as Prometheus' own printer does, on one line. */
export function printExpression(node: Expression): string {
  switch (node.kind) {
    case "number":
      return printNumber(node);
    case "string":
      return quote(node.value);
    case "vector selector":
      return printSelectorBody(node) + printExtended(node) + printModifiers(node);
    case "matrix selector":
      return printMatrix(node);
    case "subquery":
      return printExpression(node.expression) + printSubqueryTimes(node);
    case "call":
      return `${node.name}(${node.arguments.map(printExpression).join(", ")})`;
    case "aggregation": {
      const parameter = node.parameter === null ? "" : `${printExpression(node.parameter)}, `;
      return `${printAggregator(node)}(${parameter}${printExpression(node.expression)})`;
    }
    case "binary":
      return `${printExpression(node.left)} ${printOperator(node)} ${printExpression(node.right)}`;
    case "unary":
      return `${node.operator}${printExpression(node.expression)}`;
    case "paren":
      return `(${printExpression(node.expression)})`;
  }
}
