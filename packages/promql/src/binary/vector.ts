// Vector matching. Hot path: see the overrides in .oxlintrc.json.
import type { BinaryExpression, VectorMatching } from "../ast.ts";
import { createColumn, DUPLICATE_LABELS, pruneEmpty, type Column } from "../columns.ts";
import { ExecutionError } from "../errors.ts";
import {
  dropMetricName,
  EMPTY_LABELS,
  formatLabels,
  getLabel,
  labelsKey,
  onlyLabels,
  withLabel,
  withoutLabels,
  type Labels,
} from "../labels.ts";
import type { Operation } from "./operators.ts";
import { groupBySignature, matchingLabels, presenceOf } from "./signature.ts";

/** One evaluation of a matched operator. "One" is the side that must be unique, usually the right. */
interface Task {
  readonly node: BinaryExpression;
  readonly matching: VectorMatching;
  readonly operation: Operation;
  readonly count: number;
  /** True for `group_right`: the many side is on the right. */
  readonly swapped: boolean;
  readonly filters: boolean;
  readonly results: Map<string, Column>;
}

const MANY_TO_ONE_MUST_BE_EXPLICIT =
  "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)";
const MUST_BE_UNIQUE = "multiple matches for labels: grouping labels must ensure unique matches";

function resultLabels(task: Task, many: Labels, one: Labels): Labels {
  const { matching, operation } = task;
  let labels = operation.kind === "arithmetic" ? dropMetricName(many) : many;
  if (matching.card === "one-to-one") {
    const names = new Set(matching.labels);
    labels = matching.on ? onlyLabels(labels, names) : withoutLabels(labels, names);
  }
  for (const name of matching.include) labels = withLabel(labels, name, getLabel(one, name));
  return labels;
}

function resultColumn(task: Task, many: Column, one: Labels): Column {
  const labels = resultLabels(task, many.labels, one);
  const isArithmetic = task.operation.kind === "arithmetic";
  const dropName = !isArithmetic && (many.dropName || task.node.returnBool);
  const key = `${dropName ? 1 : 0}${labelsKey(labels)}`;
  const known = task.results.get(key);
  if (known !== undefined) return known;
  const created = createColumn(labels, dropName, task.count);
  task.results.set(key, created);
  return created;
}

function failDuplicateOne(task: Task, columns: readonly Column[], step: number): never {
  const [first, second] = columns.filter(({ present }) => present[step] === 1);
  const side = task.swapped ? "left" : "right";
  const group = formatLabels(matchingLabels(task.matching)(first?.labels ?? EMPTY_LABELS));
  const both = [second, first].map((column) => formatLabels(column?.labels ?? EMPTY_LABELS));
  throw new ExecutionError(
    `found duplicate series for the match group ${group} on the ${side} hand-side of the operation: ` +
      `[${both.join(", ")}];many-to-many matching not allowed: matching labels must be unique on one side`,
  );
}

/** For every step the index of the present column, or -1. Throws when two are present. */
function pickOnes(task: Task, ones: readonly Column[], manyPresent: Uint8Array): Int32Array {
  const picked = new Int32Array(task.count).fill(-1);
  for (let j = 0; j < ones.length; j++) {
    const { present } = ones[j]!;
    for (let i = 0; i < task.count; i++) {
      if (present[i] === 0) continue;
      if (picked[i]! >= 0 && manyPresent[i] === 1) failDuplicateOne(task, ones, i);
      picked[i] = j;
    }
  }
  return picked;
}

/** Writes one value into a result. Throws when another group of matches has written there. */
function put(out: Column, step: number, value: number): void {
  if (out.present[step] === 1) throw new ExecutionError(DUPLICATE_LABELS);
  out.values[step] = value;
  out.present[step] = 1;
}

/** Computes one step of a match; a comparison that does not hold writes nothing. */
function computeStep(task: Task, out: Column, step: number, sides: { many: number; one: number }): void {
  const left = task.swapped ? sides.one : sides.many;
  const right = task.swapped ? sides.many : sides.one;
  if (task.operation.kind === "arithmetic") put(out, step, task.operation.run(left, right));
  else {
    const holds = task.operation.run(left, right);
    if (!task.filters) put(out, step, holds ? 1 : 0);
    else if (holds) put(out, step, left);
  }
}

