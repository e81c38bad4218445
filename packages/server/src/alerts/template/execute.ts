import { TemplateExpandError } from "./errors.ts";
import type { TemplateFunction } from "./go-functions.ts";
import { readField } from "./methods.ts";
import type { Command, Node, Operand, Pipeline, RangeNode, Template } from "./node.ts";
import { printValue } from "./print-value.ts";
import { isTrue, type Value } from "./value.ts";

interface Variable {
  readonly name: string;
  value: Value;
}

interface Execution {
  readonly template: Template;
  readonly functions: Readonly<Record<string, TemplateFunction>>;
  variables: Variable[];
  depth: number;
  out: string;
}

type Outcome = "done" | "break" | "continue";

/** Templates that call each other deeper than this are taken for an endless loop. */
const MAX_DEPTH = 100;
/** Longer output is no label or annotation any more. */
const MAX_OUTPUT = 1_000_000;

/** Expands a parsed template. Throws `TemplateExpandError`, or `QueryNeededError` for `query`. */
export function executeTemplate(
  template: Template,
  data: Value,
  functions: Readonly<Record<string, TemplateFunction>>,
): string {
  const variables = [{ name: "$", value: data }];
  const execution: Execution = { template, functions, variables, depth: 0, out: "" };
  runNodes(execution, template.nodes, data);
  return execution.out;
}

function write(execution: Execution, text: string): void {
  execution.out += text;
  if (execution.out.length > MAX_OUTPUT) throw new TemplateExpandError("the output is too long");
}

function runNodes(execution: Execution, nodes: readonly Node[], dot: Value): Outcome {
  const scope = execution.variables.length;
  for (const node of nodes) {
    const outcome = runNode(execution, node, dot);
    if (outcome === "done") continue;
    execution.variables.length = scope;
    return outcome;
  }
  execution.variables.length = scope;
  return "done";
}

function runNode(execution: Execution, node: Node, dot: Value): Outcome {
  switch (node.kind) {
    case "text":
      write(execution, node.text);
      return "done";
    case "action": {
      const value = runPipeline(execution, node.pipeline, dot);
      if (node.pipeline.variables.length === 0) write(execution, printValue(value));
      return "done";
    }
    case "if":
    case "with":
      return runBranch(execution, node, dot);
    case "range":
      return runRange(execution, node, dot);
    case "template":
      runTemplate(
        execution,
        node.name,
        node.pipeline === null ? null : runPipeline(execution, node.pipeline, dot),
      );
      return "done";
    case "break":
    case "continue":
      return node.kind;
  }
}

function runBranch(execution: Execution, node: Extract<Node, { kind: "if" | "with" }>, dot: Value): Outcome {
  const scope = execution.variables.length;
  const value = runPipeline(execution, node.pipeline, dot);
  const outcome = isTrue(value)
    ? runNodes(execution, node.body, node.kind === "with" ? value : dot)
    : runNodes(execution, node.otherwise, dot);
  execution.variables.length = scope;
  return outcome;
}

function listItems(value: Value): [Value, Value][] {
  if (value === null || value === undefined) return [];
  if (typeof value === "bigint")
    return Array.from({ length: Number(value) }, (_, i) => [BigInt(i), BigInt(i)]);
  if (typeof value === "object" && value.kind === "list") {
    return value.items.map((item, index) => [BigInt(index), item]);
  }
  if (typeof value === "object" && value.kind === "map") {
    return [...value.entries].toSorted(([left], [right]) => (left < right ? -1 : 1));
  }
  throw new TemplateExpandError(`range can't iterate over ${printValue(value)}`);
}

function runRange(execution: Execution, node: RangeNode, dot: Value): Outcome {
  const { variables: names } = node.pipeline;
  const scope = execution.variables.length;
  const items = listItems(runPipeline(execution, node.pipeline, dot));
  for (const [key, item] of items) {
    execution.variables.length = scope;
    const values = names.length === 2 ? [key, item] : [item];
    names.forEach((name, index) => execution.variables.push({ name, value: values[index] }));
    if (runNodes(execution, node.body, item) === "break") break;
  }
  execution.variables.length = scope;
  return items.length === 0 ? runNodes(execution, node.otherwise, dot) : "done";
}

