// What a resource and a point say as Prometheus labels.
import { createHash } from "node:crypto";
import { Vocabulary } from "../columns/vocabulary.ts";
import { readKeyValues, type AttributeValue } from "../decode/read-value.ts";
import { toLabelName } from "../normalise/prometheus-name.ts";
import { toLabels, type Labels } from "./series.ts";

type Attributes = { readonly [key: string]: AttributeValue };

export interface ResourceLabels {
  /** Differs from that of every other resource, and is the same whenever it is worked out. */
  readonly key: string;
  /** `job` and `instance`, which every series of the resource has. */
  readonly labels: Labels;
  /** Labels of `target_info`; null where it would say nothing. */
  readonly target: Labels | null;
}

const resources = new Vocabulary(
  (bytes, start, end): ResourceLabels => toResourceLabels(readKeyValues(bytes, { start, end, field: 0x0a })),
  2048,
);
const noResource = toResourceLabels({});

/** Reads a Resource message; absent (-1) and empty ones have no labels. */
export function readResourceLabels(bytes: Buffer, start: number, end: number): ResourceLabels {
  return end > start ? resources.find(bytes, start, end) : noResource;
}

const identifying = new Set(["service.name", "service.namespace", "service.instance.id"]);

function toResourceLabels(attributes: Attributes): ResourceLabels {
  const text = (key: string): string => toLabelValue(attributes[key] ?? "");
  const name = text("service.name");
  const namespace = text("service.namespace");
  const job = name !== "" && namespace !== "" ? `${namespace}/${name}` : name;
  const labels = toLabels([
    ["instance", text("service.instance.id")],
    ["job", job],
  ]);
  const others = Object.entries(attributes).filter(([key]) => !identifying.has(key));
  const target =
    labels.length > 0 && others.length > 0 ? joinLabels(Object.fromEntries(others), labels) : null;
  const key = createHash("sha256").update(JSON.stringify(attributes)).digest("base64url").slice(0, 16);
  return { key, labels, target };
}

/** Attributes as labels, and the labels that stand in any case. Keys that become one name have their values joined by `;`. */
export function joinLabels(attributes: Attributes, fixed: Labels): Labels {
  const joined = new Map<string, string>();
  for (const key of Object.keys(attributes).toSorted()) {
    const name = toLabelName(key);
    if (name === "") continue;
    const value = toLabelValue(attributes[key] ?? "");
    const before = joined.get(name);
    joined.set(name, before === undefined ? value : `${before};${value}`);
  }
  for (const [name, value] of fixed) joined.set(name, value);
  return toLabels(joined);
}

function toLabelValue(value: AttributeValue): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? "");
}
