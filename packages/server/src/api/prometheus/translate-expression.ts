import {
  type Aggregation,
  type BinaryExpression,
  type Expression,
  findFunction,
  formatValue,
  type Subquery,
  type VectorSelector,
} from "@spanlight/promql";

/** An expression as Prometheus' `parse_query` describes it. */
export function translateExpression(node: Expression): unknown {
  switch (node.kind) {
    case "number":
      return { type: "numberLiteral", val: formatValue(node.value) };
    case "string":
      return { type: "stringLiteral", val: node.value };
    case "paren":
      return { type: "parenExpr", expr: translateExpression(node.expression) };
    case "unary":
      return { type: "unaryExpr", op: node.operator, expr: translateExpression(node.expression) };
    case "vector selector":
      return { type: "vectorSelector", ...translateSelector(node) };
    case "matrix selector":
      return { type: "matrixSelector", ...translateSelector(node.selector), range: node.rangeMs };
    case "subquery":
      return translateSubquery(node);
    case "call":
      return {
        type: "call",
        func: { ...findFunction(node.name), name: node.name },
        args: node.arguments.map((argument) => translateExpression(argument)),
      };
    case "aggregation":
      return translateAggregation(node);
    case "binary":
      return translateBinary(node);
  }
}

function translateAggregation(node: Aggregation): unknown {
  const { operator, expression, parameter, grouping, without } = node;
  return {
    type: "aggregation",
    op: operator,
    expr: translateExpression(expression),
    param: parameter === null ? null : translateExpression(parameter),
    grouping,
    without,
  };
}

function translateBinary(node: BinaryExpression): unknown {
  const { matching } = node;
  return {
    type: "binaryExpr",
    op: node.operator,
    lhs: translateExpression(node.left),
    rhs: translateExpression(node.right),
    matching:
      matching === null
        ? null
        : { card: matching.card, on: matching.on, labels: matching.labels, include: matching.include },
    bool: node.returnBool,
  };
}

function translateSubquery(node: Subquery): unknown {
  const { rangeMs, stepMs } = node;
  const expr = translateExpression(node.expression);
  return { type: "subquery", expr, range: rangeMs, step: stepMs, ...translateTimes(node) };
}

function translateSelector(node: VectorSelector): Record<string, unknown> {
  const matchers = node.matchers.map(({ name, value, type }) => ({ name, value, type }));
  return { name: node.name, matchers, ...translateTimes(node) };
}

function translateTimes({ offsetMs, at }: Pick<VectorSelector, "offsetMs" | "at">): Record<string, unknown> {
  return {
    offset: offsetMs,
    timestamp: typeof at === "number" ? at : null,
    startOrEnd: typeof at === "string" ? at : null,
  };
}