function runTemplate(execution: Execution, name: string, dot: Value): void {
  const nodes = execution.template.defined.get(name);
  if (nodes === undefined) throw new TemplateExpandError(`template ${JSON.stringify(name)} not defined`);
  if (execution.depth >= MAX_DEPTH) throw new TemplateExpandError("exceeded maximum template depth");
  const outer = execution.variables;
  execution.variables = [{ name: "$", value: dot }];
  execution.depth++;
  runNodes(execution, nodes, dot);
  execution.depth--;
  execution.variables = outer;
}

function runPipeline(execution: Execution, pipeline: Pipeline, dot: Value): Value {
  let value: Value;
  pipeline.commands.forEach((command, index) => {
    value = runCommand(execution, command, { dot, piped: index === 0 ? [] : [value] });
  });
  for (const name of pipeline.variables) {
    if (pipeline.isAssignment) findVariable(execution, name).value = value;
    else execution.variables.push({ name, value });
  }
  return value;
}

interface Place {
  readonly dot: Value;
  /** The value of the command before, if there was one. */
  readonly piped: readonly Value[];
}

function runCommand(execution: Execution, command: Command, place: Place): Value {
  const [head, ...rest] = command;
  if (head === undefined) return null;
  if (head.kind === "function") return callFunction(execution, head.name, { rest, ...place });
  if (head.kind === "literal" && head.value === null) throw new TemplateExpandError("nil is not a command");
  const values = [...rest.map((operand) => runOperand(execution, operand, place.dot)), ...place.piped];
  if (values.length > 0 && !hasPath(head)) {
    throw new TemplateExpandError(`can't give argument to non-function ${describe(head)}`);
  }
  return runOperand(execution, head, place.dot, values[0]);
}

function hasPath(operand: Operand): boolean {
  return "path" in operand && operand.path.length > 0;
}

function describe(operand: Operand): string {
  if (operand.kind === "literal") return printValue(operand.value);
  if (operand.kind === "field") return `.${operand.path.join(".")}`;
  return "name" in operand ? operand.name : operand.kind;
}

/** Calls a function; `and` and `or` look at no argument behind the one that decides. */
function callFunction(
  execution: Execution,
  name: string,
  { rest, dot, piped }: Place & { rest: readonly Operand[] },
): Value {
  if (name === "and" || name === "or") {
    for (const [index, operand] of rest.entries()) {
      const value = runOperand(execution, operand, dot);
      const isLast = index === rest.length - 1 && piped.length === 0;
      if (isLast || isTrue(value) === (name === "or")) return value;
    }
  }
  const values = [...rest.map((operand) => runOperand(execution, operand, dot)), ...piped];
  try {
    return execution.functions[name]?.(...values);
  } catch (error) {
    if (!(error instanceof TemplateExpandError) || error.message.startsWith("error calling")) throw error;
    throw new TemplateExpandError(`error calling ${name}: ${error.message}`, { cause: error });
  }
}

function findVariable(execution: Execution, name: string): Variable {
  const found = execution.variables.findLast((variable) => variable.name === name);
  if (found === undefined) throw new TemplateExpandError(`undefined variable: ${name}`);
  return found;
}

/** Walks `.A.B`; an argument is for the method at the end of the path. */
function followPath(value: Value, path: readonly string[], argument?: Value): Value {
  return path.reduce<Value>(
    (current, name, index) => readField(current, name, index === path.length - 1 ? argument : undefined),
    value,
  );
}

function runOperand(execution: Execution, operand: Operand, dot: Value, argument?: Value): Value {
  switch (operand.kind) {
    case "literal":
      return operand.value;
    case "dot":
      return dot;
    case "field":
      return followPath(dot, operand.path, argument);
    case "variable":
      return followPath(findVariable(execution, operand.name).value, operand.path, argument);
    case "function":
      return callFunction(execution, operand.name, { rest: [], dot, piped: [] });
    case "pipeline":
      return followPath(runPipeline(execution, operand.pipeline, dot), operand.path, argument);
  }
}
