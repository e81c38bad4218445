import { parseSeriesLabels, parseSeriesNotation, type Labels, type SeriesNotation } from "@spanlight/promql";
import { RuleFileError } from "../rules/rule-file-error.ts";
import {
  complain,
  openYaml,
  readDuration,
  readFields,
  readItems,
  readNumber,
  readText,
  readTextMap,
  type YamlSource,
} from "../rules/yaml-reader.ts";

export interface ExpectedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface AlertCase {
  readonly timeMs: number;
  readonly alertName: string;
  readonly alerts: readonly ExpectedAlert[];
}

export interface ExpressionCase {
  readonly timeMs: number;
  readonly expression: string;
  readonly samples: readonly { readonly labels: Labels; readonly value: number }[];
}

/** One test: series, and what rules and expressions make of them. Times count from 0. */
export interface UnitTest {
  readonly name: string;
  readonly intervalMs: number;
  readonly startMs: number;
  readonly series: readonly SeriesNotation[];
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
  readonly alertCases: readonly AlertCase[];
  readonly expressionCases: readonly ExpressionCase[];
}

export interface UnitTestFile {
  readonly file: string;
  /** As written: relative to the file, with wildcards. */
  readonly ruleFiles: readonly string[];
  readonly evaluationIntervalMs: number;
  readonly groupOrder: readonly string[];
  /** Whether values that differ in the last bits only are equal. */
  readonly isFuzzy: boolean;
  readonly tests: readonly UnitTest[];
}

const DEFAULT_INTERVAL_MS = 60_000;
const FILE_FIELDS = ["rule_files", "evaluation_interval", "group_eval_order", "fuzzy_compare", "tests"];
const TEST_FIELDS = [
  "name",
  "interval",
  "start_timestamp",
  "input_series",
  "alert_rule_test",
  "promql_expr_test",
  "external_labels",
  "external_url",
];

/** Reads a unit-test file in promtool's format. Throws `RuleFileError` with every problem found. */
export function parseUnitTestFile(file: string, text: string): UnitTestFile {
  const source = openYaml(text);
  if (source.problems.length > 0) throw new RuleFileError(file, source.problems);
  const root = readFields(source, source.document.contents, { known: FILE_FIELDS, what: "unit test file" });
  const readTexts = (name: string): string[] =>
    readItems(source, root.get(name), name).map((node) => readText(source, node));
  const groupOrder = readTexts("group_eval_order");
  const repeated = groupOrder.find((name, index) => groupOrder.indexOf(name) !== index);
  if (repeated !== undefined) {
    complain(source, root.get("group_eval_order"), `group name repeated in evaluation order: ${repeated}`);
  }
  const parsed = {
    file,
    ruleFiles: readTexts("rule_files"),
    evaluationIntervalMs: readDuration(source, root.get("evaluation_interval")) ?? DEFAULT_INTERVAL_MS,
    groupOrder,
    isFuzzy: readText(source, root.get("fuzzy_compare")) === "true",
    tests: readItems(source, root.get("tests"), "tests").map((node) => readTest(source, node)),
  };
  if (source.problems.length > 0) throw new RuleFileError(file, source.problems);
  return parsed;
}

function readTest(source: YamlSource, node: unknown): UnitTest {
  const fields = readFields(source, node, { known: TEST_FIELDS, what: "test" });
  const listOf = (name: string): readonly unknown[] => readItems(source, fields.get(name), name);
  return {
    name: readText(source, fields.get("name")),
    intervalMs: readDuration(source, fields.get("interval")) ?? DEFAULT_INTERVAL_MS,
    startMs: readStart(source, fields.get("start_timestamp")),
    series: listOf("input_series").flatMap((item) => readSeries(source, item) ?? []),
    externalLabels: readTextMap(source, fields.get("external_labels"), "external_labels"),
    externalUrl: readText(source, fields.get("external_url")),
    alertCases: listOf("alert_rule_test").map((item) => readAlertCase(source, item)),
    expressionCases: listOf("promql_expr_test").map((item) => readExpressionCase(source, item)),
  };
}

/** Seconds since the epoch, or a date. */
function readStart(source: YamlSource, node: unknown): number {
  const text = readText(source, node);
  if (text === "") return 0;
  const ms = /^-?[\d.]+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (Number.isNaN(ms)) complain(source, node, `cannot read ${JSON.stringify(text)} as a time`);
  return ms;
}

function readSeries(source: YamlSource, node: unknown): SeriesNotation | null {
  const fields = readFields(source, node, { known: ["series", "values"], what: "input series" });
  const [series, values] = ["series", "values"].map((name) => readText(source, fields.get(name)));
  try {
    const notation = parseSeriesNotation(`${series} ${values}`);
    if (notation.values.some(({ kind }) => kind === "histogram")) {
      complain(source, node, "native histograms are not supported in unit tests yet");
    }
    return notation;
  } catch (error) {
    complain(source, node, error instanceof Error ? error.message : String(error));
    return null;
  }
}

function readAlertCase(source: YamlSource, node: unknown): AlertCase {
  const fields = readFields(source, node, {
    known: ["eval_time", "alertname", "exp_alerts"],
    what: "alert_rule_test",
  });
  const alertName = readText(source, fields.get("alertname"));
  if (alertName === "") {
    complain(source, node, "an item under alert_rule_test misses required attribute alertname");
  }
  const alerts = readItems(source, fields.get("exp_alerts"), "exp_alerts").map((item) => {
    const known = ["exp_labels", "exp_annotations"];
    const expected = readFields(source, item, { known, what: "exp_alerts" });
    return {
      labels: readTextMap(source, expected.get("exp_labels"), "exp_labels"),
      annotations: readTextMap(source, expected.get("exp_annotations"), "exp_annotations"),
    };
  });
  return { timeMs: readDuration(source, fields.get("eval_time")) ?? 0, alertName, alerts };
}

function readExpressionCase(source: YamlSource, node: unknown): ExpressionCase {
  const fields = readFields(source, node, {
    known: ["eval_time", "expr", "exp_samples"],
    what: "promql_expr_test",
  });
  const samples = readItems(source, fields.get("exp_samples"), "exp_samples").map((item) => {
    const known = ["labels", "value", "histogram"];
    const sample = readFields(source, item, { known, what: "exp_samples" });
    if (readText(source, sample.get("histogram")) !== "") {
      complain(source, item, "native histograms are not supported in unit tests yet");
    }
    const labels = readLabels(source, sample.get("labels"));
    return { labels, value: readNumber(source, sample.get("value"), 0) };
  });
  const timeMs = readDuration(source, fields.get("eval_time")) ?? 0;
  return { timeMs, expression: readText(source, fields.get("expr")), samples };
}

function readLabels(source: YamlSource, node: unknown): Labels {
  const text = readText(source, node);
  try {
    return text.trim() === "" ? [] : parseSeriesLabels(text).labels;
  } catch (error) {
    complain(source, node, error instanceof Error ? error.message : String(error));
    return [];
  }
}
