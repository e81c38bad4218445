import { parseDurationMs } from "@spanlight/promql";
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type YAMLMap,
} from "yaml";

/** One complaint about a YAML file. Line and column count from 1; 0 when the place is not known. */
export interface FileProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A YAML file being read; complaints are collected in `problems`. */
export interface YamlSource {
  readonly document: Document;
  readonly lines: LineCounter;
  readonly problems: FileProblem[];
}

/** Parses YAML. Syntax errors are in `problems`. */
export function openYaml(text: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const problems = document.errors.map(({ pos, message }) => {
    const { line, col } = lines.linePos(pos[0]);
    return { line, column: col, message: `yaml: ${message}` };
  });
  return { document, lines, problems };
}

/** Adds a complaint about a node. */
export function complain(source: YamlSource, node: unknown, message: string): void {
  const offset = isNode(node) ? (node.range?.[0] ?? null) : null;
  const { line, col } = offset === null ? { line: 0, col: 0 } : source.lines.linePos(offset);
  source.problems.push({ line, column: col, message });
}

function isNode(node: unknown): node is Node {
  return isScalar(node) || isMap(node) || isSeq(node);
}

function resolve(source: YamlSource, node: unknown): unknown {
  return isAlias(node) ? node.resolve(source.document) : node;
}

function isNothing(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null);
}

function* eachPair(source: YamlSource, map: YAMLMap): Generator<[name: string, value: unknown]> {
  for (const { key, value } of map.items) {
    const name = readText(source, key);
    if (name === "<<") {
      const merged = resolve(source, value);
      if (isMap(merged)) yield* eachPair(source, merged);
    } else yield [name, resolve(source, value)];
  }
}

/** The fields of a mapping; a field that is not in `known` is a problem, as promtool reads files strictly. */
export function readFields(
  source: YamlSource,
  node: unknown,
  { known, what }: { readonly known: readonly string[]; readonly what: string },
): ReadonlyMap<string, unknown> {
  const fields = new Map<string, unknown>();
  const resolved = resolve(source, node);
  if (isNothing(resolved)) return fields;
  if (!isMap(resolved)) {
    complain(source, resolved, `expected a mapping for ${what}`);
    return fields;
  }
  for (const [name, value] of eachPair(source, resolved)) {
    if (!known.includes(name)) complain(source, value ?? resolved, `field ${name} not found in ${what}`);
    fields.set(name, value);
  }
  return fields;
}

/** The items of a list; nothing is an empty list. */
export function readItems(source: YamlSource, node: unknown, what: string): readonly unknown[] {
  const resolved = resolve(source, node);
  if (isNothing(resolved)) return [];
  if (isSeq(resolved)) return resolved.items.map((item) => resolve(source, item));
  complain(source, resolved, `expected a list for ${what}`);
  return [];
}

/** A scalar as the text it was written with, so that `1.50` stays `1.50`. */
export function readText(source: YamlSource, node: unknown): string {
  const resolved = resolve(source, node);
  if (isNothing(resolved)) return "";
  if (!isScalar(resolved)) {
    complain(source, resolved, "expected text");
    return "";
  }
  const { value } = resolved;
  return typeof value === "string" ? value : (resolved.source ?? String(value));
}

/** A mapping of names to text. */
export function readTextMap(source: YamlSource, node: unknown, what: string): Record<string, string> {
  const resolved = resolve(source, node);
  if (isNothing(resolved)) return {};
  if (!isMap(resolved)) {
    complain(source, resolved, `expected a mapping for ${what}`);
    return {};
  }
  const pairs = [...eachPair(source, resolved)];
  return Object.fromEntries(pairs.map(([name, value]) => [name, readText(source, value)]));
}

/** A duration such as `5m`, in milliseconds; null when the field is not there. */
export function readDuration(source: YamlSource, node: unknown): number | null {
  const text = readText(source, node);
  if (text === "") return null;
  const durationMs = parseDurationMs(text);
  if (typeof durationMs === "number") return durationMs;
  complain(source, node, durationMs.error);
  return null;
}

/** A number; `fallback` when the field is not there. */
export function readNumber(source: YamlSource, node: unknown, fallback: number): number {
  const text = readText(source, node);
  if (text === "") return fallback;
  const special = { ".inf": Infinity, "+.inf": Infinity, "-.inf": -Infinity, ".nan": NaN }[
    text.toLowerCase()
  ];
  if (special !== undefined) return special;
  const value = Number(text.replaceAll("_", ""));
  if (Number.isNaN(value)) complain(source, node, `cannot read ${JSON.stringify(text)} as a number`);
  return value;
}
