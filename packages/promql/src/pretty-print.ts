import type { Expression } from "./ast.ts";
import { printAggregator, printExpression, printOperator, printSubqueryTimes } from "./print.ts";

const MAX_LINE_LENGTH = 100;
const INDENT = "  ";

function listLines(nodes: readonly Expression[], level: number): string {
  return nodes.map((node) => prettyPrint(node, level)).join(",\n");
}

/**
 * Writes an expression over several lines when it is longer than 100 characters, as Prometheus'
 * `format_query` does. `level` is the depth of indentation.
 */
export function prettyPrint(node: Expression, level = 0): string {
  const indent = INDENT.repeat(level);
  const text = printExpression(node);
  if (text.length <= MAX_LINE_LENGTH) return indent + text;
  switch (node.kind) {
    case "aggregation": {
      const parts = node.parameter === null ? [] : [node.parameter];
      const body = listLines([...parts, node.expression], level + 1);
      return `${indent}${printAggregator(node)}(\n${body}\n${indent})`;
    }
    case "call":
      return `${indent}${node.name}(\n${listLines(node.arguments, level + 1)}\n${indent})`;
    case "binary": {
      const left = prettyPrint(node.left, level + 1);
      const right = prettyPrint(node.right, level + 1);
      return `${left}\n${indent}${printOperator(node)}\n${right}`;
    }
    case "paren":
      return `${indent}(\n${prettyPrint(node.expression, level + 1)}\n${indent})`;
    case "subquery":
      return prettyPrint(node.expression, level) + printSubqueryTimes(node);
    case "unary":
      return `${indent}${node.operator}${prettyPrint(node.expression, level).trimStart()}`;
    default:
      return indent + text;
  }
}
