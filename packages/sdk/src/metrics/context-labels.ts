import type { Attributes, AttributeValue, Context } from "@opentelemetry/api";
import { app, genAi } from "@spanlight/conventions";
import { readContextAttributes } from "../context/call-context.ts";

/** A value of the context that may be a label of metrics. */
export type MetricLabel =
  | "endpoint"
  | "tenantId"
  | "promptName"
  | "promptVersion"
  | "release"
  | `metadata.${string}`;

const names: Readonly<Record<string, string>> = {
  endpoint: app.endpoint,
  tenantId: app.tenantId,
  promptName: genAi.promptName,
  promptVersion: genAi.promptVersion,
  release: app.release,
};

/** Past this a label is no dimension any more but an id: every series costs memory here and money there. */
const maxValues = 100;

interface KnownLabel {
  readonly name: string;
  readonly values: Set<AttributeValue>;
}

/** Reads the labels that metrics take from the context of a call; what a label has too many of is `other`. */
export function createContextLabels(chosen: readonly MetricLabel[]): (context: Context) => Attributes {
  const labels = chosen.map((label): KnownLabel => {
    const name = label.startsWith("metadata.") ? `${app.metadata}.${label.slice(9)}` : names[label];
    return { name: name ?? label, values: new Set() };
  });
  return (context) => {
    const found: Attributes = {};
    const attributes = readContextAttributes(context);
    for (const { name, values } of labels) {
      const value = attributes[name];
      if (value === undefined || value === null) continue;
      if (values.size < maxValues) values.add(value);
      found[name] = values.has(value) ? value : "other";
    }
    return found;
  };
}
