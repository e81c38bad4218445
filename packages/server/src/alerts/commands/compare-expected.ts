import {
  compareLabels,
  formatDurationMs,
  formatLabels,
  formatMetric,
  formatValue,
  labelsFrom,
  labelsKey,
  type Labels,
} from "@spanlight/promql";
import type { AlertCase, ExpectedAlert, ExpressionCase } from "./unit-test-file.ts";

/** Values closer than this fraction are equal in a fuzzy comparison; promtool's own tolerance. */
const FUZZY_TOLERANCE = 1e-15;

interface LabelledValue {
  readonly labels: Labels;
  readonly value: number;
}

function toText({ labels, annotations }: ExpectedAlert): string {
  return `Labels:${formatLabels(labelsFrom(labels))}\nAnnotations:${formatLabels(labelsFrom(annotations))}`;
}

function listTexts(texts: readonly string[]): string {
  if (texts.length === 0) return "[]";
  const items = texts.map((text, index) => `${index}:\n${text.replaceAll(/^/gm, "  ")}`);
  return `[\n${items.join(",\n").replaceAll(/^/gm, "            ")}\n            ]`;
}

/** null when the firing alerts are those expected. */
export function compareAlerts(expected: AlertCase, firing: readonly ExpectedAlert[]): string | null {
  const { alertName, timeMs } = expected;
  const wanted = expected.alerts.map((alert) => {
    return toText({ ...alert, labels: { ...alert.labels, alertname: alertName } });
  });
  const [want, got] = [wanted.toSorted(), firing.map(toText).toSorted()];
  if (want.length === got.length && want.every((text, index) => text === got[index])) return null;
  const time = formatDurationMs(timeMs);
  return `    alertname: ${alertName}, time: ${time},\n        exp:${listTexts(want)},\n        got:${listTexts(got)}`;
}

function isSame(left: number, right: number, isFuzzy: boolean): boolean {
  if (left === right || (Number.isNaN(left) && Number.isNaN(right))) return true;
  return (
    isFuzzy &&
    Math.abs(left - right) <= FUZZY_TOLERANCE * Math.min(Math.abs(left) + Math.abs(right), Number.MAX_VALUE)
  );
}

function listSamples(samples: readonly LabelledValue[]): string {
  if (samples.length === 0) return "nil";
  return samples.map(({ labels, value }) => `${formatMetric(labels)} ${formatValue(value)}`).join(", ");
}

/** null when an expression gave the samples expected, in any order. */
export function compareSamples(
  { expression, timeMs, samples }: ExpressionCase,
  found: readonly LabelledValue[],
  isFuzzy: boolean,
): string | null {
  const sort = (list: readonly LabelledValue[]): LabelledValue[] =>
    list.toSorted((left, right) => compareLabels(left.labels, right.labels));
  const [want, got] = [sort(samples), sort(found)];
  const isEqual =
    want.length === got.length &&
    want.every(({ labels, value }, index) => {
      const other = got[index];
      return (
        other !== undefined &&
        labelsKey(labels) === labelsKey(other.labels) &&
        isSame(value, other.value, isFuzzy)
      );
    });
  if (isEqual) return null;
  const place = `expr: ${JSON.stringify(expression)}, time: ${formatDurationMs(timeMs)}`;
  return `    ${place},\n        exp: ${listSamples(want)}\n        got: ${listSamples(got)}`;
}
