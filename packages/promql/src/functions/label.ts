import type { RE2JS } from "re2js";
import type { Call } from "../ast.ts";
import { stringOf } from "../check.ts";
import { mergeColumns, type Column } from "../columns.ts";
import { ExecutionError } from "../errors.ts";
import { compareLabels, getLabel, isValidLabelName, METRIC_NAME, withLabel, type Labels } from "../labels.ts";
import { compileAnchored } from "../matchers.ts";
import { compareText } from "../text/go-text.ts";

const REFERENCE = /\$(?:(\$)|\{(\w+)\}|(\w+))/g;

type Match = ReturnType<RE2JS["matcher"]>;

function groupText(match: Match, name: string): string {
  if (/^\d+$/.test(name)) {
    const index = Number(name);
    return index > match.groupCount() ? "" : (match.group(index) ?? "");
  }
  try {
    return match.group(name) ?? "";
  } catch {
    return ""; // Go expands unknown names to nothing.
  }
}

/** Expands `$1`, `${name}` and `$$` as Go's regexp does. */
function expand(template: string, match: Match): string {
  return template.replaceAll(REFERENCE, (_, dollar, braced, bare) =>
    dollar === undefined ? groupText(match, String(braced ?? bare)) : "$",
  );
}

function relabel(column: Column, name: string, value: string): Column {
  const labels = withLabel(column.labels, name, value);
  return { ...column, labels, dropName: name === METRIC_NAME ? false : column.dropName };
}

function checkName(name: string, what: string): void {
  if (!isValidLabelName(name)) throw new ExecutionError(`invalid ${what}: ${name}`);
}

/** `label_replace(v, dst, replacement, src, regex)`. */
export function labelReplace(node: Call, columns: readonly Column[]): Column[] {
  const [, dst = "", replacement = "", src = "", pattern = ""] = node.arguments.map(stringOf);
  let regex: RE2JS;
  try {
    regex = compileAnchored(pattern);
  } catch (cause) {
    const message = `invalid regular expression in label_replace(): ${pattern}`;
    throw new ExecutionError(message, { cause });
  }
  checkName(dst, "destination label name in label_replace()");
  const replaced = columns.map((column) => {
    const match = regex.matcher(getLabel(column.labels, src));
    return match.matches() ? relabel(column, dst, expand(replacement, match)) : column;
  });
  return mergeColumns(replaced);
}

/** `label_join(v, dst, separator, src…)`. */
export function labelJoin(node: Call, columns: readonly Column[]): Column[] {
  const [, dst = "", separator = "", ...sources] = node.arguments.map(stringOf);
  for (const source of sources) checkName(source, "source label name in label_join()");
  checkName(dst, "destination label name in label_join()");
  const joined = columns.map((column) => {
    const values = sources.map((source) => getLabel(column.labels, source));
    return relabel(column, dst, values.join(separator));
  });
  return mergeColumns(joined);
}

/** Natural order: runs of digits compare as numbers. */
function compareNaturally(left: string, right: string): number {
  const leftParts = left.match(/\d+|\D+/g) ?? [];
  const rightParts = right.match(/\d+|\D+/g) ?? [];
  for (const [index, part] of leftParts.entries()) {
    const other = rightParts[index];
    if (other === undefined) return 1;
    const numbers = /^\d/.test(part) && /^\d/.test(other);
    const order = numbers ? Number(part) - Number(other) : compareText(part, other);
    if (order !== 0) return order;
  }
  return leftParts.length - rightParts.length;
}

function compareBy(names: readonly string[], left: Labels, right: Labels): number {
  for (const name of names) {
    const order = compareNaturally(getLabel(left, name), getLabel(right, name));
    if (order !== 0) return order;
  }
  return compareLabels(left, right);
}

/** `sort_by_label(v, label…)`; descending with `sign` -1. */
export function sortByLabel(node: Call, columns: readonly Column[], sign: 1 | -1): Column[] {
  const names = node.arguments.slice(1).map(stringOf);
  return columns.toSorted((left, right) => sign * compareBy(names, left.labels, right.labels));
}
