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
  type Scalar,
  type YAMLMap,
} from "yaml";

/** What is wrong: the YAML itself, fields and values, a PromQL expression, a template, the file as such. */
export type ProblemKind = "yaml" | "structure" | "expression" | "template" | "file";

/** One complaint about a YAML file. Line and column count from 1; 0 when the place is not known. */
export interface FileProblem {
  readonly line: number;
  readonly column: number;
  readonly kind: ProblemKind;
  readonly message: string;
}

/** A YAML file being read; complaints are collected in `problems`. */
export interface YamlSource {
  readonly document: Document;
  readonly lines: LineCounter;
  readonly problems: FileProblem[];
  readonly text: string;
}

/** Parses YAML. Syntax errors are in `problems`. */
export function openYaml(text: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const problems = document.errors.map(({ pos, message }) => {
    const { line, col } = lines.linePos(pos[0]);
    return { line, column: col, kind: "yaml" as const, message: `yaml: ${message}` };
  });
  return { document, lines, problems, text };
}

/** Where and what a complaint is, where that is not just the node as a whole. */
export interface ComplaintPlace {
  readonly kind?: ProblemKind;
  /** How far into the text of a scalar, in UTF-16 units. */
  readonly textOffset?: number;
}

/** Where the text of a scalar begins, behind its quote or the header of its block. */
function findTextStart(text: string, { type }: Scalar, start: number): number {
  if (type === "BLOCK_LITERAL" || type === "BLOCK_FOLDED") return text.indexOf("\n", start) + 1;
  return type === "QUOTE_DOUBLE" || type === "QUOTE_SINGLE" ? start + 1 : start;
}

/** Adds a complaint about a node. */
export function complain(
  source: YamlSource,
  node: unknown,
  message: string,
  { kind = "structure", textOffset }: ComplaintPlace = {},
): void {
  const start = isNode(node) ? (node.range?.[0] ?? null) : null;
  const inText = textOffset === undefined || !isScalar(node) ? null : findInScalar(source, node, textOffset);
  const offset = inText ?? start;
  const { line, col } = offset === null ? { line: 0, col: 0 } : source.lines.linePos(offset);
  source.problems.push({ line, column: col, kind, message });
}

/** Where in the file a character of a scalar's text stands: the same visible character in the same order. */
function findInScalar({ text }: YamlSource, node: Scalar, textOffset: number): number | null {
  if (node.range == null || typeof node.value !== "string") return null;
  let before = node.value.slice(0, textOffset).replaceAll(/\s/g, "").length;
  for (let position = findTextStart(text, node, node.range[0]); position < node.range[1]; position += 1) {
    const character = text[position] ?? "";
    if (/\s/.test(character)) continue;
    if (character === "\\" && node.type === "QUOTE_DOUBLE" && before > 0) continue;
    if (before === 0) return position;
    before -= 1;
  }
  return node.range[1];
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

/** The value of one entry of a mapping, to point at; the mapping itself where there is none. */
export function findEntry(source: YamlSource, node: unknown, key: string): unknown {
  const resolved = resolve(source, node);
  if (!isMap(resolved)) return resolved;
  return [...eachPair(source, resolved)].find(([name]) => name === key)?.[1] ?? resolved;
}

/** A duration such as `5m`, in milliseconds; null when the field is not there. */
export function readDuration(source: YamlSource, node: unknown): number | null {
  const text = readText(source, node);
  // Nothing after the colon is no duration; empty quotes are a wrong one.
  if (text === "" && !(isScalar(node) && node.value === "")) return null;
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
