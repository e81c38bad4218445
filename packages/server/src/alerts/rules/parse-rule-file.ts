import { ParseError, printExpression, PromqlError, type Expression } from "@spanlight/promql";
import { findTemplateProblem } from "../template/expand.ts";
import { parseRuleExpression } from "./parse-rule-expression.ts";
import { RuleFileError } from "./rule-file-error.ts";
import type { AlertingRule, Rule, RuleGroup, RuleSource } from "./rule.ts";
import {
  complain,
  findEntry,
  openYaml,
  readDuration,
  readFields,
  readItems,
  readNumber,
  readText,
  readTextMap,
  type YamlSource,
} from "./yaml-reader.ts";

const GROUP_FIELDS = ["name", "interval", "query_offset", "limit", "labels", "rules"];
const RULE_FIELDS = ["record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"];
const ALERT_ONLY = ["for", "keep_firing_for", "annotations"];

interface GroupContext {
  readonly source: YamlSource;
  readonly groupName: string;
  readonly groupLabels: Readonly<Record<string, string>>;
}

/** One rule being read. */
interface RuleContext extends GroupContext {
  readonly node: unknown;
  readonly fields: ReadonlyMap<string, unknown>;
  /** `group "a", rule 1, "Hot"`: how messages name the rule. */
  readonly title: string;
}

/**
 * Reads a Prometheus rule file. Unknown fields, broken expressions and broken templates are errors.
 * Throws `RuleFileError` with every problem found.
 */
export function parseRuleFile({ file, text }: RuleSource): readonly RuleGroup[] {
  const source = openYaml(text);
  if (source.problems.length > 0) throw new RuleFileError(file, source.problems);
  const root = readFields(source, source.document.contents, { known: ["groups"], what: "rule file" });
  const names = new Set<string>();
  const groups = readItems(source, root.get("groups"), "groups").map((node) => {
    const group = readGroup(source, node, file);
    if (group.name === "") complain(source, node, "groupname must not be empty");
    if (names.has(group.name)) {
      complain(source, node, `groupname: "${group.name}" is repeated in the same file`);
    }
    names.add(group.name);
    return group;
  });
  if (source.problems.length > 0) throw new RuleFileError(file, source.problems);
  return groups;
}

function readGroup(source: YamlSource, node: unknown, file: string): RuleGroup {
  const fields = readFields(source, node, { known: GROUP_FIELDS, what: "rule group" });
  const groupName = readText(source, fields.get("name"));
  const groupLabels = readTextMap(source, fields.get("labels"), "labels");
  checkLabelNames(source, groupLabels, { node, title: `group "${groupName}"` });
  const limit = readNumber(source, fields.get("limit"), 0);
  if (!Number.isInteger(limit)) complain(source, fields.get("limit"), "limit must be a whole number");
  const intervalMs = readDuration(source, fields.get("interval"));
  const rules = readItems(source, fields.get("rules"), "rules").flatMap((ruleNode, index) => {
    const rule = readRule({ source, groupName, groupLabels }, ruleNode, index + 1);
    return rule ?? [];
  });
  return {
    file,
    name: groupName,
    intervalMs: intervalMs === 0 ? null : intervalMs,
    limit,
    queryOffsetMs: readDuration(source, fields.get("query_offset")) ?? 0,
    rules,
  };
}

function checkLabelNames(
  source: YamlSource,
  labels: Readonly<Record<string, string>>,
  { node, title }: { node: unknown; title: string },
): void {
  for (const name of Object.keys(labels)) {
    if (name !== "" && name !== "__name__") continue;
    complain(source, node, `${title}: invalid label name: ${name}`);
  }
}

function readRule(group: GroupContext, node: unknown, number: number): Rule | null {
  const { source, groupName } = group;
  const fields = readFields(source, node, { known: RULE_FIELDS, what: "rule" });
  const [record, alert] = [readText(source, fields.get("record")), readText(source, fields.get("alert"))];
  const title = `group "${groupName}", rule ${number}, "${alert || record}"`;
  const context: RuleContext = { ...group, node, fields, title };
  if (record !== "" && alert !== "") {
    complain(source, node, `${title}: only one of 'record' and 'alert' must be set`);
  }
  if (record === "" && alert === "") {
    complain(source, node, `${title}: one of 'record' or 'alert' must be set`);
  }
  const expression = readExpression(context);
  const ownLabels = readTextMap(source, fields.get("labels"), "labels");
  checkLabelNames(source, ownLabels, context);
  const labels = { ...group.groupLabels, ...ownLabels };
  if (expression === null) return null;
  const body = { name: alert || record, query: printExpression(expression), expression, labels };
  if (alert !== "") return readAlert(context, body);
  checkRecord(context, record);
  return { kind: "recording", ...body };
}

function readExpression({ source, fields, node, title }: RuleContext): Expression | null {
  const text = readText(source, fields.get("expr"));
  if (text === "") {
    complain(source, node, `${title}: field 'expr' must be set in rule`);
    return null;
  }
  try {
    return parseRuleExpression(text);
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error;
    const textOffset = error instanceof ParseError ? (error.problems[0]?.position.start ?? 0) : 0;
    complain(source, fields.get("expr"), `${title}: could not parse expression: ${error.message}`, {
      kind: "expression",
      textOffset,
    });
    return null;
  }
}

function checkRecord({ source, fields, node, title }: RuleContext, record: string): void {
  for (const name of ALERT_ONLY) {
    if (fields.has(name)) {
      complain(source, fields.get(name) ?? node, `${title}: invalid field '${name}' in recording rule`);
    }
  }
  // Any UTF-8 is a name; braces are an expression in the wrong field.
  if (/[{}]/.test(record)) {
    const problem = `braces present in the recording rule name; should it be in expr?: ${record}`;
    complain(source, fields.get("record"), `${title}: ${problem}`);
  }
}

function readAlert(
  context: RuleContext,
  body: Omit<AlertingRule, "kind" | "forMs" | "keepFiringForMs" | "annotations">,
): AlertingRule {
  const { source, fields, node, title } = context;
  const annotations = readTextMap(source, fields.get("annotations"), "annotations");
  for (const name of Object.keys(annotations)) {
    if (name === "") complain(source, node, `${title}: invalid annotation name: ${name}`);
  }
  checkTemplates(context, "label", body.labels);
  checkTemplates(context, "annotation", annotations);
  return {
    kind: "alerting",
    ...body,
    forMs: readDuration(source, fields.get("for")) ?? 0,
    keepFiringForMs: readDuration(source, fields.get("keep_firing_for")) ?? 0,
    annotations,
  };
}

function checkTemplates(
  { source, node, title, fields }: RuleContext,
  what: "label" | "annotation",
  texts: Readonly<Record<string, string>>,
): void {
  const name = `__alert_${readText(source, fields.get("alert"))}`;
  for (const [key, text] of Object.entries(texts)) {
    const problem = findTemplateProblem(text, name);
    if (problem === null) continue;
    const place = findEntry(source, fields.get(`${what}s`), key) ?? node;
    complain(source, place, `${title}: ${what} "${key}": ${problem}`, { kind: "template" });
  }
}