/** The usual case: one column on each side. */
function matchPair(task: Task, many: Column, one: Column): void {
  const { operation, swapped, filters, count } = task;
  const out = resultColumn(task, many, one.labels);
  const left = (swapped ? one : many).values;
  const right = (swapped ? many : one).values;
  for (let i = 0; i < count; i++) {
    if (many.present[i] === 0 || one.present[i] === 0) continue;
    if (operation.kind === "arithmetic") put(out, i, operation.run(left[i]!, right[i]!));
    else {
      const holds = operation.run(left[i]!, right[i]!);
      if (!filters) put(out, i, Number(holds));
      else if (holds) put(out, i, left[i]!);
    }
  }
}

/** Several columns on a side: at every step those present are matched. */
function matchMany(task: Task, manys: readonly Column[], ones: readonly Column[], picked: Int32Array): void {
  const oneToOne = task.matching.card === "one-to-one";
  // Who was matched at a step, also where a comparison then drops the result.
  const claims = new Map<Column | null, Uint8Array>();
  for (const many of manys) {
    for (let i = 0; i < task.count; i++) {
      const one = picked[i]! < 0 ? undefined : ones[picked[i]!];
      if (many.present[i] === 0 || one === undefined) continue;
      const out = resultColumn(task, many, one.labels);
      const key = oneToOne ? null : out;
      const claimed = claims.get(key) ?? new Uint8Array(task.count);
      if (claimed[i] === 1) {
        throw new ExecutionError(oneToOne ? MANY_TO_ONE_MUST_BE_EXPLICIT : MUST_BE_UNIQUE);
      }
      claimed[i] = 1;
      claims.set(key, claimed);
      computeStep(task, out, i, { many: many.values[i]!, one: one.values[i]! });
    }
  }
}

function matchGroup(
  task: Task,
  manys: readonly Column[],
  ones: readonly Column[],
  manyPresent: Uint8Array,
): void {
  const [many] = manys;
  const [one] = ones;
  if (many !== undefined && one !== undefined && manys.length === 1 && ones.length === 1) {
    matchPair(task, many, one);
  } else matchMany(task, manys, ones, pickOnes(task, ones, manyPresent));
}

/** A column that stands in for a side without a match, where the other side has one. */
function fillColumn(labels: Labels, fill: number, at: Uint8Array, taken: Uint8Array): Column {
  const present = at.map((one, step) => (taken[step] === 1 ? 0 : one));
  return { labels, dropName: false, values: new Float64Array(at.length).fill(fill), present };
}

type Groups = Map<string, Column[]>;

/** Adds stand-ins to both sides, as `fill_left` and `fill_right` ask. */
function fillGroups(task: Task, manys: Groups, ones: Groups): void {
  const { fillLeft, fillRight } = task.matching;
  const fillMany = task.swapped ? fillRight : fillLeft;
  const fillOne = task.swapped ? fillLeft : fillRight;
  const reduce = matchingLabels(task.matching);
  for (const signature of new Set([...manys.keys(), ...ones.keys()])) {
    const many = manys.get(signature) ?? [];
    const one = ones.get(signature) ?? [];
    const labels = reduce((many[0] ?? one[0])?.labels ?? EMPTY_LABELS);
    const manyAt = presenceOf(many, task.count);
    const oneAt = presenceOf(one, task.count);
    if (fillOne !== null && many.length > 0) {
      ones.set(signature, [...one, fillColumn(labels, fillOne, manyAt, oneAt)]);
    }
    if (fillMany !== null && one.length > 0) {
      manys.set(signature, [...many, fillColumn(labels, fillMany, oneAt, manyAt)]);
    }
  }
}

/** Evaluates an arithmetic operator or comparison between two vectors. */
export function combineVectors(
  node: BinaryExpression,
  operation: Operation,
  sides: { left: readonly Column[]; right: readonly Column[] },
  count: number,
): Column[] {
  const { matching } = node;
  if (matching === null) return [];
  const swapped = matching.card === "one-to-many";
  const task: Task = {
    node,
    matching,
    operation,
    count,
    swapped,
    filters: operation.kind === "comparison" && !node.returnBool,
    results: new Map(),
  };
  const many = swapped ? sides.right : sides.left;
  const one = swapped ? sides.left : sides.right;
  const manys = groupBySignature(many, matching);
  const ones = groupBySignature(one, matching);
  const fills = matching.fillLeft !== null || matching.fillRight !== null;
  if (fills) fillGroups(task, manys, ones);
  const manyPresent = fills ? new Uint8Array(count).fill(1) : presenceOf(many, count);
  for (const [signature, group] of ones) {
    matchGroup(task, manys.get(signature) ?? [], group, manyPresent);
  }
  return pruneEmpty([...task.results.values()]);
}
