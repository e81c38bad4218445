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
  /** The signature that last wrote each result, by step: tells the two kinds of duplicates apart. */
  readonly writers: Map<Column, (string | undefined)[]>;
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

/** Computes one step; undefined when the comparison filters it out. */
function computeStep(task: Task, many: number, one: number): number | undefined {
  const left = task.swapped ? one : many;
  const right = task.swapped ? many : one;
  if (task.operation.kind === "arithmetic") return task.operation.run(left, right);
  const holds = task.operation.run(left, right);
  if (!task.filters) return holds ? 1 : 0;
  return holds ? left : undefined;
}

function writeStep(task: Task, out: Column, write: { step: number; value: number; signature: string }): void {
  const { step, value, signature } = write;
  let writers = task.writers.get(out);
  if (out.present[step] === 1) {
    if (task.matching.card === "one-to-one") {
      throw new ExecutionError(
        writers?.[step] === signature ? MANY_TO_ONE_MUST_BE_EXPLICIT : DUPLICATE_LABELS,
      );
    }
    throw new ExecutionError(writers?.[step] === signature ? MUST_BE_UNIQUE : DUPLICATE_LABELS);
  }
  if (writers === undefined) {
    writers = [];
    task.writers.set(out, writers);
  }
  writers[step] = signature;
  out.values[step] = value;
  out.present[step] = 1;
}

/** Both sides of a pair by step: values into `values`, 1 into `present` where there is a result. */
function computePair(task: Task, many: Column, one: Column, out: Column): void {
  const { operation, swapped, filters, count } = task;
  const left = (swapped ? one : many).values;
  const right = (swapped ? many : one).values;
  const { values, present } = out;
  for (let i = 0; i < count; i++) {
    if (many.present[i] === 0 || one.present[i] === 0) continue;
    if (operation.kind === "arithmetic") values[i] = operation.run(left[i]!, right[i]!);
    else {
      const holds = operation.run(left[i]!, right[i]!);
      if (filters && !holds) continue;
      values[i] = filters ? left[i]! : Number(holds);
    }
    present[i] = 1;
  }
}

/** The usual case: one column on each side. */
function matchPair(task: Task, many: Column, one: Column, signature: string): void {
  const out = resultColumn(task, many, one.labels);
  if (!task.writers.has(out)) {
    task.writers.set(out, []);
    computePair(task, many, one, out);
    return;
  }
  const scratch = createColumn(out.labels, out.dropName, task.count);
  computePair(task, many, one, scratch);
  for (let i = 0; i < task.count; i++) {
    if (scratch.present[i] === 1) writeStep(task, out, { step: i, value: scratch.values[i]!, signature });
  }
}

function matchGroup(
  task: Task,
  sides: { manys: readonly Column[]; ones: readonly Column[]; signature: string },
  manyPresent: Uint8Array,
): void {
  const { manys, ones, signature } = sides;
  const [many] = manys;
  const [one] = ones;
  if (many !== undefined && one !== undefined && manys.length === 1 && ones.length === 1) {
    matchPair(task, many, one, signature);
    return;
  }
  const picked = pickOnes(task, ones, manyPresent);
  const oneToOne = task.matching.card === "one-to-one";
  const matched = new Uint8Array(task.count);
  for (const column of manys) {
    for (let i = 0; i < task.count; i++) {
      const partner = picked[i]! < 0 ? undefined : ones[picked[i]!];
      if (column.present[i] === 0 || partner === undefined) continue;
      const value = computeStep(task, column.values[i]!, partner.values[i]!);
      if (value === undefined) continue;
      if (oneToOne && matched[i] === 1) throw new ExecutionError(MANY_TO_ONE_MUST_BE_EXPLICIT);
      matched[i] = 1;
      const out = resultColumn(task, column, partner.labels);
      writeStep(task, out, { step: i, value, signature });
    }
  }
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
    writers: new Map(),
  };
  const many = swapped ? sides.right : sides.left;
  const one = swapped ? sides.left : sides.right;
  const manys = groupBySignature(many, matching);
  const ones = groupBySignature(one, matching);
  if (matching.fillLeft !== null || matching.fillRight !== null) fillGroups(task, manys, ones);
  const manyPresent = presenceOf(many, count);
  for (const [signature, group] of ones) {
    const partners = manys.get(signature) ?? [];
    matchGroup(task, { manys: partners, ones: group, signature }, manyPresent);
  }
  return pruneEmpty([...task.results.values()]);
}
